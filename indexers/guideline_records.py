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

from indexers.guidelines import GUIDELINE_SUFFIXES, guideline_passages, read_guideline
from indexers.records import Document, Passage, Record

SOURCE = "guideline"
_DIGEST_DIGITS = 12
_PAGES = re.compile(r"\(pages? (\d+(?:-\d+)?)\)\Z")


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
