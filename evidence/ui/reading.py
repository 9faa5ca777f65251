"""The place of a quote in its document, marked, with enough of the text around to read it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup

from evidence.rendering.marks import Span, marked
from evidence.ui.cards import joined
from indexers.records import Document, Quote, Table, TableCell

_BEFORE, _AFTER = 240, 1_400
"""So little before that the quote is in sight where the reading box opens, from its top."""
_LINES_BEFORE = 6
_WIDER = 5
_ROWS_BEFORE, _ROWS_AFTER = 6, 12
_CHOSEN, _BESIDE = "0", "7"
_FOOTNOTE_MARK = re.compile(r"\^(\d{1,2}|[a-z*†‡§¶](?![a-z]))")


def reading_html(document: Document | None, quotes: Sequence[Quote], *, wider: bool) -> Markup:
    """The text around the first quote, that one marked strongest, or the table that it is in.

    Args:
        document: What is quoted; None when it is missing.
        quotes: The chosen one first, then others to mark beside it; without any the text is
            shown from its start.
        wider: Whether to show five times as much.
    """
    if document is None:
        return Markup('<p class="ev ev-soft">The text of the report is missing.</p>')
    if not quotes:
        body = _text(document, quotes, _WIDER if wider else 1)
        return Markup('<div class="ev ev-reading">{}</div>').format(body)
    quote = quotes[0]
    table = next(
        (t for t in document.tables if t.start <= quote.start and quote.end <= t.end), None
    )
    if table is not None:
        body = _table(table, quotes, _WIDER if wider else 1)
    else:
        body = _text(document, quotes, _WIDER if wider else 1)
    return Markup('<p class="ev ev-soft">{}</p><div class="ev ev-reading">{}</div>').format(
        " › ".join(document.section_at(quote.start)) or "Full text", body
    )


def _text(document: Document, quotes: Sequence[Quote], times: int) -> Markup:
    text = document.text
    first, last = (quotes[0].start, quotes[0].end) if quotes else (0, _BEFORE * times)
    start = _word_start(
        text, max(_lines_before(text, first, _LINES_BEFORE * times), first - _BEFORE * times)
    )
    end = _word_end(text, min(len(text), last + _AFTER * times))
    spans = [Span(q.start, q.end, _BESIDE if place else _CHOSEN) for place, q in enumerate(quotes)]
    body = marked(
        text,
        start,
        end,
        spans,
        lambda span: Markup('<mark class="ev-c{}">').format(span.name),
        lambda _span: Markup("</mark>"),
    )
    return Markup('<div class="ev-text">{}{}{}</div>').format(
        "… " if start else "", body, " …" if end < len(text) else ""
    )


def found_words(words: str, document: Document) -> Quote | None:
    """The first place of some words, whatever their case and the white space between them."""
    parts = words.split()
    if not parts:
        return None
    place = re.search(r"\s+".join(map(re.escape, parts)), document.text, re.IGNORECASE)
    return document.quote(*place.span()) if place else None


def _lines_before(text: str, at: int, n: int) -> int:
    """Where the line begins that stands so many line breaks before a place."""
    for _ in range(n):
        at = text.rfind("\n", 0, at)
        if at < 0:
            return 0
    return at


def raised(text: str) -> Markup:
    """The text with its footnote marks, `Malaria^2`, raised as the report prints them."""
    parts, end = [], 0
    for mark in _FOOTNOTE_MARK.finditer(text):
        parts.append(Markup("{}<sup>{}</sup>").format(text[end : mark.start()], mark[1]))
        end = mark.end()
    return joined([*parts, Markup("{}").format(text[end:])])


def _word_start(text: str, at: int) -> int:
    """The next place after white space, so that no word is cut; `at` where there is none near."""
    place = next((i for i in range(at, min(at + 60, len(text))) if text[i].isspace()), at - 1)
    return place + 1 if at else 0


def _word_end(text: str, at: int) -> int:
    """The last place before white space; `at` at the end of the text, or with none near."""
    if at == len(text):
        return at
    return next((i for i in range(at, max(at - 60, 0), -1) if text[i - 1 : i].isspace()), at)


def _table(table: Table, quotes: Sequence[Quote], times: int) -> Markup:
    """The table as a grid, the cells of the quotes marked; of a long one the rows around them."""
    chosen = quotes[0]
    at = [cell.row for cell in table.cells if _is_in(cell, chosen)] or [0]
    heads = _head_rows(table)
    rows: dict[int, list[TableCell]] = {}
    for cell in sorted(table.cells, key=lambda c: (c.row, c.column)):
        first, last = min(at) - _ROWS_BEFORE * times, max(at) + _ROWS_AFTER * times
        if cell.row < heads or first <= cell.row <= last:
            rows.setdefault(cell.row, []).append(cell)
    n_fixed = _fixed_rows(table, heads)
    fixed, lines = (
        joined(
            Markup("<tr>{}</tr>").format(joined(_cell(cell, quotes) for cell in cells))
            for row, cells in rows.items()
            if (row < n_fixed) == is_fixed
        )
        for is_fixed in (True, False)
    )
    left_out = table.shape[0] - len(rows)
    notes = [*table.footnotes, *([f"{left_out} rows are not shown"] if left_out > 0 else [])]
    caption = Markup("<b>{}</b> {}").format(table.label, raised(table.caption))
    if chosen.start < (table.cells[0].start if table.cells else table.end):
        caption = Markup('<mark class="ev-c0">{}</mark>').format(caption)
    return Markup("<p>{}</p><table><thead>{}</thead><tbody>{}</tbody></table>{}").format(
        caption,
        fixed,
        lines,
        joined(Markup('<p class="ev-soft">{}</p>').format(raised(n)) for n in notes),
    )


def _head_rows(table: Table) -> int:
    """How many rows at the top hold headers alone."""
    body = [cell.row for cell in table.cells if not cell.header]
    return min(body, default=0)


def _fixed_rows(table: Table, heads: int) -> int:
    """How many rows stay in sight: the headers, if none of them reaches down into the body."""
    reach = (cell.row + cell.row_span for cell in table.cells if cell.row < heads)
    return heads if max(reach, default=0) <= heads else 0


def _cell(cell: TableCell, quotes: Sequence[Quote]) -> Markup:
    text = raised(cell.text)
    places = [place for place, quote in enumerate(quotes) if _is_in(cell, quote)]
    if places and cell.text:
        colour = _CHOSEN if places[0] == 0 else _BESIDE
        text = Markup('<mark class="ev-c{}">{}</mark>').format(colour, text)
    tag = Markup("th") if cell.header else Markup("td")
    return Markup('<{} rowspan="{}" colspan="{}">{}</{}>').format(
        tag, cell.row_span, cell.column_span, text, tag
    )


def _is_in(cell: TableCell, quote: Quote) -> bool:
    return cell.start < quote.end and quote.start < cell.end
