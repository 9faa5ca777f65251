"""Printed effects with their direction settled: as printed, inverted, or flagged as not told."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.arm_results import Value
from evidence.extraction.effect_cells import (
    ADJUSTMENT_NOTES,
    RATIOS,
    Effect,
    Head,
    leaning,
    other_level,
    read_head,
)
from evidence.extraction.effect_numbers import Sign
from evidence.extraction.effect_order import Order, Page
from evidence.extraction.effect_rows import PREDICTORS, DraftEffect, drafts
from evidence.extraction.table_contexts import Context, read_contexts
from evidence.extraction.table_outcomes import is_baseline_table
from evidence.extraction.table_ranking import RowWording
from evidence.extraction.tables import Grid, read_grid
from evidence.extraction.wording import Span, flatten
from evidence.findings import Measure
from indexers.records import Table

_OTHER_TABLE = re.compile(
    rf"{PREDICTORS.pattern}|\bpre\W{{0,3}}(?:versus|vs\.?|to|and|/)?\W{{0,3}}post"
    r"|\bwithin[- ]group|\bprecision\b|\b(?:statistical )?power\b|\bassum(?:ed|ptions?)\b",
    re.I,
)
_RATE_RATIO = re.compile(r"\brate[ -]ratio|(?-i:\b[acA]?IRR\b)", re.I)
_ROWS_ENOUGH = 3


@dataclass(frozen=True)
class PrintedEffect:
    """An effect of a table's row with the wordings over it, before an outcome is looked for."""

    grid: Grid
    context: Context
    measure: Measure
    values: dict[str, Value]
    order: Order
    head: Head
    flags: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def wording(self) -> RowWording:
        """The wordings by which the ranking compares the row with a question's outcome."""
        context = self.context
        return RowWording(
            tuple(t for t in context.labels if t),
            (*context.headings, *(c.text for c in self.grid.corner)),
            tuple(t for t in context.columns if t),
            self.grid.table.caption,
        )


def read_effects(table: Table, arms: tuple[TrialArm, ...], n_arms: int) -> list[PrintedEffect]:
    """The effects between two of the arms in a table, whatever their outcomes."""
    if is_baseline_table(table) or _OTHER_TABLE.search(flatten(table.caption)):
        return []
    if not any(read_head(c.text) for c in table.cells) and read_head(table.caption) is None:
        return []
    grid = read_grid(table)
    at = {
        (row, column): cell
        for cell in table.cells
        for row in range(cell.row, cell.row + cell.row_span)
        for column in range(cell.column, cell.column + cell.column_span)
    }
    page = Page(grid, at, read_contexts(grid, arms, n_arms), arms, n_arms)
    columns: dict[tuple[int, ...], list[DraftEffect]] = defaultdict(list)
    for draft in drafts(page):
        heads = tuple(c.start for c in draft.value.columns)
        columns[draft.value.cell.column, id(draft.order.first), *heads].append(draft)
    found = [
        _settled(grid, d, _shown([o for o in group if o is not d]))
        for group in columns.values() for d in group
    ]  # fmt: skip
    return sorted(found, key=lambda e: e.context.value.cell.start)


def _shown(others: Sequence[DraftEffect]) -> Sign:
    """The direction that the arms' numbers show in a column's other rows.

    One row shows it within rounding, two by their intervals, three by what they are nearer to;
    no row may show the other direction.
    """
    known = [d.verdict for d in others if d.verdict is not None]
    signed = [v for v in known if v.sign]
    for verdicts, enough in (([v for v in signed if v.exact], 1), (signed, 2)):
        if len(verdicts) >= enough:
            return verdicts[0].sign if len({v.sign for v in signed}) == 1 else 0
    nearer = [v.sign or v.closer for v in known if v.sign or v.closer]
    return nearer[0] if len(nearer) >= _ROWS_ENOUGH and len(set(nearer)) == 1 else 0


def _direction(draft: DraftEffect, column: Sign) -> tuple[Sign, list[str]]:
    """Whether an effect is as printed (1) or inverted (-1), and what is doubtful about that.

    The row's own numbers go first where they agree within rounding, then the words, then the
    other rows of the column.
    """
    verdict, said = draft.verdict, draft.order.said
    sign: Sign = verdict.sign if verdict is not None else 0
    exact = verdict is not None and verdict.exact
    if sign and column and sign != column:
        return (sign if exact else column), ["the rows of its column differ in their direction"]
    if sign == -1 and (exact or (column and not said)):
        return -1, []
    if sign == -1 or (column == -1 and said):
        return 1, ["the arms' numbers speak for the other direction of the effect"]
    if sign or said:
        return 1, []
    if column:
        return column, []
    return 1, ["which arm the effect compares with which is not said: taken as printed"]


def _settled(grid: Grid, draft: DraftEffect, column: Sign) -> PrintedEffect:
    """The effect of the intervention over the comparator, with what is doubtful about it.

    `column` is the direction that the other rows of the column show, 0 where they show none.
    """
    context, measure, effect, order = draft.context, draft.measure, draft.effect, draft.order
    verdict = draft.verdict
    sign, flags = _direction(draft, column)
    swapped = order.first.role == "comparator"
    inverse, how = swapped, "is compared with"
    if sign == -1:
        inverse, how = not inverse, "is, by the arms' numbers, compared with"
    if verdict is not None and verdict.astray:
        flags.append("the numbers of its row lead to another effect")
    if leaning(measure, effect):
        scale = "logarithmic scale" if measure in RATIOS else "scale"
        flags.append(f"the estimate is far from the middle of its interval on the {scale}")
    over = (*(c.text for c in context.value.columns), *(c.text for c in context.value.labels))
    exact = verdict is not None and verdict.exact
    if measure == "RR" and not exact and any(_RATE_RATIO.search(t) for t in over):
        flags.append("a ratio of rates, which need not be the ratio of risks")
    if draft.points is None:
        flags.append("whether the risk difference is in percentage points is not told")
    level = other_level((*(c.text for c in context.value.columns), grid.table.caption,
                         *grid.table.footnotes))  # fmt: skip
    if level is not None:
        flags.append(f"the interval is of {level} %, not of 95 %")
    notes = ADJUSTMENT_NOTES[draft.head.adjustment]
    first, second = (order.second, order.first) if swapped else (order.first, order.second)
    said = ["the zero before the point is left out in print"] if draft.bare else []
    if inverse:
        said.append(f"inverse of the printed effect, in which {second.name} {how} {first.name}")
    placed = Order(first, second, order.said)
    values = _values(measure, effect, draft.spans, said, inverse=inverse, points=bool(draft.points))
    return PrintedEffect(grid, context, measure, values, placed, draft.head, tuple(flags), notes)


def _values(
    measure: Measure,
    effect: Effect,
    spans: dict[str, Span],
    said: list[str],
    *,
    inverse: bool,
    points: bool,
) -> dict[str, Value]:
    """The numbers with their quotes; risk differences in percentage points become fractions."""
    printed = {"estimate": effect.estimate, "ci_low": effect.low, "ci_high": effect.high}
    if inverse:
        printed["ci_low"], printed["ci_high"] = printed["ci_high"], printed["ci_low"]
        spans = {
            name: spans[other]
            for name, other in (("estimate", "estimate"), ("ci_low", "ci_high"),
                                ("ci_high", "ci_low"))
            if other in spans
        }  # fmt: skip
    said = [*said, "percentage points as a fraction"] if points else said
    found = {}
    for name, number in printed.items():
        if number is None:
            continue
        value = (1 / number if measure in RATIOS else -number) if inverse else number
        value = round(value / 100 if points else value, 6) + 0.0
        found[name] = Value(value, (spans[name],), "; ".join(said) or None)
    return found
