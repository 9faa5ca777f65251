"""A file as the full text of a record: JATS XML or PDF, by its content and within limits.

Nothing that a file points to is opened, and nothing in it is executed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evidence.errors import SourceError
from evidence.grounding import normalised
from evidence.quoting import locate
from evidence.reports.pdf_layout import running_text
from indexers.guideline_pdf import pdf_text
from indexers.guidelines import MOST_HEADINGS, headed_sections
from indexers.jats import LARGEST_ARTICLE_BYTES, read_jats, read_jats_record
from indexers.records import Document, Record, Section, text_digest

REPORT_SUFFIXES = (".pdf", ".xml", ".nxml", ".xml.gz")
LARGEST_FILE_BYTES = LARGEST_ARTICLE_BYTES
FIRST_PAGES = 2
"""A cover sheet may stand before the title page."""
_FIRST_CHARACTERS = 8_000
_FEWEST_LETTERS_A_PAGE = 50
_FEWEST_LETTERS_OF_BODY = 200
Form = Literal["jats", "pdf"]


@dataclass(frozen=True)
class ReadReport:
    """A file that was read.

    Attributes:
        document: Its text; `record_id` is that of the record it was read for.
        form: What the file is.
        sha256: Of the file's bytes, in hexadecimal.
        citation: What a JATS article says of itself; None for a PDF.
        beginning: The text of the first pages of a PDF; empty for JATS.
    """

    document: Document
    form: Form
    sha256: str
    citation: Record | None = None
    beginning: str = ""


def read_report(path: Path, record_id: str) -> ReadReport:
    """Read a file as the full text of a record.

    Raises:
        SourceError: The file is missing, of another kind, too large, damaged or encrypted, or it
            holds no full text: a scanned PDF, an article with an abstract only.
    """
    raw = _bytes(path)
    sha256 = hashlib.sha256(raw).hexdigest()
    if b"%PDF-" in raw[:1024]:
        document, beginning = _pdf(path, raw, record_id)
        return ReadReport(document, "pdf", sha256, beginning=beginning)
    if raw[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html")):
        raise SourceError(path, "expected a PDF or JATS XML, found a web page; save the PDF itself")
    if not path.name.lower().endswith(REPORT_SUFFIXES[1:]):
        raise SourceError(path, "expected a PDF or JATS XML (.pdf, .xml, .nxml, .xml.gz)")
    document, citation = read_jats(path, record_id), read_jats_record(path)
    _require_a_body(path, document)
    return ReadReport(document, "jats", sha256, citation=citation)


def is_report_file(path: Path) -> bool:
    """Whether a file's name is that of a PDF or of XML."""
    return path.name.lower().endswith(REPORT_SUFFIXES)


def with_title(document: Document, title: str) -> Document:
    """A PDF's document with the section of its title, where the record's title stands in it."""
    found = locate(title, document) if normalised(title) else None
    if found is None or found.start > _FIRST_CHARACTERS:
        return document
    own = Section(path=("Title",), start=found.start, end=found.end)
    return document.model_copy(update={"sections": (own, *document.sections)})


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise SourceError(path, "expected a file: a PDF or JATS XML")
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise SourceError(path, f"expected a readable file ({error.strerror})") from error
    if len(raw) > LARGEST_FILE_BYTES:
        raise SourceError(path, f"expected a file under {LARGEST_FILE_BYTES:,} bytes")
    return raw


def _pdf(path: Path, raw: bytes, record_id: str) -> tuple[Document, str]:
    """The document of a PDF, and the text of its first pages."""
    lines, outlined, page_starts = pdf_text(path, raw)
    n_letters = sum(c.isalpha() for c in lines)
    if n_letters < max(_FEWEST_LETTERS_A_PAGE * len(page_starts), _FEWEST_LETTERS_OF_BODY):
        raise SourceError(
            path,
            f"expected text, found {n_letters:,} letters on {len(page_starts):,} pages "
            "(a scanned PDF needs OCR first)",
        )
    text, headings, pages = running_text(lines, outlined, page_starts)
    if len(headings) > MOST_HEADINGS:
        raise SourceError(path, f"expected at most {MOST_HEADINGS:,} headings")
    document = Document(
        document_digest=text_digest(text),
        record_id=record_id,
        kind="full_text",
        text=text,
        # Without pages: the stages read the innermost heading, which a page would be.
        sections=tuple(headed_sections(text, headings, ())),
    )
    end = pages[FIRST_PAGES] if len(pages) > FIRST_PAGES else len(text)
    return document, text[: min(end, _FIRST_CHARACTERS)]


def _require_a_body(path: Path, document: Document) -> None:
    front = [s.end for s in document.sections if s.path[0] in ("Title", "Abstract")]
    body = document.text[max(front, default=0) :]
    if sum(c.isalpha() for c in body) < _FEWEST_LETTERS_OF_BODY:
        raise SourceError(path, "expected a full text, found no more than title and abstract")
