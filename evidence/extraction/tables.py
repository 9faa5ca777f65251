"""The grid of a table: headings, labels and the value cells that stand under them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.extraction.paired_columns import parted
from evidence.extraction.populations import population
from evidence.extraction.time_points import time_points
from evidence.extraction.wording import flatten
from indexers.records import Table, TableCell

_VALUE = re.compile(
    r"\(\s*\d[\d.]*\s*%?\s*\)$|[<>≤≥=~]?\s*[£$€]?\s*-?\d[\d,.]*\s*(?:[∗*†‡§]*[a-h]?\s*(?=\())?"
    r"(?:%|\(|\[|±|\+|/|:|$|[*∗†‡§¶#^]|-\s*\d|of\s|;|,\s|[a-h]$|(?:NS|ns)$|\d{3}\s*/)"
)


@dataclass(frozen=True)
class ValueCell:
    """A cell with a value and the wordings over it, the outermost first.

    `headings` are rows without values above it, `labels` the first cells of its row, `columns` the
    headings of its column.
    """

    cell: TableCell
    headings: tuple[TableCell, ...]
    labels: tuple[TableCell, ...]
    columns: tuple[TableCell, ...]


@dataclass(frozen=True)
class Grid:
    """A table taken apart."""

    table: Table
    corner: tuple[TableCell, ...]
    cells: tuple[ValueCell, ...]
    labels_by_row: dict[int, tuple[TableCell, ...]]


def is_value(text: str) -> bool:
    """Whether a cell holds numbers rather than words."""
    flat = flatten(text).strip()
    if not _VALUE.match(flat):
        return False
    return not any(p.start <= 1 and p.end >= len(flat) - 1 for p in time_points(flat))


def read_grid(table: Table) -> Grid:
    """Take a table apart into headings, labels and values."""
    table = parted(table)
    at = {
        (row, column): cell
        for cell in table.cells
        for row in range(cell.row, cell.row + cell.row_span)
        for column in range(cell.column, cell.column + cell.column_span)
    }
    rows, columns = table.shape
    header_rows = _header_rows(at, rows, columns)
    label_columns = _label_columns(at, header_rows, rows, columns)
    cells: list[ValueCell] = []
    labels_by_row: dict[int, tuple[TableCell, ...]] = {}
    heads = list(range(header_rows))
    headings: list[TableCell] = []
    after_heading = False
    for row in range(header_rows, rows):
        line = _unique([at[row, c] for c in range(columns) if (row, c) in at])
        filled = [cell for cell in line if cell.text.strip()]
        if _is_heading(line, filled, label_columns) or _heads_next(at, row, label_columns):
            headings = _under(headings, filled[0], after_heading)
            after_heading = True
            continue
        first = at.get((row, 0))
        if (first is None or first.row == row) and _counts_below(line, label_columns):
            named = any(_NAMED_N.match(flatten(c.text)) for c in line if c.column >= label_columns)
            heads = [row] if named else [*range(header_rows), row]
            if filled[0].column < label_columns and not _PEOPLE.search(filled[0].text):
                headings, after_heading = [filled[0]], True
            continue
        labels = _labels(at, row, label_columns, labels_by_row.get(row - 1, ()))
        if _is_inner_header(line, label_columns):
            heads = [*range(header_rows), row] if not after_heading else [row]
            continue
        if filled:
            after_heading = False
        labels_by_row[row] = labels
        for column in range(label_columns, columns):
            cell = at.get((row, column))
            if cell is None or cell.column != column or not is_value(cell.text):
                continue
            over = _unique(
                [c for h in heads if (c := _head_over(at, heads, h, column)) is not None]
            )
            cells.append(
                ValueCell(
                    cell,
                    tuple(headings),
                    labels,
                    tuple(c for c in over if c.text.strip() and c is not cell),
                )
            )
    corner = _unique(
        [at[h, c] for h in range(header_rows) for c in range(label_columns) if (h, c) in at]
    )
    return Grid(table, tuple(c for c in corner if c.text.strip()), tuple(cells), labels_by_row)


def _labels(
    at: dict[tuple[int, int], TableCell], row: int, label_columns: int, above: tuple[TableCell, ...]
) -> tuple[TableCell, ...]:
    """The labels of a row; a blank first one before a filled one goes on from the row above."""
    cells = _unique([at[row, c] for c in range(label_columns) if (row, c) in at])
    filled = tuple(c for c in cells if c.text.strip())
    blank = bool(cells) and cells[0].column == 0 and not cells[0].text.strip()
    goes_on = blank and bool(filled) and len(above) > len(filled) and above[0].column == 0
    return (above[0], *filled) if goes_on else filled


def _unique(cells: list[TableCell]) -> list[TableCell]:
    kept: list[TableCell] = []
    for cell in cells:
        if not any(cell is k for k in kept):
            kept.append(cell)
    return kept


def _header_rows(at: dict[tuple[int, int], TableCell], rows: int, columns: int) -> int:
    """The rows at the top that hold headings only; a marked head may go on in the body."""
    count = 0
    for row in range(rows):
        line = _unique([at[row, c] for c in range(columns) if (row, c) in at])
        filled = [c for c in line if c.text.strip()]
        marked = bool(filled) and all(c.header for c in filled) and len(filled) > 1
        behind = [c for c in filled if c.column > 0]
        if not any(c.header for c in filled) and _heads_next(at, row, 1):
            break
        if count == row > 0 and _is_marked_result(line):
            break
        if (
            marked
            or not filled
            or (count == row and behind and not any(is_value(c.text) for c in behind))
        ) and (not _is_heading(line, filled, 1) or any(c.header for c in filled)):
            count = row + 1
            continue
        if (
            any(c.header for c in filled)
            and not any(is_value(c.text) for c in behind)
            and count == row
        ):
            count = row + 1
            continue
        break
    return count


def _is_marked_result(line: list[TableCell]) -> bool:
    """Whether a row is of results though marked as a head: a label, then `0 (0%) | 4 (18%)`."""
    behind = [c.text for c in line if c.column > 0 and c.text.strip()]
    labelled = any(c.column == 0 and re.search(r"[^\W\d]{3}", c.text) for c in line)
    printed = [t for t in behind if is_value(t) and re.match(_RESULT, flatten(t).strip())]
    return labelled and len(behind) > 1 and len(printed) == len(behind)


_RESULT = r"-?\d[\d.,]*\s*(?:\(\s*\d|±|\[\s*-?\d)"
_REFERENCE = re.compile(r"\W*ref(?:eren(?:ce|t))?\.?\W*$", re.I)


def _label_columns(
    at: dict[tuple[int, int], TableCell], header_rows: int, rows: int, columns: int
) -> int:
    count = 1
    for column in range(1, columns):
        body = [
            at[r, column].text for r in range(header_rows, rows)
            if (r, column) in at and at[r, column].text.strip() and at[r, column].column == column
        ]  # fmt: skip
        values = sum(is_value(text) or _REFERENCE.match(text) is not None for text in body)
        if not body or 2 * values >= len(body):
            break
        count = column + 1
    return count if count < columns else 1


def _is_heading(line: list[TableCell], filled: list[TableCell], label_columns: int) -> bool:
    return (
        len(filled) == 1
        and filled[0].column < label_columns
        and not is_value(filled[0].text)
        and len(filled[0].text) < 200
    )


def _heads_next(at: dict[tuple[int, int], TableCell], row: int, label_columns: int) -> bool:
    """Whether a row is a heading with a test's result at its end: the arms' cells are blank.

    The row below has to fill the cells that this one leaves blank.
    """

    def text(line: int, column: int) -> str | None:
        cell = at.get((line, column))
        return None if cell is None or cell.row != line else cell.text.strip()

    arms = (label_columns, label_columns + 1)
    label, below = text(row, 0), text(row + 1, 0)
    if not label or not below or is_value(label) or any(text(row, c) != "" for c in arms):
        return False
    return all(is_value(text(row + 1, c) or "") for c in arms)


def _is_inner_header(line: list[TableCell], label_columns: int) -> bool:
    """A second head in the body: words or `(n = 73)` over the columns, and no label of its own."""
    behind = [c for c in line if c.column >= label_columns and c.text.strip()]
    labelled = any(c.text.strip() and not c.header for c in line if c.column < label_columns)
    heads = [c for c in behind if c.header or _HEAD_WORDS.match(flatten(c.text).strip())]
    head = len(behind) >= 2 and len(heads) == len(behind) and not labelled
    return head and not _is_marked_result(line)


_BELOW_N = re.compile(r"[^\d=]*\(?\s*n\s*=\s*\d[\d,]*\s*\)?(?:\s*\(\d[\d.]*\s*%?\))?\W*$", re.I)
_NAMED_N = re.compile(r"(?=[^\d=]*[^\W\d_]{2})[^\d=]*\bn\s*=\s*\d", re.I)
_PEOPLE = re.compile(r"\b(?:patients|participants|subjects|people|n|no|number|sample)\b", re.I)


def _counts_below(line: list[TableCell], label_columns: int) -> bool:
    """A row in the body that heads the rows below: `EPDS | Massage n=489 | Usual care n=519`."""
    behind = [c for c in line if c.column >= label_columns and c.text.strip()]
    found = [c for c in behind if _BELOW_N.match(flatten(c.text))]
    return len(found) >= 2 and not any(is_value(c.text) for c in behind)


def _head_over(
    at: dict[tuple[int, int], TableCell], heads: list[int], row: int, column: int
) -> TableCell | None:
    """The heading of a row of heads over a column; a blank one goes on from its left neighbour.

    That a heading spans too few columns is seen where what stands below the blank stands below
    another heading, too (`12 weeks | | 24 weeks | ` over `A | B | A | B`).
    """
    cell = at.get((row, column))
    if cell is None or cell.text.strip() or not cell.header or row == heads[-1]:
        return cell
    below, beside = at.get((heads[-1], column)), at.get((row, column - 1))
    if below is None or beside is None or not below.text.strip() or not beside.text.strip():
        return cell
    again = [
        c for (r, k), c in at.items()
        if (r == heads[-1] and k != column and c.text == below.text
            and at.get((row, k)) is not beside)
    ]  # fmt: skip
    return beside if again and column > 1 else cell


_HEAD_WORDS = re.compile(
    r"(?!n\.?a\.?$|nd$|ns$|p\b)(?:[^\W\d][^\d]*)?(?:\(?\s*n\s*=\s*\d+\)?)?$", re.I
)


def _under(headings: list[TableCell], new: TableCell, directly: bool) -> list[TableCell]:
    """A heading directly under a heading is its child; a population starts anew."""
    if population(new.text) or not headings:
        return [new]
    if directly:
        return [*headings[:1], new]
    return [*headings[:-1], new] if len(headings) > 1 else [new]


_MARK = re.compile(r"\^(\d{1,2}|[a-z])\b|([*†‡§¶#]{1,3})|(?<=[a-z]{3})\d(?!\S)")


def notes_on(cell: TableCell, table: Table) -> tuple[str, ...]:
    """The table's notes that a label's marks point to (`Malaria^2` with `^2Reporting of …`)."""
    found = []
    for m in _MARK.finditer(cell.text):
        symbol = bool(m.group(2))
        lead = re.escape(m.group() if symbol else m.group().lstrip("^"))
        if symbol:
            pattern = rf"(?<![*†‡§¶#]){lead}(?![*†‡§¶#])\s*(.+?)(?=[*†‡§¶#]|$)"
        else:
            stop = r"(?=;?\s*\^\d|;?\s*\^[a-z]\b|;\d[A-Z]|$)"
            pattern = rf"(?:^|(?<=[.;,)])\s*|\^){lead}\s?(?=[A-Z])(.+?){stop}"
        for note in table.footnotes:
            text = re.search(pattern, note)
            if text is not None and len(text.group(1).strip()) > 3:
                found.append(text.group(1).strip())
                break
    return tuple(found)
