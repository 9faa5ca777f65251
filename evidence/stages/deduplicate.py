"""Deduplication: records that tell of the same report are marked, the earlier one stays.

Identifiers decide first; titles decide only together with year and first author or journal. What
looks alike but is another report (an erratum, a protocol, part II) is never merged: a missed
duplicate costs a second look, a wrong merge loses a study.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from evidence.judgements import MACHINE, DuplicateMarked, Provenance
from indexers.records import Record

_FUZZY_TITLE = 95.0
# Two words count as one misspelt word; `hypertension` and `hypotension` (87) must not.
_SAME_WORD = 90.0
_SHORT_TITLE_WORDS = 4
# A misspelling leaves the other thirds of a title as they are: records meet under any of them.
_TITLE_PARTS = 3
# A part that so many reports share (`Annual report of the`) tells none of them apart.
_COMMON_BLOCK = 20
_COMPANION = re.compile(
    r"\b(?:errat(?:um|a)|corrigend(?:um|a)|correction|retract(?:ion|ed)|expression of concern"
    r"|protocol|comment(?:ary)?|repl(?:y|ies)|response|letter|editorial|part|supplement|appendix"
    r"|rationale|design|follow up|extension|interim|abstract|summary|preprint|update)\b"
)
_NUMBER = re.compile(
    r"\b(?:\d+(?:\.\d+)?|[ivx]+|one|two|three|four|five|first|second|third|fourth|fifth|1st|2nd|3rd)\b"
)
_STOP = frozenset(
    ["a", "an", "the", "of", "in", "on", "for", "and", "or", "with", "to", "by", "from", "at"]
)


def deduplicate(records: Sequence[Record]) -> list[DuplicateMarked]:
    """The duplicates among records, in their order; each points to the earliest record kept.

    Two records are duplicates when they share a PMID, PMCID or DOI and no other identifier
    conflicts, or when their titles are the same, their years differ by at most one and first author
    or journal agree, or when their titles are nearly the same with the same year and first author.
    """
    groups: dict[int, list[Record]] = {}
    blocks: dict[str, dict[int, None]] = {}
    marked = []
    for record in records:
        keys = _block_keys(record)
        candidates = sorted({group for key in keys for group in blocks.get(key, ())})
        home, reason = len(groups), ""
        for group in candidates:
            reason = _reason_to_join(record, groups[group])
            if reason:
                home = group
                break
        groups.setdefault(home, []).append(record)
        for key in keys:
            block = blocks.setdefault(key, {})
            if not key.startswith("near ") or len(block) < _COMMON_BLOCK:
                block[home] = None
        if reason:
            marked.append(
                DuplicateMarked(
                    record_id=record.record_id,
                    duplicate_of=groups[home][0].record_id,
                    provenance=Provenance(actor=MACHINE, engine="offline", reason=reason),
                )
            )
    return marked


def normalised_doi(doi: str | None) -> str | None:
    """A DOI in lower case without resolver, prefix and trailing punctuation; None if it is none."""
    found = re.search(r"10\.\d{4,9}/\S+", (doi or "").strip().lower())
    return found.group().rstrip(".,;)") if found else None


@lru_cache(maxsize=65536)
def normalised_title(title: str) -> str:
    """A title as words alone: no case, accents, markup or punctuation."""
    plain = re.sub(r"<[^>]{1,20}>|\[|\]", " ", title)
    flat = unicodedata.normalize("NFKD", plain).casefold()
    letters = "".join(c for c in flat if not unicodedata.combining(c))
    return " ".join(re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+|\d+", letters))


def _identifiers(record: Record) -> dict[str, str]:
    pmid = re.sub(r"\D", "", record.pmid or "").lstrip("0")
    pmcid = re.sub(r"\D", "", record.pmcid or "").lstrip("0")
    found = {"PMID": pmid, "PMCID": pmcid, "DOI": normalised_doi(record.doi) or ""}
    return {name: value for name, value in found.items() if value}


def _reason_to_join(record: Record, group: Sequence[Record]) -> str:
    """Why a record belongs to a group; empty when it does not, or conflicts with any member."""
    own = _identifiers(record)
    for member in group:
        other = _identifiers(member)
        if any(own[name] != other[name] for name in own.keys() & other.keys()):
            return ""
    for member in group:
        reason = _same_report(record, member)
        if reason:
            return reason
    return ""


def _same_report(record: Record, earlier: Record) -> str:
    own, other = _identifiers(record), _identifiers(earlier)
    same = [name for name in own if other.get(name) == own[name]]
    title, earlier_title = normalised_title(record.title), normalised_title(earlier.title)
    companions = _marks(title) != _marks(earlier_title)
    if "PMID" in same or "PMCID" in same or (same and not _is_other_notice(title, earlier_title)):
        return f"same {' and '.join(same)}"
    if companions or len(title.split()) < _SHORT_TITLE_WORDS:
        return ""
    author = _same_author(record, earlier)
    journal = _same_journal(record, earlier)
    apart = None
    if record.year is not None and earlier.year is not None:
        apart = abs(record.year - earlier.year)
    if title == earlier_title:
        if apart is not None and apart <= 1 and (author or journal):
            return "same title and " + ("first author" if author else "journal") + ", year within 1"
        if apart is None and author and journal:
            return "same title, first author and journal, a year is missing"
        return ""
    if apart == 0 and author and _nearly_same(title, earlier_title):
        return "nearly the same title, same first author and year"
    return ""


def _nearly_same(title: str, other: str) -> bool:
    """Whether two titles differ by misspellings only; words in which they differ must be alike."""
    if fuzz.token_sort_ratio(title, other) < _FUZZY_TITLE:
        return False
    words, others = set(title.split()), set(other.split())
    return _covered(words - others, others - words) and _covered(others - words, words - others)


def _covered(words: Iterable[str], others: Iterable[str]) -> bool:
    return all(
        word in _STOP or any(fuzz.ratio(word, other) >= _SAME_WORD for other in others)
        for word in words
    )


def _marks(title: str) -> tuple[list[str], list[str]]:
    """What tells a companion from its main report: notices, parts and numbers."""
    return sorted(_COMPANION.findall(title)), sorted(_NUMBER.findall(title))


def _is_other_notice(title: str, other: str) -> bool:
    """Whether one of the titles alone is a notice, such as an erratum with the same DOI."""
    notice = re.compile(
        r"^(?:errat|corrigend|correction|retract|expression of concern|comment|reply)"
    )
    return bool(notice.match(title)) != bool(notice.match(other))


def _family_names(record: Record) -> frozenset[str]:
    """The words of the first author's name that are no initials."""
    if not record.authors:
        return frozenset()
    first = record.authors[0].partition(",")[0]
    words = re.findall(r"[^\W\d_]+", first)
    names = [w for w in words if len(w) > 1 and not (w.isupper() and len(w) <= 3 and w != words[0])]
    return frozenset(normalised_title(name) for name in names)


def _same_author(record: Record, other: Record) -> bool:
    return bool(_family_names(record) & _family_names(other))


def _same_journal(record: Record, other: Record) -> bool:
    names = [normalised_title(r.journal or "").removeprefix("the ") for r in (record, other)]
    return bool(names[0]) and names[0] == names[1]


def _block_keys(record: Record) -> list[str]:
    """The keys under which possible duplicates meet; records without a common key never do."""
    keys = [f"{name} {value}" for name, value in sorted(_identifiers(record).items())]
    title = normalised_title(record.title)
    if len(title.split()) >= _SHORT_TITLE_WORDS:
        keys.append(f"title {title}")
        words = [word for word in title.split() if word not in _STOP]
        size = -(-len(words) // _TITLE_PARTS)
        for family in sorted(_family_names(record)):
            keys += [
                f"near {record.year} {family} {place} {' '.join(words[place : place + size])}"
                for place in range(0, len(words), size or 1)
            ]
    return keys
