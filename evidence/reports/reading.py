"""A file as the full text of a record: JATS XML, PDF, HTML or plain text, within limits.

Nothing that a file points to is opened, and nothing in it is executed.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evidence.errors import SourceError
from evidence.grounding import normalised
from evidence.quoting import locate
from evidence.reports.pdf_layout import running_text
from indexers.guideline_pdf import pdf_text
from indexers.guidelines import MOST_HEADINGS, headed_sections, read_guideline
from indexers.jats import LARGEST_ARTICLE_BYTES, read_jats, read_jats_record
from indexers.records import Document, Record, Section, text_digest

_JATS, _HTML, _TEXT = (".xml", ".nxml", ".xml.gz"), (".html", ".htm"), (".txt",)
REPORT_SUFFIXES = (".pdf", *_JATS, *_HTML, *_TEXT)
LARGEST_FILE_BYTES = LARGEST_ARTICLE_BYTES
_KINDS = "a PDF, JATS XML, HTML or plain text"
FIRST_PAGES = 2
"""A cover sheet may stand before the title page."""
_FIRST_CHARACTERS = 8_000
_FEWEST_LETTERS_A_PAGE = 50
_FEWEST_LETTERS_OF_BODY = 200
_OWN_PARTS = re.compile(r"\b(?:methods?|results?|findings)\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
Form = Literal["jats", "pdf", "html", "text"]


@dataclass(frozen=True)
class ReadReport:
    """A file that was read.

    Attributes:
        document: Its text; `record_id` is that of the record it was read for.
        form: What the file is.
        sha256: Of the file's bytes, in hexadecimal.
        citation: What a JATS article says of itself; None for the other forms.
        beginning: The first text of what has no citation; empty for JATS.
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
            holds no full text: a scanned PDF, an article with an abstract only, a web page
            without methods or results.
    """
    raw = _bytes(path)
    sha256 = hashlib.sha256(raw).hexdigest()
    if b"%PDF-" in raw[:1024]:
        document, beginning = _pdf(path, raw, record_id)
        return ReadReport(document, "pdf", sha256, beginning=beginning)
    name = path.name.lower()
    if name.endswith(_HTML):
        document = _page(path, record_id)
        return ReadReport(document, "html", sha256, beginning=document.text[:_FIRST_CHARACTERS])
    if raw[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html")):
        # Journals send a page to sign in under the name of the PDF.
        raise SourceError(path, f"expected {_KINDS}, found a web page; save the PDF itself")
    if name.endswith(_TEXT):
        document = _plain_text(path, raw, record_id)
        return ReadReport(document, "text", sha256, beginning=document.text[:_FIRST_CHARACTERS])
    if not name.endswith(_JATS):
        raise SourceError(path, f"expected {_KINDS} ({', '.join(REPORT_SUFFIXES)})")
    document, citation = read_jats(path, record_id), read_jats_record(path)
    _require_a_body(path, document)
    return ReadReport(document, "jats", sha256, citation=citation)


def is_report_file(path: Path) -> bool:
    """Whether a file of a folder is looked at."""
    return path.name.lower().endswith(REPORT_SUFFIXES)


def with_title(document: Document, title: str) -> Document:
    """A document with the section of its title, where the record's title stands in it."""
    found = locate(title, document) if normalised(title) else None
    if found is None or found.start > _FIRST_CHARACTERS:
        return document
    own = Section(path=("Title",), start=found.start, end=found.end)
    return document.model_copy(update={"sections": (own, *document.sections)})


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise SourceError(path, f"expected a file: {_KINDS}")
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


def _page(path: Path, record_id: str) -> Document:
    """The document of a saved web page; most pages of journals hold the abstract alone."""
    document = read_guideline(path, record_id)
    own = [s for s in document.sections if _OWN_PARTS.search(s.path[-1])]
    letters = sum(c.isalpha() for s in own for c in document.text[s.start : s.end])
    if letters < _FEWEST_LETTERS_OF_BODY:
        raise SourceError(
            path,
            "expected a full text, found a web page without a headed part of methods or results; "
            "attach the PDF",
        )
    return document


def _plain_text(path: Path, raw: bytes, record_id: str) -> Document:
    """The document of a text file, its lines joined and its headings found as in a PDF."""
    try:
        lines = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SourceError(path, "expected text in UTF-8", line) from error
    lines = _CONTROL.sub(" ", lines.replace("\r\n", "\n").replace("\r", "\n"))
    lines = lines.replace("\x0c", "\n\n")
    n_letters = sum(c.isalpha() for c in lines)
    if n_letters < _FEWEST_LETTERS_OF_BODY:
        raise SourceError(path, f"expected a full text, found {n_letters:,} letters")
    text, headings, _ = running_text(lines, [], [0])
    if len(headings) > MOST_HEADINGS:
        raise SourceError(path, f"expected at most {MOST_HEADINGS:,} headings")
    return Document(
        document_digest=text_digest(text),
        record_id=record_id,
        kind="full_text",
        text=text,
        sections=tuple(headed_sections(text, headings, ())),
    )


def _require_a_body(path: Path, document: Document) -> None:
    front = [s.end for s in document.sections if s.path[0] in ("Title", "Abstract")]
    body = document.text[max(front, default=0) :]
    if sum(c.isalpha() for c in body) < _FEWEST_LETTERS_OF_BODY:
        raise SourceError(path, "expected a full text, found no more than title and abstract")
