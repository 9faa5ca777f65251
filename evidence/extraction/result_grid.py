"""A study's results as a spreadsheet: a row a result, and what a person typed into it.

What is typed is kept apart from the results (`Typed`, by row and column), so that nothing of it is
lost while words are looked for or an error is mended; `entries_of` makes one act of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast, get_args

from evidence.entries import Entry
from evidence.extraction.by_person import Source, added, corrected
from evidence.extraction.written_data import DATA_TYPES, DataKind, ResultError, data_of
from evidence.findings import ContinuousData, GenericData, Measure, values
from evidence.findings_text import short_name
from evidence.judgements import ExtractedOutcome
from indexers.records import Document

Cell = float | str | None
Typed = Mapping[str, Mapping[str, Cell]]
"""What stands in changed cells, by the key of a row and the name of a column."""

TIME, UNIT, MEASURE = "time_point", "unit", "measure"
_NEW = "new"


@dataclass(frozen=True)
class GridRow:
    """A row of the grid: a result that stands, or an empty one for what nobody extracted.

    `key` is the result's digest, or names the empty row; `number` is the result's in its study.
    """

    key: str
    outcome: str
    kind: DataKind
    result: ExtractedOutcome | None = None
    number: int | None = None


@dataclass(frozen=True)
class ChangedNumber:
    """A number that a person typed over another one, or into an empty cell."""

    row: GridRow
    field: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Act:
    """Who writes what was typed into the grid, and why.

    `sources` are the words that hold a number, by row and field; `arms` name the intervention and
    the comparator of new results.
    """

    person: str
    reason: str
    sources: Mapping[tuple[str, str], Source]
    arms: tuple[str, str]


def grid_rows(
    results: Sequence[tuple[int, ExtractedOutcome]],
    outcomes: Sequence[str],
    kind: DataKind,
    more: Sequence[str] = (),
) -> list[GridRow]:
    """The rows for one kind of numbers, in the order of the outcomes.

    Args:
        results: Those that stand, with their numbers in the study.
        outcomes: Of the question; one without a result of this kind gets an empty row.
        kind: Of the numbers.
        more: Outcomes that a person wants another empty row for.
    """
    names = dict.fromkeys([*outcomes, *(r.outcome for _, r in results)])
    rows: list[GridRow] = []
    for name in names:
        found = [(n, r) for n, r in results if r.outcome == name and r.data.kind == kind]
        rows += [GridRow(r.content_digest, name, kind, r, n) for n, r in found]
        n_empty = sum(other == name for other in more) + (not found)
        rows += [GridRow(f"{_NEW} {kind} {place} {name}", name, kind) for place in range(n_empty)]
    return rows


def columns_of(kind: DataKind) -> list[str]:
    """The columns that a person may write in, events beside totals."""
    fields = [name for name in DATA_TYPES[kind].model_fields if name not in ("kind", UNIT, MEASURE)]
    scale = {"continuous": [UNIT], "generic": [MEASURE]}.get(kind, [])
    return [TIME, *(fields if kind == "continuous" else [*scale, *fields]),
            *(scale if kind == "continuous" else [])]  # fmt: skip


def cells_of(row: GridRow) -> dict[str, Cell]:
    """What stands in a row's cells before anything is typed."""
    empty: dict[str, Cell] = dict.fromkeys(columns_of(row.kind))
    if row.result is None:
        return empty
    data = row.result.data
    found: dict[str, Cell] = {**empty, **values(data), TIME: row.result.time_point}
    if isinstance(data, ContinuousData):
        found[UNIT] = data.unit or None
    elif isinstance(data, GenericData):
        found[MEASURE] = data.measure
    return found


def typed_over(
    rows: Sequence[GridRow], typed: Typed, edited: Mapping[int, Mapping[str, Cell]]
) -> dict[str, dict[str, Cell]]:
    """What was typed before, with cells that were edited since; what changes nothing falls out.

    Args:
        rows: Of the grid that was edited.
        typed: Before; rows that the grid does not have are kept as they are.
        edited: New cells, by the place of their row.
    """
    merged = {key: dict(cells) for key, cells in typed.items()}
    for place, cells in edited.items():
        if 0 <= place < len(rows):
            known = columns_of(rows[place].kind)
            fresh = {name: _tidy(cell) for name, cell in cells.items() if name in known}
            merged[rows[place].key] = merged.get(rows[place].key, {}) | fresh
    for row in rows:
        if row.key in merged:
            stands = cells_of(row)
            merged[row.key] = {c: v for c, v in merged[row.key].items() if v != stands.get(c)}
    return {key: cells for key, cells in merged.items() if cells}


def _tidy(cell: Cell) -> Cell:
    return (" ".join(cell.split()) or None) if isinstance(cell, str) else cell


def changed_numbers(rows: Sequence[GridRow], typed: Typed) -> list[ChangedNumber]:
    """The numbers that were typed, row by row; a cell that was emptied has no number after."""
    found = []
    for row in rows:
        stands, cells = cells_of(row), typed.get(row.key, {})
        for field in columns_of(row.kind):
            if field in cells and field not in (TIME, UNIT, MEASURE):
                before, after = _number(stands[field]), _number(cells[field])
                found.append(ChangedNumber(row, field, before, after))
    return found


def _number(cell: Cell) -> float | None:
    return None if isinstance(cell, str) else cell


def vanished(rows: Sequence[GridRow], typed: Typed) -> dict[str, Mapping[str, Cell]]:
    """What was typed over results that do not stand any more, by the key of their row."""
    keys = {row.key for row in rows}
    return {key: cells for key, cells in typed.items() if key not in keys}


def entries_of(
    rows: Sequence[GridRow], typed: Typed, act: Act, record_id: str, document: Document | None
) -> list[Entry]:
    """The lines of the log for all that was typed, in the order of the rows.

    Raises:
        ResultError: A row cannot be written as it is; its outcome is named.
        ProjectError: The name is empty or taken by machines.
    """
    entries: list[Entry] = []
    for row in rows:
        if typed.get(row.key):
            try:
                entries += _written(row, typed[row.key], act, record_id, document)
            except ResultError as error:
                which = "new result" if row.number is None else f"result {row.number}"
                told = f"{short_name(row.outcome)}, {which}: {error}"
                raise ResultError(told) from error
    if not entries:
        raise ResultError("nothing was changed; type into the grid first")
    return entries


def _written(
    row: GridRow, cells: Mapping[str, Cell], act: Act, record_id: str, document: Document | None
) -> list[Entry]:
    sources = {field: source for (key, field), source in act.sources.items() if key == row.key}
    words = {name: cells.get(name) for name in (TIME, UNIT, MEASURE)}
    numbers = {field: _number(cell) for field, cell in cells.items() if field not in words}
    if row.result is not None:
        changed = corrected(
            row.result,
            numbers,
            {field: s for field, s in sources.items() if numbers.get(field) is not None},
            document,
            act.person,
            act.reason,
            time_point=str(words[TIME] or "") if TIME in cells else None,
            unit=str(words[UNIT] or "") if UNIT in cells else None,
            measure=_measure(words[MEASURE]) if MEASURE in cells else None,
        )
        return list(changed)
    scale: dict[str, object] = {}
    if row.kind == "generic":
        scale[MEASURE] = _measure(words[MEASURE])
    elif row.kind == "continuous":
        scale[UNIT] = str(words[UNIT] or "")
    new = added(
        record_id,
        row.outcome,
        data_of(row.kind, numbers | scale),
        sources,
        document,
        act.person,
        act.reason,
        intervention=act.arms[0],
        comparator=act.arms[1],
        time_point=str(words[TIME] or ""),
    )
    return [new]


def _measure(cell: Cell) -> Measure:
    if cell not in get_args(Measure):
        raise ResultError(f"name its measure: {', '.join(get_args(Measure))}")
    return cast("Measure", cell)
