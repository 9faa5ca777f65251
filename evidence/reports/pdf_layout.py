"""From the lines of a PDF to running text: words and sentences that a line break parted, joined.

Quotes are searched in the text that comes out, so it changes as little as possible: line breaks
inside a paragraph become spaces, a hyphen at the end of a line goes where the rest of the document
writes the word without it, and typographic ligatures become letters. No other character changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexers.guideline_pdf import Heading

_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
_SECTION_NAME = re.compile(
    r"(?:\d{1,2}\.?\s+)?(?P<name>abstract|summary|background|introduction|objectives?|aims?"
    r"|(?:(?:materials?|patients|subjects|participants)\s+and\s+)?methods?|methods\s+and\s+materials"
    r"|results?|findings|results\s+and\s+discussion|discussion|comment|limitations|conclusions?"
    r"|references|bibliography|acknowledge?ments?|funding|(?:conflicts?|competing|declarations?)\s+"
    r"of\s+interests?|competing\s+interests|supplementary\s+materials?|appendix)\s*[:.]?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_BROKEN = re.compile(r"(?P<head>[^\W\d_]+)(?P<hyphen>[-‐\u00ad])\Z")
_REST = re.compile(r"[^\W\d_]+")
_SENTENCE_END = re.compile(r"[.?!:;][\"')\]]*\Z")
_NUMBER = re.compile(r"[-–(]?\d[\d.,/%()–-]*\Z")
_SHORT_LINE = 0.8
"""A line that ends a sentence and is shorter than this share of the usual one ends a paragraph."""


def running_text(
    text: str, headings: Sequence[Heading], pages: Sequence[int]
) -> tuple[str, list[Heading], list[int]]:
    """The text with its lines joined; headings and pages stand at their new offsets.

    Args:
        text: Lines as `indexers.guideline_pdf.pdf_text` gives them.
        headings: Offset, level and words; each starts a line.
        pages: Offsets at which pages start.
    """
    lines = _lines(text)
    headings = section_headings(text, headings)
    is_heading = {start for start, _, _ in headings}
    words = _whole_words(lines)
    usual = _usual_length(lines)
    parts: list[str] = []
    length = 0
    starts: dict[int, int] = {}
    for place, line in enumerate(lines):
        if place:
            before = lines[place - 1]
            if line.after_blank or line.start in is_heading:
                joint = "\n\n"
            elif before.start in is_heading or _parts(before.text, line.text, usual):
                joint = "\n"
            else:
                joint, cut = _joint(before.text, line.text, words)
                if cut:
                    parts[-1] = parts[-1][:-cut]
                    length -= cut
            parts.append(joint)
            length += len(joint)
        starts[line.start] = length
        parts.append(line.text)
        length += len(line.text)
    flowing = "".join(parts)
    return (
        flowing,
        [(_moved(start, starts, length), level, named) for start, level, named in headings],
        [_moved(start, starts, length) for start in pages],
    )


def section_headings(text: str, headings: Sequence[Heading]) -> list[Heading]:
    """The headings of an article: those given without its title, or lines that name a part.

    An outline or a numbering counts when it names at least two parts that articles have. Else a
    line that is nothing but such a name is a heading, where there are two; else those given stay.
    """
    named = [h for h in headings if _SECTION_NAME.fullmatch(h[2])]
    if len(named) < 2:
        found = [
            (line.start, 1, line.text.rstrip(" .:"))
            for line in _lines(text)
            if _SECTION_NAME.fullmatch(line.text)
        ]
        return found if len(found) > 1 else list(headings)
    top = min(level for _, level, _ in headings)
    outermost = [h for h in headings if h[1] == top]
    if len(outermost) == 1 and outermost[0] not in named:
        return [(start, level - 1, words) for start, level, words in headings if level > top]
    return list(headings)


@dataclass(frozen=True)
class _Line:
    """A line that is not blank, with its offset."""

    start: int
    text: str
    after_blank: bool


def _lines(text: str) -> list[_Line]:
    lines = []
    at = 0
    blank = False
    for line in text.split("\n"):
        if line.strip():
            lines.append(_Line(at, line.translate(_LIGATURES), blank))
        blank = not line.strip()
        at += len(line) + 1
    return lines


def _moved(start: int, starts: dict[int, int], length: int) -> int:
    """The new offset of a line's start; a page without text starts where the next text does."""
    later = [new for old, new in starts.items() if old >= start]
    return min(later, default=length)


def _usual_length(lines: Sequence[_Line]) -> int:
    """The length that a full line reaches: nine of ten are no longer."""
    lengths = sorted(len(line.text) for line in lines)
    return lengths[len(lengths) * 9 // 10] if lengths else 0


def _parts(before: str, line: str, usual: int) -> bool:
    """Whether a line break stays: at the end of a paragraph, and around a table's row."""
    ends = _SENTENCE_END.search(before) and len(before) < _SHORT_LINE * usual
    return bool(ends) or _tabular(before) or _tabular(line)


def _tabular(line: str) -> bool:
    """Whether a line looks like a row of a table: numbers make up half of it."""
    tokens = line.split()
    n_numbers = sum(_NUMBER.match(token) is not None for token in tokens)
    return n_numbers >= 2 and 2 * n_numbers >= len(tokens)


def _whole_words(lines: Sequence[_Line]) -> frozenset[str]:
    """The words that the document writes on one line, hyphened ones whole and in their parts."""
    words: set[str] = set()
    for place, line in enumerate(lines):
        found = [m.group().lower() for m in _WORD.finditer(line.text)]
        if place and _BROKEN.search(lines[place - 1].text):
            found = found[1:]
        if _BROKEN.search(line.text):
            found = found[:-1]
        for word in found:
            words.add(word)
            words.update(word.split("-"))
    return frozenset(words)


def _joint(before: str, line: str, words: frozenset[str]) -> tuple[str, int]:
    """What stands between two joined lines, and how many characters the first one loses."""
    broken, rest = _BROKEN.search(before), _REST.match(line)
    if broken is None or rest is None or not line[0].islower():
        return " ", 0
    if broken["hyphen"] == "\u00ad":
        return "", 1
    head, tail = broken["head"].lower(), rest.group().lower()
    compound = f"{head}-{tail}" in words or (head in words and tail in words)
    return "", 0 if compound and head + tail not in words else 1
