"""Columns that print both arms in one cell: `10.8 ± 2.0 (4.9 ± 1.9)` under `Post-test; A (B)`.

Such a column is parted into two, each piece with its own place in the text, so that all that
reads tables sees one arm a cell.
"""

from __future__ import annotations

import re

from evidence.extraction.wording import flatten
from indexers.records import Table, TableCell

_WIDE = r"-?\d+(?:\.\d+)?\s*(?:±|\+/-)\s*\d*\.?\d+"
_SHARE = r"\d+\s*/\s*\d+"
_PERCENT = r"\d+(?:\.\d+)?\s*%"
# A bracket closed too early is a misprint that is met: `80.5±9.9 ()69.9±1.6`.
_PAIR = re.compile(
    "|".join(rf"\s*({p})\s*([(\[])[)\]]?\s*({p})\s*[)\]]?\s*" for p in (_WIDE, _SHARE, _PERCENT))
)
_HEAD = re.compile(
    r"\s*(?:(?P<shared>.*\S)\s*[;:,]\s*)?(?P<first>[^\W\d][^()\[\];:,]*?)\s*"
    r"[(\[]\s*(?P<second>[^\W\d][^()\[\]]*?)\s*[)\]]\W*",
    re.DOTALL,
)
_LEAST_SHARE = 0.5


def parted(table: Table) -> Table:
    """The table with its paired columns parted; the same table where it has none."""
    heads = {c: head for c in range(table.shape[1]) if (head := _paired_head(table, c)) is not None}
    if not heads:
        return table
    after = max(head.row + head.row_span for head in heads.values())
    heads = {c: head for c, head in heads.items() if head.row + head.row_span == after}
    cells = [
        piece for cell in table.cells
        for piece in _placed(cell, heads, after, is_head=any(cell is h for h in heads.values()))
    ]  # fmt: skip
    return table.model_copy(update={"cells": tuple(cells)})


def _paired_head(table: Table, column: int) -> TableCell | None:
    """The heading `A (B)` of a column most of whose cells hold two values of one kind."""
    own = [c for c in table.cells if c.column == column and c.column_span == 1]
    heads = [c for c in own if c.header and c.text.strip()]
    body = [c.text for c in own if not c.header and re.search(r"\d", c.text)]
    if not heads or not body or _HEAD.fullmatch(flatten(heads[-1].text)) is None:
        return None
    paired = sum(_PAIR.fullmatch(flatten(text)) is not None for text in body)
    return heads[-1] if paired > _LEAST_SHARE * len(body) else None


def _placed(
    cell: TableCell, heads: dict[int, TableCell], after: int, *, is_head: bool
) -> list[TableCell]:
    """A cell at its place on the wider grid; `after` is the row in front of which one is put in."""
    start = cell.column + sum(c < cell.column for c in heads)
    width = cell.column_span + sum(cell.column <= c < cell.column + cell.column_span for c in heads)
    row = cell.row + (cell.row >= after)
    height = cell.row_span + (cell.row < after <= cell.row + cell.row_span)
    whole = cell.model_copy(
        update={"column": start, "column_span": width, "row": row, "row_span": height}
    )
    if is_head:
        return _head_pieces(whole)
    found = _PAIR.fullmatch(flatten(cell.text)) if cell.column in heads else None
    if found is None or cell.header:
        return [whole]
    first = next(g for g in (1, 4, 7) if found[g])
    return [_piece(whole, *found.span(first), start, 1),
            _piece(whole, *found.span(first + 2), start + 1, 1)]  # fmt: skip


def _head_pieces(head: TableCell) -> list[TableCell]:
    """What both columns share, over the name of each arm."""
    found = _HEAD.fullmatch(flatten(head.text))
    if found is None:
        return [head]
    pieces = []
    if found["shared"]:
        top = _piece(head, *found.span("shared"), head.column, 2)
        pieces.append(top.model_copy(update={"row_span": head.row_span - 1}))
    for offset, name in enumerate(("first", "second")):
        piece = _piece(head, *found.span(name), head.column + offset, 1)
        place = {"row": head.row + head.row_span - 1, "row_span": 1}
        pieces.append(piece.model_copy(update=place if pieces and found["shared"] else {}))
    return pieces


def _piece(cell: TableCell, start: int, end: int, column: int, width: int) -> TableCell:
    return cell.model_copy(
        update={
            "text": cell.text[start:end],
            "start": cell.start + start,
            "end": cell.start + end,
            "column": column,
            "column_span": width,
        }
    )
