"""Two records compared: duplicates, near-duplicates or distinct, with the reason in words.

The rules are explicit, in the order in which a librarian would ask: identifiers, then title, then
who, when and where, then the abstract. A contradiction anywhere takes a pair out of what is merged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from evidence.deduplication.agreement import Agreements, Citation, compare_identifiers
from evidence.deduplication.normal_forms import folded
from evidence.deduplication.titles import dropped_words, ends_whole, is_companion, is_part, is_plain

Verdict = Literal["duplicate", "near", "distinct"]

# A review that is updated keeps its title, authors and journal.
_UPDATED = re.compile(r"\bcochrane\b")
_GENERIC_LETTERS = 16
_SHORT_TITLE_WORDS = 4
_YEARS_OF_A_CLUSTER = 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two records are to each other; `strength` orders duplicates, highest first."""

    verdict: Verdict
    reason: str
    strength: int = 0


DISTINCT = Comparison("distinct", "")


def compare(one: Citation, other: Citation) -> Comparison:
    """Compare two records; the order of the two does not matter."""
    shared, conflicting = compare_identifiers(one, other)
    if not shared and _cannot_meet(one, other):
        return DISTINCT
    agreements = Agreements(one, other)
    if conflicting:
        return _conflicting(shared, conflicting, agreements)
    if shared:
        return _identified(shared, one, other, agreements)
    match agreements.title:
        case "identical":
            return _identical(one, other, agreements)
        case "shortened":
            return _shortened(one, other, agreements)
        case "misspelt":
            return _misspelt(one, other, agreements)
        case "alike":
            return _alike(one, other, agreements)
        case _:
            return _different(one, other, agreements)


def contradict(one: Citation, other: Citation, *, by_title: bool) -> bool:
    """Whether two records cannot be of one report, whatever joins them to a third.

    Args:
        one: A record.
        other: Another record.
        by_title: Whether titles that are only alike contradict too. They need not where a third
            record has the identifier of the one and the very title of the other.
    """
    shared, conflicting = compare_identifiers(one, other)
    if conflicting:
        return True
    if shared:
        return False
    agreements = Agreements(one, other)
    far = agreements.years_apart is not None and agreements.years_apart > _YEARS_OF_A_CLUSTER
    return (
        far
        or one.title.notice != other.title.notice
        or (by_title and agreements.title in ("different", "alike"))
        or "different" in (agreements.author, agreements.journal, agreements.abstract)
        or one.other_report != other.other_report
    )


def _cannot_meet(one: Citation, other: Citation) -> bool:
    """Cheap: whether no rule could join two records that share no identifier."""
    if one.title.notice != other.title.notice:
        return True
    if one.record.year is None or other.record.year is None:
        return False
    return abs(one.record.year - other.record.year) > _YEARS_OF_A_CLUSTER


def _joined(*parts: str) -> str:
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]


def _duplicate(reason: str, strength: int) -> Comparison:
    return Comparison("duplicate", reason, strength)


def _near(reason: str) -> Comparison:
    return Comparison("near", reason)


def _conflicting(shared: list[str], conflicting: list[str], agreements: Agreements) -> Comparison:
    other = _joined(*conflicting)
    if shared:
        return _near(f"same {_joined(*shared)}, but another {other}")
    named = agreements.title in ("identical", "misspelt") and agreements.author != "different"
    if named and not agreements.far_in_time and agreements.abstract != "different":
        return _near(f"same title, but another {other}")
    return DISTINCT


def _identified(
    shared: list[str], one: Citation, other: Citation, agreements: Agreements
) -> Comparison:
    names = _joined(*shared)
    if one.title.notice != other.title.notice:
        return _near(f"same {names}, but one is a notice, comment or reply")
    known = agreements.title in ("identical", "shortened") or (
        one.title.numbers == other.title.numbers
    )
    if agreements.title in ("identical", "misspelt", "shortened", "alike", "unknown") and (
        known or shared != ["DOI"]
    ):
        return _duplicate(f"same {names}", 9)
    # A supplement's abstracts share its DOI, and identifiers are mistyped.
    support = agreements.abstract == "same" or (
        agreements.author == "same" and agreements.near_in_time and shared != ["DOI"]
    )
    translated = "[" in one.record.title or "[" in other.record.title
    if support or (
        translated and agreements.author == "same" and agreements.abstract != "different"
    ):
        return _duplicate(f"same {names}, the titles differ", 8)
    unopposed = agreements.author != "different" and agreements.abstract != "different"
    if shared != ["DOI"] and unopposed:
        return _duplicate(f"same {names}, the titles differ", 8)
    return _near(f"same {names}, but different titles")


def _identical(one: Citation, other: Citation, agreements: Agreements) -> Comparison:
    opposed = _opposition(one, other, agreements)
    if opposed:
        return DISTINCT if len(one.title.key) < _GENERIC_LETTERS else opposed
    same_abstract = agreements.abstract == "same"
    if agreements.years_apart == 1 and not same_abstract and _is_updated(one):
        return _near("same title, but another year of a review that is updated")
    if _is_short(one, agreements) and not same_abstract:
        together = agreements.author == "same" and agreements.near_in_time
        return _near("same title, but a short one") if together else DISTINCT
    time = "year" if agreements.years_apart == 0 else "year within 1"
    here = agreements.journal == "same"
    if agreements.author == "same":
        if agreements.years_apart == 0 or (agreements.near_in_time and (here or same_abstract)):
            fields = ["title", "first author", *(["journal"] if here else [])]
            return _duplicate(f"same {_joined(*fields, time)}", 6 + here)
        if agreements.years_apart is None and (here or same_abstract):
            more = "journal" if here else "abstract"
            return _duplicate(f"same title, first author and {more}, a year is missing", 6)
    if same_abstract:
        if agreements.author == "different" and not (here and agreements.near_in_time):
            return _near("same title and abstract, but another first author")
        return _duplicate("same title and abstract", 6)
    if agreements.author == "unknown" and here and agreements.near_in_time:
        return _duplicate(f"same title, journal and {time}, the authors are missing", 5)
    return _near("same title, too little else to tell")


def _opposition(one: Citation, other: Citation, agreements: Agreements) -> Comparison | None:
    """What speaks against two records of one title that share no identifier."""
    if agreements.far_in_time:
        return _near("same title, but years apart")
    if one.other_report != other.other_report:
        return _near("same title, but another kind of publication")
    if agreements.journal == "different":
        return _near("same title, but another journal")
    if agreements.abstract == "different":
        return _near("same title, but another abstract")
    if agreements.author == "different" and agreements.abstract != "same":
        return _near("same title, but another first author")
    return None


def _is_short(one: Citation, agreements: Agreements) -> bool:
    if len(one.title.key) < _GENERIC_LETTERS:
        return True
    certain = agreements.team and agreements.journal == "same" and agreements.near_in_time
    return len(one.title.words) < _SHORT_TITLE_WORDS and not certain


def _is_updated(one: Citation) -> bool:
    return bool(_UPDATED.search(folded(one.record.journal or "")))


def _shortened(one: Citation, other: Citation, agreements: Agreements) -> Comparison:
    if agreements.author == "different" or _opposition(one, other, agreements):
        return DISTINCT
    dropped = dropped_words(one.title, other.title)
    if is_part(dropped):
        return DISTINCT
    if agreements.author == "same" and not agreements.far_in_time:
        if agreements.abstract == "same" and (
            agreements.long_abstract or not is_companion(dropped)
        ):
            return _duplicate("same title up to a subtitle, first author and abstract", 4)
        certain = agreements.journal == "same" and agreements.team and agreements.near_in_time
        certain = certain and agreements.abstract == "unknown"
        if certain and ends_whole(one.title, other.title) and is_plain(dropped):
            return _duplicate("same title up to a subtitle, authors, journal and year", 3)
        return _near("same title up to a subtitle, same first author")
    if agreements.abstract != "same":
        return DISTINCT
    if agreements.long_abstract and not is_companion(dropped):
        return _duplicate("same title up to a subtitle and abstract, the authors are missing", 3)
    return _near("same title up to a subtitle, same abstract")


def _misspelt(one: Citation, other: Citation, agreements: Agreements) -> Comparison:
    if _opposition(one, other, agreements):
        return DISTINCT
    if agreements.author == "same" and agreements.near_in_time:
        if agreements.abstract == "same":
            return _duplicate("title misspelt, same first author, year and abstract", 4)
        certain = agreements.journal == "same" and agreements.team and agreements.years_apart == 0
        if certain and agreements.abstract == "unknown":
            return _duplicate("title misspelt, same authors, journal and year", 3)
    certain = agreements.long_abstract or (agreements.journal == "same" and agreements.near_in_time)
    if certain and agreements.author == "unknown" and agreements.abstract == "same":
        return _duplicate("title misspelt, same abstract, the authors are missing", 3)
    return _near("nearly the same title")


def _alike(one: Citation, other: Citation, agreements: Agreements) -> Comparison:
    if _opposition(one, other, agreements) or one.title.numbers != other.title.numbers:
        return DISTINCT
    if agreements.abstract == "same":
        return _near("similar title, same abstract")
    if agreements.author == "same" and agreements.near_in_time:
        return _near("similar title, same first author")
    return DISTINCT


def _different(one: Citation, other: Citation, agreements: Agreements) -> Comparison:
    """Another title over the same abstract: a translation, or a title that was changed."""
    if not one.abstract_start or one.abstract_start != other.abstract_start:
        return DISTINCT
    if agreements.near_in_time and agreements.author == "same" and agreements.abstract == "same":
        return _near("same abstract, first author and year, but another title")
    return DISTINCT
