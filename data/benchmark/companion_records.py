"""Companions of a report: other reports that look like it, and are no duplicates.

Notices, replies, the next part or trial, protocols and follow-ups, meeting abstracts, preprints.
Each has identifiers, volume and pages of its own, as far as its report has any.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

Fields = dict[str, Any]
Companion = Callable[[Fields, Fields, random.Random], Fields]


def _own_identity(report: Fields, rng: random.Random) -> Fields:
    """Another report has other identifiers, volume and pages."""
    first = rng.randint(1, 1900)
    return {
        **report,
        "pmid": str(rng.randint(40_000_000, 49_999_999)) if report.get("pmid") else None,
        "doi": f"10.5555/{rng.randrange(16**8):08x}" if report.get("doi") else None,
        "pmcid": None,
        "volume": str(rng.randint(1, 120)),
        "issue": str(rng.randint(1, 12)),
        "pages": f"{first}-{first + rng.randint(1, 12)}",
    }


def _other_abstract(source: Fields, stranger: Fields, rng: random.Random) -> str:
    """The same group writes about its next trial: half its phrases, other findings and numbers."""
    own = re.split(r"(?<=[.;])\s+", source["abstract"])
    others = re.split(r"(?<=[.;])\s+", stranger["abstract"])
    kept = [s for s in own if rng.random() < 0.45]
    mixed = kept + [s for s in others if rng.random() < 0.6]
    return re.sub(r"\d+", lambda m: str(int(m[0]) + rng.randint(1, 9)), " ".join(mixed))


def _notice(source: Fields, stranger: Fields, rng: random.Random) -> Fields:
    title = source["title"].rstrip(".")
    made = rng.choice(
        [
            f"Erratum: {title}",
            f"Correction to: {title}",
            f"Corrigendum to '{title}'",
            f"{title} (vol {rng.randint(5, 90)}, pg {rng.randint(1, 900)}, {source.get('year')})",
            f"Retraction: {title}",
            f"{title}: erratum",
        ]
    )
    year = source.get("year")
    return _own_identity(
        {
            **source,
            "title": made,
            "abstract": "",
            "year": year + rng.randint(0, 1) if year else None,
        },
        rng,
    )


def _letter(source: Fields, stranger: Fields, rng: random.Random) -> Fields:
    title = source["title"].rstrip(".")
    authors = source.get("authors") if rng.random() < 0.5 else stranger.get("authors")
    pattern = rng.choice(
        ["Reply to: {}", "Comment on: {}", "{}: reply", "Re: {}", "{} - authors' reply"]
    )
    made = {**source, "title": pattern.format(title), "abstract": "", "authors": authors}
    return _own_identity(made, rng)


def _part(source: Fields, stranger: Fields, rng: random.Random) -> Fields:
    ending = rng.choice(
        [". Part II", ": part 2", " II", " (Study 2)", ". Part B", ": second report"]
    )
    made = {
        **source,
        "title": source["title"].rstrip(".") + ending,
        "abstract": _other_abstract(source, stranger, rng),
    }
    return _own_identity(made, rng)


_SWAPS = (
    ("adults", "children"),
    ("children", "adolescents"),
    ("women", "men"),
    ("patients", "healthy volunteers"),
    ("hypertension", "hypotension"),
    ("short-term", "long-term"),
    ("type 2", "type 1"),
    ("acute", "chronic"),
    ("randomised", "non-randomised"),
    ("randomized", "non-randomized"),
)


def _next_trial(source: Fields, stranger: Fields, rng: random.Random) -> Fields:
    """The same authors' next trial: another population, dose or drug under a like title."""
    title = source["title"].rstrip(".")
    swapped = [title.replace(old, new) for old, new in _SWAPS if old in title]
    numbered = re.sub(r"\d+", lambda m: str(int(m[0]) * 2), title)
    words = title.split(" ")
    lent = [w for w in stranger["title"].split(" ") if len(w) > 6 and w.isalpha()]
    if swapped:
        title = rng.choice(swapped)
    elif numbered != title:
        title = numbered
    elif lent:
        long = [n for n, w in enumerate(words) if len(w) > 6 and w.isalpha()] or [0]
        words[rng.choice(long)] = rng.choice(lent)
        title = " ".join(words)
    else:
        title += " in primary care"
    year = source.get("year")
    made = {
        **source,
        "title": title,
        "abstract": _other_abstract(source, stranger, rng),
        "year": year + rng.randint(0, 1) if year else None,
    }
    return _own_identity(made, rng)


def _follow_up(source: Fields, stranger: Fields, rng: random.Random) -> Fields:
    start = re.split(r":\s", source["title"].rstrip("."))[0]
    made = {
        **source,
        "title": start
        + rng.choice(
            [
                ": study protocol for a randomised controlled trial",
                ": rationale and design",
                ": five-year follow-up",
                ": a secondary analysis",
                ": cost-effectiveness analysis",
            ]
        ),
        "abstract": _other_abstract(source, stranger, rng),
    }
    if made["title"].lower() == source["title"].rstrip(".").lower():
        made["title"] += " of the extension study"
    return _own_identity(made, rng)


def _conference(source: Fields, stranger: Fields, rng: random.Random) -> Fields:
    """The same title at a meeting, a year or so before; the text is another, shorter one."""
    year = source.get("year")
    where = rng.choice(
        [
            "Annual Meeting of the European Society",
            f"{stranger.get('journal')}. Conference: 12th World Congress",
            "Value in Health",
            "European Journal of Clinical Investigation Supplement",
        ]
    )
    made = {
        **source,
        "journal": where if source.get("journal") else None,
        "journal_abbreviation": None,
        "year": year - rng.randint(0, 2) if year else None,
        "abstract": _other_abstract(source, stranger, rng)[:700],
    }
    return _own_identity(made, rng)


def _preprint(source: Fields, stranger: Fields, rng: random.Random) -> Fields:
    year = source.get("year")
    made = {
        **source,
        "journal": rng.choice(["medRxiv", "Research Square", "bioRxiv"]),
        "journal_abbreviation": None,
        "year": year - rng.randint(0, 1) if year else None,
    }
    return _own_identity(
        {**made, "doi": made.get("doi") or f"10.1101/{rng.randrange(16**8):08x}"}, rng
    )


COMPANIONS: tuple[Companion, ...] = (
    *(_notice, _letter, _part, _next_trial, _follow_up, _conference, _preprint),
)


def head(title: str) -> str:
    """The title without its subtitle."""
    return re.split(r"[:?]\s|\s[-–—]\s", title, maxsplit=1)[0].rstrip(" .?")
