"""Which record a file is the report of: by names and numbers for sure, by its title perhaps.

A file's name, or a JATS article's own identifiers, decide when they point to one record. The
title on the first pages of a PDF only suggests: commentaries, errata and protocols carry it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from evidence.deduplication.normal_forms import (
    normalised_doi,
    normalised_number,
    normalised_title,
)
from evidence.reports.reading import ReadReport
from indexers.records import Frozen, Record

LIKE_ENOUGH = 90.0
"""rapidfuzz's partial ratio, in per cent, from which a title on a first page is suggested."""
_AHEAD = 5.0
"""By how much the best title has to lead the next."""
_SHORTEST_TITLE = 20
_WORDS_SHARED = 0.7
_SHORTEST_PMID = 5
_SUFFIX = re.compile(r"(?:\.xml\.gz|\.nxml|\.xml|\.pdf|\.html?|\.txt)\Z", re.IGNORECASE)
_PMC = re.compile(r"PMC(\d{3,9})(?!\d)", re.IGNORECASE)
_PMID = re.compile(r"(?:(?<=pmid)|(?<=pmid[ :-])|(?<![\w.-]))0*(\d{1,9})(?![\w.-])", re.IGNORECASE)
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")


Identifier = Literal["PMCID", "DOI", "PMID"]
By = Literal["record id", "PMCID", "DOI", "PMID", "title"]


class Match(Frozen):
    """The record of a file, how it was found, and whether that is sure."""

    record_id: str
    by: By
    sure: bool
    likeness: float = 100.0


def by_name(path: Path, records: Iterable[Record]) -> list[Match]:
    """The records that a file's name names; the kind of identifier that is surest counts.

    A name that holds a DOI holds those that it begins with too, so the longest counts.
    """
    stem = _SUFFIX.sub("", path.name)
    plain = _plain(stem)
    pmcids = {number.lstrip("0") for number in _PMC.findall(stem)}
    pmids = {m[1] for m in _PMID.finditer(stem.replace("_", " "))}
    by_id, by_pmcid, by_pmid = [], [], []
    by_doi: dict[int, list[Match]] = {}
    for record in records:
        if stem == record.record_id or (plain and plain == _plain(record.record_id)):
            by_id.append(_sure(record, "record id"))
        if record.pmcid and normalised_number(record.pmcid) in pmcids:
            by_pmcid.append(_sure(record, "PMCID"))
        pmid = normalised_number(record.pmid)
        if len(pmid) >= _SHORTEST_PMID and pmid in pmids:
            by_pmid.append(_sure(record, "PMID"))
        doi = _plain(normalised_doi(record.doi) or "")
        if doi and f"_{doi}_" in f"_{plain}_":
            by_doi.setdefault(len(doi), []).append(_sure(record, "DOI"))
    longest = by_doi[max(by_doi)] if by_doi else []
    return next(filter(None, (by_id, by_pmcid, longest, by_pmid)), [])


def by_identifiers(citation: Record, records: Iterable[Record]) -> list[Match]:
    """The records that share an identifier with what an article says of itself."""
    found = []
    for record in records:
        for name, same in _compared(citation, record):
            if same:
                found.append(_sure(record, name))
                break
    return found


def contradicts(citation: Record, record: Record) -> str | None:
    """The identifiers by which an article is another report than a record's; None when it is not.

    One identifier that is the same is enough: a record may carry a wrong one beside it.
    """
    compared = list(_compared(citation, record))
    if not compared or any(same for _, same in compared):
        return None
    kind = compared[0][0]
    fields: Mapping[str, tuple[str | None, str | None]] = {
        "PMCID": (citation.pmcid, record.pmcid),
        "DOI": (citation.doi, record.doi),
        "PMID": (citation.pmid, record.pmid),
    }
    theirs, ours = fields[kind]
    return f"the article is {kind} {theirs}, the record {kind} {ours}"


def by_title(beginning: str, records: Iterable[Record]) -> list[Match]:
    """The record whose title stands on the first pages of a PDF, nearly verbatim; at most one.

    Of a title and a longer one that holds it, the longer counts; of two others, neither does.
    """
    from rapidfuzz import fuzz

    text = normalised_title(beginning)
    words = frozenset(text.split())
    scored: list[tuple[float, str, str]] = []
    for record in records:
        title = normalised_title(record.title)
        own = frozenset(title.split())
        if len(title) < _SHORTEST_TITLE or len(own & words) < _WORDS_SHARED * len(own):
            continue
        likeness = 100.0 if title in text else fuzz.partial_ratio(title, text)
        scored.append((likeness, title, record.record_id))
    scored.sort(key=lambda item: (-item[0], -len(item[1]), item[2]))
    if not scored or scored[0][0] < LIKE_ENOUGH:
        return []
    best, best_title, record_id = scored[0]
    for likeness, title, _ in scored[1:]:
        if best - likeness < _AHEAD and (title == best_title or title not in best_title):
            return []
    return [Match(record_id=record_id, by="title", sure=False, likeness=round(best, 1))]


def suggestions(read: ReadReport, records: Iterable[Record]) -> list[Match]:
    """What a file's content says: identifiers of a JATS article, or the title of a PDF."""
    listed = list(records)
    if read.citation is not None:
        return by_identifiers(read.citation, listed)
    return by_title(read.beginning, listed)


def _compared(citation: Record, record: Record) -> Iterator[tuple[Identifier, bool]]:
    """Each identifier that both have, and whether it is the same."""
    pairs: tuple[tuple[Identifier, str, str], ...] = (
        ("PMCID", normalised_number(citation.pmcid), normalised_number(record.pmcid)),
        ("DOI", normalised_doi(citation.doi) or "", normalised_doi(record.doi) or ""),
        ("PMID", normalised_number(citation.pmid), normalised_number(record.pmid)),
    )
    for name, theirs, ours in pairs:
        if theirs and ours:
            yield name, theirs == ours


def _sure(record: Record, by: By) -> Match:
    return Match(record_id=record.record_id, by=by, sure=True)


def _plain(text: str) -> str:
    """Lower-case letters and digits, everything between them one underscore."""
    return _NOT_PLAIN.sub("_", text.lower()).strip("_")
