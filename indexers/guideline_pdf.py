"""The text, pages and headings of a PDF, read by pypdf within limits of time and memory.

A PDF of a megabyte can unpack to terabytes, or ask for hours of parsing. pypdf limits one stream;
the limits here hold for the file: each page's streams are forgotten after it, and reading stops
after `LONGEST_READING_S` of the processor's time, whatever else the machine does. A file is read
whole or refused.
"""

from __future__ import annotations

import logging
import re
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexers.errors import SourceError

if TYPE_CHECKING:
    from pypdf import PdfReader

MOST_PAGES = 2_000
LARGEST_TEXT = 20_000_000
LARGEST_STREAM_BYTES = 32 * 1024 * 1024
"""Unpacked; the content of a page of text is some tens of kilobytes."""
LONGEST_READING_S = 30.0
"""Of the processor's time; a page of text takes some hundredths of a second."""

Heading = tuple[int, int, str]
"""Offset in the text, level (1 is outermost) and words of a heading."""
Bookmark = tuple[int, int, str]
"""Page (0-based), level (1 is outermost) and words of an outline's entry."""

# What pypdf raises on damaged files beside its own errors, which its documentation announces.
# Of 16,199 mangled files 3 % ended in an AssertionError, AttributeError, NotImplementedError,
# OverflowError, TypeError or ValueError; the rest are their kin. MemoryError and OSError pass.
_OTHER_DAMAGE = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError),
    *(ValueError, struct.error, zlib.error),
)
_FORMS_KEPT = 16
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,4})\.?[ \t]+([^\W\d_].{1,118})$", re.MULTILINE)
_NO_HEADING_END = re.compile(r"[.,;:]$|(?:\.\s?){3,}|\s\d{1,4}$")


def pdf_text(path: Path, raw: bytes) -> tuple[str, list[Heading], list[int]]:
    """The text of a PDF, its headings, and the offsets at which its pages start.

    Raises:
        SourceError: The PDF is damaged, encrypted, too large, or takes too long to read.
    """
    from pypdf.errors import DependencyError, PyPdfError

    try:
        found, bookmarks = _read(path, raw)
    except (PyPdfError, DependencyError, *_OTHER_DAMAGE) as error:
        cause = f"{type(error).__name__}: {error}"
        raise SourceError(path, f"expected a readable PDF ({cause:.160})") from error
    bodies = [f"{body}\n\n" if body else "" for body in map(_clean, found)]
    text = "".join(bodies).rstrip("\n")
    starts = [0]
    for body in bodies[:-1]:
        starts.append(starts[-1] + len(body))
    pages = [min(start, len(text)) for start in starts[: len(bodies)]]
    return text, _outlined(bookmarks, text, pages) or _numbered(text), pages


def _read(path: Path, raw: bytes) -> tuple[list[str], list[Bookmark]]:
    """All that pypdf does: the text of each page, and the bookmarks in order."""
    from pypdf import Configuration, PdfReader, apply_configuration

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings name no file
    limits = Configuration(
        zlib_maximum_output_length=LARGEST_STREAM_BYTES,
        lzw_maximum_output_length=LARGEST_STREAM_BYTES,
        run_length_maximum_output_length=LARGEST_STREAM_BYTES,
        brotli_maximum_output_length=LARGEST_STREAM_BYTES,
        array_based_stream_maximum_output_length=LARGEST_STREAM_BYTES,
        jbig2dec_binary=None,  # no program is started for what a document holds
    )
    with apply_configuration(limits):
        reader = PdfReader(BytesIO(raw))
        if reader.is_encrypted:
            raise SourceError(path, "expected a PDF without encryption; save it without a password")
        count = len(reader.pages)
        if count > MOST_PAGES:
            raise SourceError(path, f"expected at most {MOST_PAGES:,} pages, found {count:,}")
        bookmarks = list(_bookmarks(reader))
        return list(_page_texts(path, reader, count)), bookmarks


def _page_texts(path: Path, reader: PdfReader, count: int) -> Iterator[str]:
    watch = _Watch(path, reader)
    length = 0
    for number in range(count):
        text = reader.pages[number].extract_text(visitor_operand_before=watch)
        watch.check()
        length += len(text)
        if length > LARGEST_TEXT:
            raise SourceError(path, f"expected at most {LARGEST_TEXT:,} characters of text")
        yield text.encode("utf-8", errors="replace").decode()


class _Watch:
    """Called by pypdf before each operator: stops what takes too long, and frees memory.

    Raises:
        SourceError: The time is over. pypdf swallows it inside a form, but not outside of one.
    """

    def __init__(self, path: Path, reader: PdfReader) -> None:
        self._path = path
        self._reader = reader
        self._end = time.thread_time() + LONGEST_READING_S
        self._forms = 0

    def __call__(self, operator: bytes, *_: Any) -> None:
        if operator == b"Do":
            self._forms += 1
            if self._forms % _FORMS_KEPT == 0:
                self._forget()
        self._in_time()

    def check(self) -> None:
        """At the end of a page."""
        self._forget()
        self._in_time()

    def _in_time(self) -> None:
        if time.thread_time() > self._end:
            wanted = f"expected a PDF that is read within {LONGEST_READING_S:g} s, this may be made"
            raise SourceError(self._path, f"{wanted} to exhaust; print it to a new PDF")

    def _forget(self) -> None:
        """Drop the unpacked streams that pypdf keeps; it unpacks again what it needs again."""
        from pypdf.generic import EncodedStreamObject

        for found in self._reader.resolved_objects.values():
            if isinstance(found, EncodedStreamObject):
                found.decoded_self = None


def _clean(found: str) -> str:
    """A page's text without control characters, runs of spaces and of blank lines."""
    lines = (" ".join(line.split()) for line in _CONTROL.sub(" ", found).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _bookmarks(reader: PdfReader) -> Iterator[Bookmark]:
    """The outline in order, without recursion; entries that lead to no page are left out."""
    waiting: list[Iterator[Any]] = [iter(reader.outline)]
    while waiting:
        item = next(waiting[-1], None)
        if item is None:
            waiting.pop()
        elif isinstance(item, list):
            waiting.append(iter(item))
        else:
            page = reader.get_destination_page_number(item)
            words = " ".join(str(item.title or "").split())
            if page is not None and words:
                yield page, len(waiting), words


def _outlined(bookmarks: Sequence[Bookmark], text: str, pages: Sequence[int]) -> list[Heading]:
    """The bookmarks in the text; one whose words are not on its page stands at the page's start."""
    headings: list[Heading] = []
    after = 0
    for page, level, words in bookmarks:
        if not 0 <= page < len(pages):
            continue
        end = pages[page + 1] if page + 1 < len(pages) else len(text)
        start = max(after, pages[page])
        line = r"\s+".join(map(re.escape, words.split()))
        found = re.compile(rf"^(?:[\d.]+\s+)?{line}", re.MULTILINE | re.IGNORECASE)
        match = found.search(text, start, end)
        start = match.start() if match else start
        if start < len(text):
            headings.append((start, level, words))
            after = match.end() if match else start
    return headings


def _numbered(text: str) -> list[Heading]:
    """Lines that continue a numbering: `1`, then `1.1` or `2`; list items and tables rarely do."""
    headings: list[Heading] = []
    last: tuple[int, ...] = (0,)
    for match in _NUMBERED.finditer(text):
        number = tuple(map(int, match.group(1).split(".")))
        nexts = {(*last[:depth], last[depth] + 1) for depth in range(len(last))} | {(*last, 1)}
        if number in nexts and not _NO_HEADING_END.search(match.group(2).strip()):
            headings.append((match.start(), len(number), match.group().strip()))
            last = number
    return headings
