"""The text of a query, its places, and its division into numbered lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from retrievers.boolean.errors import Place, QueryError, QueryNotice

LONGEST_QUERY = 500_000  # characters
MOST_LINES = 2_000
_PLAIN = str.maketrans(
    {c: '"' for c in "“”„‟«»″＂"}
    | {c: "'" for c in "‘’‚‛′"}
    | {c: "-" for c in "\u2010\u2011\u2012\u2013\u2014\u2212"}
    | {"\t": " "}
)
# Text copied from a PDF may hold a soft hyphen or a blank of no width in the middle of a word.
_UNSEEN = re.compile(r"(?<=\w)[\u00ad\u200b\u200c\u200d\u2060\ufeff]+(?=\w)")
# Ovid draws a line of one sign under the header and below the last line.
_COMMENT = re.compile(r"^[ \t]*(?:(?://|#(?!\d)).*|([-*=_])\1{4,}[ \t]*)$", re.MULTILINE)
# An operator before a term; `or/1-3` is a line of its own.
_OPERATOR = r"(?:and|or|not|adj\d*|near\d*)\b(?!/)"
_SURE = re.compile(r"[ ]*(?:line )?#?(?P<number>\d{1,4})(?:[.)]+(?!\d)|:(?=\s)|[ ]*\t)[ \t]*", re.I)
_HASH = re.compile(rf"[ ]*#(?P<number>\d{{1,4}})[ \t]+(?!{_OPERATOR}|$)", re.I)
_BARE = re.compile(rf"[ ]*(?P<number>\d{{1,4}})[ \t]+(?!{_OPERATOR}|$)", re.I)


class Source:
    """The text with typographic quotation marks and dashes made plain and comments blanked.

    Comments are lines that begin with `//`, or with `#` that no number follows, and lines drawn of
    one sign. Every character keeps its offset.

    Raises:
        QueryError: The text is empty or too long, or a character that nobody sees parts a word.
    """

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST_QUERY:
            raise QueryError(Place(), f"expected a query under {LONGEST_QUERY:,} characters")
        text = text.replace("\r\n", " \n").replace("\r", "\n")
        self._starts = [0, *(m.end() for m in re.finditer("\n", text))]
        unseen = _UNSEEN.search(text)
        if unseen is not None:
            code = f"U+{ord(unseen[0][0]):04X}"
            raise QueryError(
                self.place(unseen.start()),
                f"a character that is not seen ({code}) parts this word; delete it",
            )
        text = text.replace("\ufeff", " ")
        self.raw = _COMMENT.sub(lambda found: " " * len(found.group()), text)
        self.text = self.raw.translate(_PLAIN)
        if not self.text.strip():
            raise QueryError(Place(), "the query is empty; expected at least one term")

    def place(self, offset: int) -> Place:
        """The line and character of an offset."""
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1)

    def lines(self) -> list[tuple[int, int]]:
        """Start and end of the lines that are not blank."""
        ends = [*(start - 1 for start in self._starts[1:]), len(self.text)]
        spans = zip(self._starts, ends, strict=True)
        return [(a, b) for a, b in spans if self.text[a:b].strip()]


@dataclass(frozen=True, slots=True)
class Span:
    """A numbered line's text, from `start` to `end` of the source."""

    number: int
    start: int
    end: int


def numbered_spans(source: Source) -> tuple[list[Span], tuple[int, int] | None]:
    """Lines by the numbers that stand before them; what follows without one belongs to the last.

    Returns:
        The spans, none if the text has no line numbers, and the stretch before the first one.

    Raises:
        QueryError: A number stands twice, or there are too many lines.
    """
    spans: list[Span] = []
    preamble: tuple[int, int] | None = None
    for start, end in source.lines():
        marker = _marker(source.raw[start:end], spans[-1].number if spans else None)
        if marker is not None:
            number, length = marker
            if any(span.number == number for span in spans):
                raise QueryError(source.place(start), f"line {number} is there twice")
            spans.append(Span(number, start + length, end))
        elif spans:
            spans[-1] = Span(spans[-1].number, spans[-1].start, end)
        else:
            preamble = (preamble[0] if preamble else start, end)
        if len(spans) > MOST_LINES:
            raise QueryError(source.place(start), f"expected at most {MOST_LINES:,} lines")
    return spans, preamble


def gaps(source: Source, spans: Sequence[Span]) -> Iterator[QueryNotice]:
    """Numbers that are left out where lines are counted."""
    for before, span in pairwise([Span(0, 0, 0), *spans]):
        first, last = before.number + 1, span.number - 1
        if first <= last:
            what = f"line {first} is" if first == last else f"lines {first} to {last} are"
            yield QueryNotice(source.place(span.start), f"{what} missing before line {span.number}")


def _marker(line: str, before: int | None) -> tuple[int, int] | None:
    """The number before a line and where its text begins.

    A bare number needs to be the next in order: `2019 novel coronavirus` is no line 2019.
    """
    for pattern in (_SURE, _HASH, _BARE):
        found = pattern.match(line)
        if found is not None:
            number = int(found["number"])
            expected = 1 if before is None else before + 1
            if pattern is _BARE and number != expected:
                return None
            return number, found.end()
    return None
