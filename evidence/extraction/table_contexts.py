"""Which arm a cell of a table belongs to, and what is said over it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.arm_results import Count
from evidence.extraction.numbers import Layout, Reading, layout_of, read_cell
from evidence.extraction.outcomes import (
    residual,
)
from evidence.extraction.table_layouts import layout_over
from evidence.extraction.table_namings import STAT_COLUMN, Naming, namings_of
from evidence.extraction.table_totals import (
    PARTIAL,
    column_total,
    is_n_label,
    of_fewer,
    printed_total,
    row_totals,
)
from evidence.extraction.tables import Grid, ValueCell
from evidence.extraction.time_points import time_points
from evidence.extraction.wording import flatten
from indexers.records import TableCell


@dataclass(frozen=True)
class Context:
    """A value cell of an arm with the wordings over it, the arm's name taken out.

    `beside` is the next cell where it holds the percentage or SD; `counts` are the counts that
    the table prints for the arm. A `silent` table prints no row of numbers analysed. `is_change`
    tells a column of changes; a `partial` table says that it is of fewer than all participants.
    """

    value: ValueCell
    naming: Naming
    labels: tuple[str, ...]
    headings: tuple[str, ...]
    columns: tuple[str, ...]
    layout: Layout | None
    total: Count | None
    strict_key: tuple[object, ...]
    loose_key: tuple[object, ...]
    beside: TableCell | None = None
    counts: tuple[Reading, ...] = ()
    silent: bool = True
    is_change: bool = False
    partial: bool = False


_CHANGE_COLUMN = re.compile(r"\bchang|Δ|\bdelta\b", re.I)
_INTERVAL = re.compile(r"\W*(?:95\s*%?\s*)?CI\W*$")
_P_VALUE = re.compile(r"\W*p\W*(?:values?\W*)?$", re.I)
_TOTAL = re.compile(r"\b(?:total|overall|all)\b", re.I)
# What is left of `Two-day acupressure` is how long it was given, not when it was measured.
_REGIMEN = re.compile(r"\W*[^\W\d_]+-(?:hour|day|week|month|year)\W*$", re.I)
# Names of a trial's visits that say no time by themselves.
_VISIT = re.compile(
    r"\b(?:(?:[TV]|visit)\s?\d{1,2}|pre|mid|post|before|after|end|final|initial|entry|follow-?\s?up"
    r"|discharge|admission|completion)\b", re.I,
)  # fmt: skip


def read_contexts(grid: Grid, arms: tuple[TrialArm, ...], n_arms: int) -> list[Context]:
    """The value cells of both arms; arms are looked for over the columns, then beside the rows."""
    over = [c for v in grid.cells for c in v.columns]
    beside = [c for v in grid.cells for c in (*v.labels, *v.headings)]
    for in_columns, cells in ((True, over), (False, beside)):
        namings = namings_of(cells, arms, n_arms, in_columns)
        roles = {n.arm.role for n in namings.values() if n is not None}
        if {"intervention", "comparator"} <= roles:
            totals = row_totals(grid)
            read = grid.cells if in_columns else _under_outcomes(grid, namings)
            found = (_context(grid, value, namings, in_columns, arms, totals) for value in read)
            contexts = [context for context in found if context is not None]
            counts = _counts(contexts)
            silent = not any(v.labels and is_n_label(v.labels[-1].text) for v in grid.cells)
            partnered = [_with_partner(c, contexts, counts[id(c.naming.arm)]) for c in contexts]
            partnered = [_with_column_total(c, partnered) for c in partnered]
            taken = {c.beside.start for c in partnered if c.beside is not None}
            taken |= {c.total.span.start for c in partnered if c.total is not None}
            around = (grid.table.caption, *grid.table.footnotes)
            partial = any(PARTIAL.search(flatten(t)) for t in around)
            partial |= of_fewer(grid.table.caption, arms)
            return [
                replace(c, silent=silent, partial=partial)
                for c in partnered
                if c.value.cell.start not in taken
            ]
    return []


def _under_outcomes(grid: Grid, namings: dict[int, Naming | None]) -> list[ValueCell]:
    """The cells with the row over them as a heading, where it is of all and theirs of one arm.

    `Pain | 3.1`, below it `Acupuncture | 2.0` and `Sham | 4.2`.
    """
    outcome: dict[int, TableCell] = {}
    nearest: TableCell | None = None
    for row, labels in sorted(grid.labels_by_row.items()):
        named = [namings.get(c.start) for c in labels]
        if labels and all(n is not None and not residual(n.rest) for n in named):
            if nearest is not None:
                outcome[row] = nearest
        elif labels and not any(c.start in namings for c in labels):
            nearest = labels[-1] if any(v.cell.row == row for v in grid.cells) else None
    return [
        replace(v, headings=(*v.headings, outcome[v.cell.row])) if v.cell.row in outcome else v
        for v in grid.cells
    ]


def _with_column_total(context: Context, contexts: list[Context]) -> Context:
    """The number analysed that a column of its own prints in the row, if there is one."""
    beside = [
        c.value for c in contexts
        if c.naming.arm is context.naming.arm and c is not context
        and c.value.cell.row == context.value.cell.row
    ]  # fmt: skip
    found = column_total(context.value, beside, mean=(context.layout or "").startswith("mean"))
    return context if found is None else replace(context, total=found)


def _with_partner(
    context: Context, contexts: list[Context], counts: tuple[Reading, ...]
) -> Context:
    beside = _partner(context, contexts)
    split = beside is not None and "%" in beside.text
    layout: Layout | None = "count" if split else context.layout
    return replace(context, beside=beside, counts=counts, layout=layout)


def _counts(contexts: list[Context]) -> dict[int, tuple[Reading, ...]]:
    """The counts with percentages that a table prints for each arm."""
    found: dict[int, tuple[Reading, ...]] = {}
    for context in contexts:
        reading = read_cell(context.value.cell.text, context.layout)
        kept = (reading,) if reading and reading.kind == "count" and not reading.total else ()
        found[id(context.naming.arm)] = (*found.get(id(context.naming.arm), ()), *kept)
    return found


def _partner(context: Context, contexts: list[Context]) -> TableCell | None:
    """The percentage or SD that a column of its own prints behind a count or mean."""
    wanted = {"count": ("percent",), "mean": ("mean_sd",)}.get(context.layout or "", ())
    cell = context.value.cell
    whole = re.fullmatch(r"\d+", flatten(cell.text).strip()) is not None
    for other in contexts:
        beside = other.value.cell
        percent = re.fullmatch(r"\(?\d+(?:\.\d+)?\s*%\)?", flatten(beside.text).strip())
        if (
            (other.layout in wanted or (whole and percent))
            and beside.row == cell.row
            and beside.column == cell.column + cell.column_span
            and other.naming.arm is context.naming.arm
        ):
            return beside
    return None


def _context(
    grid: Grid,
    value: ValueCell,
    namings: dict[int, Naming | None],
    in_columns: bool,
    arms: tuple[TrialArm, ...],
    totals: dict[tuple[object, ...], Count],
) -> Context | None:
    heads = value.columns if in_columns else (*value.headings, *value.labels)
    named = [(c, namings[c.start]) for c in heads if c.start in namings]
    if not named or any(n is None for _, n in named):
        return None
    found = {id(n.arm): n for _, n in named if n is not None}
    if len(found) != 1:
        return None
    naming = next(iter(found.values()))
    rests = {c.start: n.rest for c, n in named if n is not None}

    def text(cell: TableCell) -> str:
        return rests.get(cell.start, cell.text)

    labels, headings, columns = (
        tuple(text(c) for c in cells) for cells in (value.labels, value.headings, value.columns)
    )
    # `N (%)` over `95% CI` heads two lines of cells in turn; the interval's cells are not read.
    if layout_of(c for c in columns if not _INTERVAL.match(flatten(c))):
        columns = tuple("" if _INTERVAL.match(flatten(c)) else c for c in columns)
    if in_columns and _beside_a_total(grid, value, columns):
        return None
    if any(STAT_COLUMN.search(c) and not _TOTAL.search(c) for c in columns if in_columns):
        return None
    if any(_P_VALUE.match(flatten(c.text)) for c in value.columns):
        return None
    over = (*reversed(labels), *reversed(columns), *reversed(headings))
    layout = layout_over(
        value.cell.text,
        (*over, *(c.text for c in grid.corner)),
        (grid.table.caption, *grid.table.footnotes),
    )
    over_texts = columns if in_columns else (*labels, *headings)
    days = tuple(
        p.days for t in over_texts if not _REGIMEN.match(flatten(t)) for p in time_points(t)
    )
    place = value.cell.row if in_columns else value.cell.column
    rest = tuple(r for t in over_texts for r in (*residual(t), *visits(t)))
    return Context(
        value, naming, labels, headings, columns, layout,
        printed_total(grid, value, naming.arm, arms, totals, in_columns=in_columns),
        (place, rest, days, layout), (place, days, layout),
        is_change=any(_CHANGE_COLUMN.search(c) for c in columns),
    )  # fmt: skip


def visits(text: str) -> tuple[str, ...]:
    """The names of visits in a heading (`T2`, `Post`), by which columns are told apart."""
    return tuple(re.sub(r"\W", "", m.group().lower()) for m in _VISIT.finditer(flatten(text)))


def _beside_a_total(grid: Grid, value: ValueCell, columns: tuple[str, ...]) -> bool:
    """Whether a column is of a subgroup in a table that has columns for all participants, too."""
    if not any(residual(c) for c in columns) or any(_TOTAL.match(flatten(c)) for c in columns):
        return False
    above = {c.start: c for v in grid.cells for c in v.columns if c.column_span > 1}
    return any(_TOTAL.match(flatten(c.text)) for c in above.values())
