"""Sentences of a project's documents that a person can quote, found by their words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from evidence.project import Project
from evidence.reading.sentences import split_sentences
from evidence.state import ReviewState, study_label
from indexers.records import Document, Quote

MOST_OF_A_DOCUMENT = 3
_LONGEST = 600


class Source(NamedTuple):
    """A document with the name that people know it by."""

    name: str
    document: Document


class Quotable(NamedTuple):
    """A sentence that can be quoted, and where it stands."""

    source: str
    section: str
    quote: Quote


def quotable_sources(project: Project, state: ReviewState) -> list[Source]:
    """The texts of the included studies in the order of the search, then the guidelines."""
    found = []
    for record_id in state.with_fate("included"):
        document = project.document(state.text_digest(record_id))
        if document is not None:
            found.append(Source(source_name(document, state), document))
    for path in project.manifest.settings.guidelines.paths:
        kept = project.documents(f"guideline:{path.stem}")
        found += [Source(source_name(document, state), document) for document in kept]
    return found


def source_name(document: Document, state: ReviewState) -> str:
    """The study that a document reports, or the name of the guideline."""
    found = state.records.get(document.record_id)
    if found is not None:
        return study_label(found.record)
    return document.record_id.removeprefix("guideline:")


def quotable(words: str, sources: Iterable[Source]) -> list[Quotable]:
    """The sentences that hold the words as they stand, whatever their case and white space.

    The first of each document come first.
    """
    parts = words.split()
    if not parts:
        return []
    wanted = re.compile(r"\s+".join(map(re.escape, parts)), re.IGNORECASE)
    found = [_in_document(wanted, source) for source in sources]
    turns = range(max(map(len, found), default=0))
    return [places[turn] for turn in turns for places in found if turn < len(places)]


def _in_document(wanted: re.Pattern[str], source: Source) -> list[Quotable]:
    document = source.document
    quotes: dict[Quote, None] = {}
    for place in wanted.finditer(document.text):
        quotes.setdefault(_around(document, *place.span()))
        if len(quotes) == MOST_OF_A_DOCUMENT:
            break
    return [Quotable(source.name, " › ".join(document.section_at(q.start)), q) for q in quotes]


def _around(document: Document, start: int, end: int) -> Quote:
    """The sentences that the place reaches into; the place alone where they are very long."""
    text = document.text
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    spans: Sequence[tuple[int, int]] = [
        span
        for span in split_sentences(text, first, len(text) if last < 0 else last)
        if span[0] < end and start < span[1]
    ]
    if not spans or spans[-1][1] - spans[0][0] > _LONGEST:
        return document.quote(start, end)
    return document.quote(spans[0][0], spans[-1][1])
