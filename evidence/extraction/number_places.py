"""Where a number stands in a report: the sentences and rows of tables that hold it.

A person who changes a number picks the words that hold it; grounding decides by the same rule
whether they do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from evidence.extraction.wording import Span, sentences
from evidence.grounding import is_quoted, numerals
from evidence.question import concept_terms
from indexers.records import Document, Quote, Table

_LONGEST = 1200  # characters of a sentence; longer ones are no words to pick
_ROW_AT_MOST = 2000
_NUMERAL = re.compile(r"\d[\d,]*(?:[.\u00b7]\d+)?")
_NO_COUNT = re.compile(
    r"\[\s*\d[\d\s,;\u2013-]*\]|\b(?:table|fig(?:ure)?|box|appendix|ref)s?\.?\s*S?\d+",
    re.IGNORECASE,
)  # marks of references and names of tables


@dataclass(frozen=True)
class Place:
    """Words of a report that hold a number.

    `where` names the table or the headings that they stand under.
    """

    quote: Quote
    where: str


def number_places(
    number: float,
    document: Document,
    *,
    outcome: str = "",
    together: Sequence[float] = (),
    near: Sequence[Quote] = (),
) -> list[Place]:
    """All sentences and table rows that hold a number, the likeliest first.

    Args:
        number: Its sign does not count.
        document: The report as it is read now.
        outcome: Places that name it go before others.
        together: Other numbers of the same result; places that hold more of them go first. A zero
            does not count, which `no` and `none` hold too.
        near: What the result quotes now; the nearer to it, the earlier.
    """
    holding = [s for s in _stretches(document) if abs(number) in s.numbers]
    terms = [term.casefold() for term in concept_terms(outcome)]
    held = [quote for quote in near if quote.document_digest == document.document_digest]

    def order(stretch: _Stretch) -> tuple[float, ...]:
        text = document.text[stretch.start : stretch.end].casefold()
        return (
            -sum(abs(other) in stretch.numbers for other in dict.fromkeys(together) if other),
            not any(q.start < stretch.end and stretch.start < q.end for q in held),
            not any(term in text for term in terms),
            not stretch.in_table and not _is_of_results(document.section_at(stretch.start)),
            min((abs(stretch.start - quote.start) for quote in held), default=0),
            stretch.start,
        )

    quotes = [document.quote(s.start, s.end) for s in sorted(holding, key=order)]
    return [Place(q, _where(document, q)) for q in quotes if is_quoted(number, [q])]


def around(number: float, text: str, width: int) -> tuple[str, str, str]:
    """The words before a number, the number as it is written, and the words after it.

    Each side has at most `width` characters; without a numeral all stands in the first part.
    """
    flat = " ".join(text.split())
    for found in _NUMERAL.finditer(_without_marks(flat)):
        if abs(number) in numerals(found.group()):
            start, end = found.span()
            before, after = flat[:start], flat[end:]
            if len(before) > width:
                before = f"…{before[-width:]}"
            if len(after) > width:
                after = f"{after[:width]}…"
            return before, found.group(), after
    return (flat if len(flat) <= 2 * width else f"{flat[: 2 * width]}…"), "", ""


@dataclass(frozen=True)
class _Stretch:
    start: int
    end: int
    numbers: frozenset[float]
    in_table: bool


def _stretches(document: Document) -> tuple[_Stretch, ...]:
    return _read(document.text, document.tables)


@lru_cache(maxsize=4)
def _read(text: str, tables: tuple[Table, ...]) -> tuple[_Stretch, ...]:
    rows = [span for table in tables for span in _rows(table)]
    spans, at = list(rows), 0
    for table in (*sorted(tables, key=lambda t: t.start), None):
        end = len(text) if table is None else table.start
        if at < end:
            spans += [s for s in sentences(text, at, end) if s.end - s.start <= _LONGEST]
        at = end if table is None else max(at, table.end)
    found = []
    for start, end in sorted(_stripped(text, span) for span in spans):
        numbers = frozenset(map(abs, numerals(_without_marks(text[start:end]))))
        if start < end and numbers:
            in_table = any(row.start <= start < row.end for row in rows)
            found.append(_Stretch(start, end, numbers, in_table))
    return tuple(found)


def _without_marks(text: str) -> str:
    """The text with blanks for `[12]` and `Table 3`; offsets stay."""
    return _NO_COUNT.sub(lambda mark: " " * len(mark.group()), text)


def _is_of_results(path: Sequence[str]) -> bool:
    return any("result" in head.casefold() or "finding" in head.casefold() for head in path)


def _rows(table: Table) -> list[Span]:
    """The rows of a table, and its caption."""
    by_row: dict[int, list[tuple[int, int]]] = {}
    for cell in table.cells:
        if cell.text:
            by_row.setdefault(cell.row, []).append((cell.start, cell.end))
    found = [Span(min(a for a, _ in row), max(b for _, b in row)) for row in by_row.values()]
    first = min((span.start for span in found), default=table.end)
    found.append(Span(table.start, first))
    return [span for span in found if span.end - span.start <= _ROW_AT_MOST]


def _stripped(text: str, span: Span) -> Span:
    words = text[span.start : span.end]
    start = span.start + len(words) - len(words.lstrip())
    return Span(start, max(start, span.start + len(words.rstrip())))


def _where(document: Document, quote: Quote) -> str:
    for table in document.tables:
        if table.start <= quote.start < table.end:
            return table.label or "Table"
    return " › ".join(document.section_at(quote.start)) or "Full text"
