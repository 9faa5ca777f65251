"""Where an extracted result stands in its report, and what is printed over and beside it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from evidence.extraction.printed_beside import sentences_of
from evidence.extraction.table_outcomes import is_baseline_table
from evidence.extraction.table_ranking import RowWording
from evidence.extraction.tables import Grid, ValueCell, read_grid
from evidence.judgements import ExtractedOutcome, ValueEvidence
from indexers.records import Document

_MAIN = ("events", "mean", "estimate")


@dataclass(frozen=True)
class ReportTables:
    """The grids of a report's tables; `starts` are the places of `cells`, which are in order.

    A cell is its table's number in the report with the value that stands there.
    """

    grids: tuple[Grid, ...]
    starts: tuple[int, ...]
    cells: tuple[tuple[int, ValueCell], ...]
    rows: tuple[RowWording, ...]

    def at(self, place: int) -> tuple[int, ValueCell] | None:
        """The value cell around an offset of the document, if one is there."""
        index = bisect_right(self.starts, place) - 1
        if index < 0 or place >= max(self.cells[index][1].cell.end, self.starts[index] + 1):
            return None
        return self.cells[index]


@dataclass(frozen=True)
class Place:
    """What stands over the main number of each arm; for a sentence, the sentence is the label.

    `second` is the comparator's cell, None for an effect and in a sentence.
    """

    wording: RowWording
    table: int | None = None
    first: ValueCell | None = None
    second: ValueCell | None = None


@lru_cache(maxsize=4)
def report_tables(document: Document) -> ReportTables:
    """The tables of a report, each taken apart once."""
    grids = tuple(read_grid(table) for table in document.tables)
    placed = sorted(
        ((number, value) for number, grid in enumerate(grids) for value in grid.cells),
        key=lambda item: item[1].cell.start,
    )
    rows: dict[RowWording, None] = {}
    for grid in grids:
        if is_baseline_table(grid.table):
            continue
        for value in grid.cells:
            rows.setdefault(_row_wording(grid, value, columns=False))
    return ReportTables(grids, tuple(v.cell.start for _, v in placed), tuple(placed), tuple(rows))


def place_of(document: Document, outcome: ExtractedOutcome) -> Place:
    """Where a result stands: by the first quotes of its main numbers."""
    tables = report_tables(document)
    main = [e for e in outcome.evidence if e.field.startswith(_MAIN)]
    found = [tables.at(_start(e)) for e in main]
    first = next((f for f in found if f is not None), None)
    if first is None:
        return Place(RowWording(tuple(sentences_of(outcome, document)[:1]), (), (), ""))
    number, value = first
    second = found[1][1] if len(found) > 1 and found[1] is not None else None
    if second is value:
        second = None
    grid = tables.grids[number]
    return Place(_row_wording(grid, value, columns=True), number, value, second)


def _row_wording(grid: Grid, value: ValueCell, *, columns: bool) -> RowWording:
    return RowWording(
        tuple(c.text for c in value.labels),
        tuple(c.text for c in value.headings),
        tuple(c.text for c in value.columns) if columns else (),
        grid.table.caption,
        tuple(c.text for c in grid.corner),
    )


def _start(evidence: ValueEvidence) -> int:
    return evidence.quotes[0].start
