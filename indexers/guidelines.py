"""Guideline documents in: PDF, HTML and Markdown, cut along headings into passages.

Headings stand on lines of their own, paragraphs are parted by a blank line, cells by ` | `. A PDF
has no headings as such: they are its outline (bookmarks) or, without one, lines that continue a
numbering (`2`, `2.1`). Each of its pages adds an innermost path element `page N` (1-based).
Nothing that a document points to is opened.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from indexers.errors import SourceError
from indexers.guideline_pdf import Heading, pdf_text
from indexers.records import Document, Passage, Section, text_digest

GUIDELINE_SUFFIXES = (".pdf", ".html", ".htm", ".md", ".markdown")
LARGEST_GUIDELINE_BYTES = 64 * 1024 * 1024
MOST_HEADINGS = 5_000
LONGEST_PASSAGE = 2_000
"""Characters; longer parts are cut at a paragraph, a line or a space (2,000 are ~400 words)."""

_SKIPPED = {"script", "style", "noscript", "template", "head", "svg", "iframe", "object", "nav"}
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "br", "caption", "dd", "details", "div"),
    *("dl", "dt", "figcaption", "figure", "footer", "form", "header", "hr", "li", "main", "ol"),
    *("p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "ul"),
}
_LEVELS = {f"h{level}": level for level in range(1, 7)}
_DEEPEST = 256
_PARSERS_LIMITS = (etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG)
_ENCODING = re.compile(rb"charset\s*=\s*[\"']?\s*(windows-1252|iso-8859-1|latin1)\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_PAGE = re.compile(r"page \d+\Z")


def read_guideline(path: Path, record_id: str) -> Document:
    """Read a guideline (.pdf, .html, .htm, .md or .markdown) as a full-text document.

    Raises:
        SourceError: The file is missing, of another kind, too large, damaged, encrypted, not in
            UTF-8, or holds no text (a scanned PDF has none before OCR).
    """
    suffix = path.suffix.lower()
    if suffix not in GUIDELINE_SUFFIXES:
        raise SourceError(path, f"expected a .pdf, .html, .htm or .md file, not {suffix!r}")
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST_GUIDELINE_BYTES + 1)
    except OSError as error:
        raise SourceError(path, f"expected a readable file ({error.strerror})") from error
    if len(raw) > LARGEST_GUIDELINE_BYTES:
        raise SourceError(path, f"expected a file under {LARGEST_GUIDELINE_BYTES:,} bytes")
    if suffix == ".pdf":
        text, headings, pages = pdf_text(path, raw)
    else:
        html = _decoded(path, raw)
        text, headings = _from_html(path, html if suffix.startswith(".h") else _as_html(html))
        pages = []
    if not text.strip():
        raise SourceError(path, "expected text, found none (a scanned document needs OCR first)")
    if len(headings) > MOST_HEADINGS:
        raise SourceError(path, f"expected at most {MOST_HEADINGS:,} headings")
    return Document(
        document_digest=text_digest(text),
        record_id=record_id,
        kind="full_text",
        text=text,
        sections=tuple(headed_sections(text, headings, pages)),
    )


def guideline_passages(document: Document) -> list[Passage]:
    """Cut a guideline along its headings, in reading order; nothing but white space is left out.

    `Passage.section` is the heading path, `Treatment > Dosing`, for a PDF with the page or pages:
    `Treatment > Dosing (page 3)`, `… (pages 3-4)`.
    """
    text = document.text
    cuts = {s.start for s in document.sections if not _PAGE.match(s.path[-1])}
    borders = sorted({0, len(text), *cuts})
    passages = []
    for start, end in itertools.pairwise(borders):
        for first, last in _pieces(text, start, end):
            passages.append(document.passage(first, last, _label(document, first, last)))
    return passages


def _label(document: Document, start: int, end: int) -> str:
    first, last = document.section_at(start), document.section_at(end - 1)
    if not first or not _PAGE.match(first[-1]):
        return " > ".join(first)
    page, last_page = first[-1], last[-1] if last else first[-1]
    if last_page != page and _PAGE.match(last_page):
        page = f"pages {page.removeprefix('page ')}-{last_page.removeprefix('page ')}"
    return f"{' > '.join(first[:-1])} ({page})".strip()


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches of at most LONGEST_PASSAGE characters, without white space at either end."""
    while start < end:
        stop = min(end, start + LONGEST_PASSAGE)
        if stop < end:
            for mark in ("\n\n", ".\n", ". ", "\n", " "):
                place = text.rfind(mark, start + LONGEST_PASSAGE // 4, stop)
                if place >= 0:
                    stop = place + len(mark)
                    break
        piece = text[start:stop]
        if piece.strip():
            first = start + len(piece) - len(piece.lstrip())
            yield first, first + len(piece.strip())
        start = stop


def headed_sections(
    text: str, headings: Sequence[Heading], pages: Sequence[int]
) -> Iterator[Section]:
    """Nested sections in reading order; `pages` are the offsets at which pages start."""
    borders = [*(h[0] for h in headings), len(text)]
    open_headings: list[tuple[int, str]] = []
    leaves: list[tuple[int, int, tuple[str, ...]]] = [(0, borders[0], ())]
    for place, (start, level, words) in enumerate(headings):
        while open_headings and open_headings[-1][0] >= level:
            open_headings.pop()
        open_headings.append((level, words))
        path = tuple(heading for _, heading in open_headings)
        end = next((h[0] for h in headings[place + 1 :] if h[1] <= level), len(text))
        leaves.append((start, borders[place + 1], path))
        if end > start:
            yield Section(path=path, start=start, end=end)
    page_ends = [*pages[1:], len(text)]
    for start, end, path in leaves if pages else ():
        for number, (top, bottom) in enumerate(zip(pages, page_ends, strict=True), 1):
            if max(start, top) < min(end, bottom):
                inner = (*path, f"page {number}")
                yield Section(path=inner, start=max(start, top), end=min(end, bottom))


def _decoded(path: Path, raw: bytes) -> str:
    """UTF-8, or the Western encoding that an HTML file declares."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if _ENCODING.search(raw[:2048]):
            return raw.decode("cp1252", errors="replace")
        line = raw.count(b"\n", 0, error.start) + 1
        raise SourceError(path, "expected text in UTF-8", line) from error


def _as_html(markdown: str) -> str:
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark").enable("table").render(markdown))


def _from_html(path: Path, html: str) -> tuple[str, list[Heading]]:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(_CONTROL.sub(" ", html).encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(path, f"expected HTML: {error}") from error
    if any(entry.type in _PARSERS_LIMITS for entry in parser.error_log):
        # The parser stops there without an error: what follows would be missing and nobody told.
        wanted = f"expected HTML nested at most {_DEEPEST} deep, and parts of under 10 MB of text"
        raise SourceError(path, wanted)
    text = _Text()
    if root is not None:
        _walk(root, text)
    return text.finished()


class _Text:
    """Builds the text left to right, so that offsets never move."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._line: list[str] = []
        self._headings: list[Heading] = []

    def add(self, piece: str) -> None:
        self._line.append(piece)

    def close(self, level: int = 0, end: str = "\n\n") -> None:
        """End the line; `level` above 0 makes it a heading."""
        line = " ".join("".join(self._line).split()).removesuffix(" |")
        self._line = []
        if not line:
            return
        if level:
            self._headings.append((self._length, level, line))
        self._parts += [line, end]
        self._length += len(line) + len(end)

    def finished(self) -> tuple[str, list[Heading]]:
        self.close()
        return "".join(self._parts).rstrip("\n"), self._headings


def _walk(root: Any, text: _Text) -> None:
    """The visible text; no recursion, for a hostile page nests as deep as it likes."""
    skipped: Any = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if skipped is None and event == "start":
            if not tag or tag in _SKIPPED:
                skipped = element
            else:
                if tag in _BLOCKS or tag in _LEVELS or tag == "tr":
                    text.close()
                text.add(element.text or "")
        elif event == "end" and (skipped is None or skipped is element):
            if skipped is None:
                _end(tag, text)
            skipped = None
            text.add(element.tail or "")


def _end(tag: str, text: _Text) -> None:
    if tag in ("td", "th"):
        text.add(" | ")
    elif tag in _LEVELS:
        text.close(_LEVELS[tag], "\n")
    elif tag == "tr":
        text.close(end="\n")
    elif tag in _BLOCKS:
        text.close()
