"""Guideline passages as records, so that a store holds them and a quote leads back to the file.

A record's id is `<file stem>#<start>-<end>@<digest>`, in a PDF with its pages,
`<file stem>#p3:<start>-<end>@<digest>`: character offsets, and 12 digits of the document digest.
Its source is `guideline`, its title is that of the document with the heading path and the pages,
its abstract is the passage, verbatim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from indexers.errors import SourceError
from indexers.guidelines import GUIDELINE_SUFFIXES, guideline_passages, read_guideline
from indexers.records import Document, Passage, Record

SOURCE = "guideline"
_DIGEST_DIGITS = 12
_PAGES = re.compile(r"\(pages? (\d+(?:-\d+)?)\)\Z")
_RECORD_ID = re.compile(r".*#(?:p\d+(?:-\d+)?:)?(\d{1,9})-(\d{1,9})@([0-9a-f]{12})", re.DOTALL)


def is_guideline(path: Path) -> bool:
    """Whether the file's name is that of a guideline document."""
    return path.suffix.lower() in GUIDELINE_SUFFIXES


def guideline_records(path: Path) -> Iterator[Record]:
    """The passages of a guideline as records, in reading order.

    Ids hold the document's digest, so those of two files of one stem differ unless the texts are
    the same; then the passages are too.

    Raises:
        SourceError: See `read_guideline`.
    """
    document = read_guideline(path, path.stem)
    title = document_title(document)
    for passage in guideline_passages(document):
        yield Record(
            record_id=_record_id(passage),
            source=SOURCE,
            title=_title(title, passage.section),
            abstract=passage.text,
        )


def document_title(document: Document) -> str:
    """The outermost heading when it stands over all that follows, else the file's stem."""
    outermost = [section for section in document.sections if len(section.path) == 1]
    headed = [section for section in outermost if not _is_page(section.path[-1])]
    if len(headed) == 1 and headed[0].end == len(document.text):
        return headed[0].path[0]
    return document.record_id


def passage_of(record_id: str, document: Document) -> Passage:
    """The passage of a record that `guideline_records` made, from the document it was made of.

    Args:
        record_id: The record's id.
        document: The guideline, read again by `read_guideline`.

    Raises:
        SourceError: It is no such id, or the document is another one or was changed.
    """
    match = _RECORD_ID.fullmatch(record_id)
    if match is None:
        raise SourceError(
            document.record_id, f"expected the record id of a guideline passage, not {record_id!r}"
        )
    start, end, digest = int(match[1]), int(match[2]), match[3]
    found = document.document_digest[:_DIGEST_DIGITS]
    if digest != found:
        raise SourceError(
            document.record_id,
            f"expected the text that {record_id!r} was cut from, found digest {found}; "
            "the file is another or was changed: build the store again",
        )
    for passage in guideline_passages(document):
        if (passage.start, passage.end) == (start, end):
            return passage
    raise SourceError(
        document.record_id, f"expected a passage of this document, found none at {record_id!r}"
    )


def _record_id(passage: Passage) -> str:
    pages = _PAGES.search(passage.section)
    place = f"p{pages[1]}:" if pages else ""
    digest = passage.document_digest[:_DIGEST_DIGITS]
    return f"{passage.record_id}#{place}{passage.start}-{passage.end}@{digest}"


def _title(title: str, section: str) -> str:
    """The title, then the headings below it: `Guideline — 2 Treatment > 2.1 Dosing (page 3)`."""
    if section == title or section.startswith((f"{title} > ", f"{title} (page")):
        section = section[len(title) :].removeprefix(" > ")
    if not section:
        return title
    pages_only = section.lstrip().startswith("(page")
    return f"{title} {section.lstrip()}" if pages_only else f"{title} — {section}"


def _is_page(heading: str) -> bool:
    return re.fullmatch(r"page \d+", heading) is not None
