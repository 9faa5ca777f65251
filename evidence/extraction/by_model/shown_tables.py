"""Tables as a language model is shown them: Markdown with a name for every cell.

    T1. Table 2 Adverse events
    |    | C1     | C2                 | C3               |
    |----|--------|--------------------|------------------|
    | R1 | Event  | Aspirin (n = 50)   | Placebo (n = 50) |
    | R2 | Nausea | 12 (24%)           | 20 (40%)         |

A cell is `T1 R2 C2`. A cell that spans several places is printed in each and bears each name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from evidence.extraction.table_outcomes import is_baseline_table
from evidence.reading.excerpts import size_bytes
from evidence.reading.report_passages import rank_passages
from indexers.encoder import Encoder
from indexers.records import Document, Passage, Table, TableCell

_NAME = re.compile(r"\W*T\s*(\d{1,3})\W*R\s*(\d{1,4})\W*C\s*(\d{1,4})\W*", re.IGNORECASE)
_LONGEST_CAPTION = 600
_LONGEST_NOTES = 800
LEFT_OUT = "| … | rows are left out here |"


class NamedCell(NamedTuple):
    """A cell of a table and the name it was shown under."""

    name: str
    table: Table
    cell: TableCell


@dataclass(frozen=True)
class ShownTables:
    """Tables as text, and what stands in them.

    Attributes:
        text: The Markdown; empty without tables.
        tables: The tables in the order of their names T1, T2, …
        whole: Those of which no row is left out.
    """

    text: str
    tables: tuple[Table, ...]
    whole: tuple[Table, ...]

    def named(self, name: str) -> NamedCell | None:
        """The cell of a name such as `T1 R2 C2`; None when there is none."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        place, row, column = (int(part) - 1 for part in found.groups())
        if not 0 <= place < len(self.tables):
            return None
        table = self.tables[place]
        cell = next((c for c in table.cells if _covers(c, row, column)), None)
        return NamedCell(cell_name(place, row, column), table, cell) if cell else None

    def at(self, start: int, end: int) -> list[NamedCell]:
        """The cells that lie within a stretch of the document, in order."""
        return [
            NamedCell(cell_name(place, cell.row, cell.column), table, cell)
            for place, table in enumerate(self.tables)
            for cell in table.cells
            if start <= cell.start < cell.end <= end
        ]


def cell_name(table: int, row: int, column: int) -> str:
    """The name of a cell from its 0-based places."""
    return f"T{table + 1} R{row + 1} C{column + 1}"


@dataclass(frozen=True)
class RankedTables:
    """A document's tables with cells, nearest first, and how near each of their rows is.

    `row_ranks` holds by table (its start) the rank of each row; a row without words has none.
    """

    tables: tuple[Table, ...]
    row_ranks: dict[int, dict[int, int]]


def rank_tables(document: Document, query: str, encoder: Encoder) -> RankedTables:
    """Tables by their row nearest to a query; those of the participants at the start come last."""
    rows: list[tuple[Table, int, Passage]] = []
    for table in document.tables:
        for row in range(table.shape[0]):
            cells = [c for c in table.cells if c.row == row and c.end > c.start]
            if cells:
                start, end = min(c.start for c in cells), max(c.end for c in cells)
                section = f"{table.label} {table.caption}".strip()
                rows.append((table, row, document.passage(start, end, section)))
    (order,) = rank_passages([passage for _, _, passage in rows], [query], encoder)
    place = {passage.passage_id: rank for rank, passage in enumerate(order)}
    ranks: dict[int, dict[int, int]] = {}
    for table, row, passage in rows:
        ranks.setdefault(table.start, {})[row] = place[passage.passage_id]
    with_cells = [table for table in document.tables if table.start in ranks]
    with_cells.sort(key=lambda t: (is_baseline_table(t), min(ranks[t.start].values())))
    return RankedTables(tuple(with_cells), ranks)


def show_tables(ranked: RankedTables, most: int, limit_bytes: int) -> ShownTables:
    """The nearest tables, as far as they fit.

    Of a table that does not fit, rows are left out: its head and the rows nearest to the query
    stay. A table of which not even those fit is left out, and so are those behind it.

    Args:
        ranked: From `rank_tables`.
        most: How many tables at most.
        limit_bytes: The limit on the text's length in UTF-8.
    """
    parts: list[str] = []
    whole: list[Table] = []
    room = limit_bytes
    for place, table in enumerate(ranked.tables[:most]):
        written = _Written(table, place)
        rows: Sequence[int] | None = range(len(written.lines))
        if written.size(range(len(written.lines))) > room:
            rows = _rows_that_fit(written, ranked.row_ranks[table.start], room)
            if rows is None:
                break
        else:
            whole.append(table)
        parts.append(written.text(rows or ()))
        room -= size_bytes(parts[-1]) + 2
    return ShownTables("\n\n".join(parts), ranked.tables[: len(parts)], tuple(whole))


class _Written:
    """A table's lines as they are shown, each written once; `headings` are rows of one cell."""

    def __init__(self, table: Table, place: int) -> None:
        n_rows, n_columns = table.shape
        texts = [[""] * n_columns for _ in range(n_rows)]
        filled = [0] * n_rows
        for cell in table.cells:
            text = " ".join(cell.text.replace("|", "/").split())
            filled[cell.row] += bool(text)
            for row in range(cell.row, cell.row + cell.row_span):
                for column in range(cell.column, cell.column + cell.column_span):
                    texts[row][column] = text
        title = " ".join(f"{table.label} {table.caption}".split())[:_LONGEST_CAPTION]
        self._before = [
            f"T{place + 1}. {title}".rstrip(),
            "| | " + " | ".join(f"C{c + 1}" for c in range(n_columns)) + " |",
            "|---" * (n_columns + 1) + "|",
        ]
        self.lines = [f"| R{n} | " + " | ".join(line) + " |" for n, line in enumerate(texts, 1)]
        notes = " ".join(" ".join(table.footnotes).split())[:_LONGEST_NOTES]
        self._behind = [f"Notes: {notes}"] if notes else []
        self.head = _head_rows(table)
        self._headings = [row for row in range(n_rows) if filled[row] == 1]

    def text(self, rows: Sequence[int]) -> str:
        """The table with these rows, in ascending order, and marks where rows are left out."""
        shown: list[str] = []
        before = -1
        for row in rows:
            if row != before + 1:
                shown.append(LEFT_OUT)
            shown.append(self.lines[row])
            before = row
        if before != len(self.lines) - 1:
            shown.append(LEFT_OUT)
        return "\n".join([*self._before, *shown, *self._behind])

    def size(self, rows: Sequence[int]) -> int:
        """The length in UTF-8 of the table with these rows, a mark before each at most."""
        whole = len(rows) == len(self.lines)
        lines = [*self._before, *self._behind, *(self.lines[row] for row in rows)]
        marks = 0 if whole else (len(rows) + 1) * (size_bytes(LEFT_OUT) + 1)
        return sum(size_bytes(line) + 1 for line in lines) + marks

    def heading_over(self, row: int) -> set[int]:
        """The nearest heading above a row, not one of the table's head."""
        above = [h for h in self._headings if h < row and h not in self.head]
        return {above[-1]} if above else set()


def _covers(cell: TableCell, row: int, column: int) -> bool:
    return (
        cell.row <= row < cell.row + cell.row_span
        and cell.column <= column < cell.column + cell.column_span
    )


def _head_rows(table: Table) -> set[int]:
    """The rows that a table marks as its head; the first row where it marks none."""
    marked = {c.row for c in table.cells if c.header and c.column > 0}
    head = set()
    for row in range(table.shape[0]):
        if row not in marked:
            break
        head.add(row)
    return head or {0}


def _rows_that_fit(written: _Written, ranks: dict[int, int], limit_bytes: int) -> list[int] | None:
    """Head rows, then the nearest rows, each with the heading row above it."""
    kept = set(written.head)
    for row in sorted(ranks, key=lambda r: (ranks[r], r)):
        grown = kept | {row} | written.heading_over(row)
        if written.size(sorted(grown)) > limit_bytes:
            break
        kept = grown
    return sorted(kept) if kept != written.head else None
