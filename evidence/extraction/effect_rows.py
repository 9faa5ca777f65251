"""The effects between arms in a table: cells, the arms that they compare, and the measure.

Which arm is compared with which has to be said by the column's heading, the row, a note or a
reference cell, or be shown by the arms' own numbers in the row; else the effect is flagged. What
is no comparison of two arms (predictors, changes within an arm) is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evidence.extraction.effect_cells import (
    RATIOS,
    Effect,
    Head,
    adjustment_of,
    is_estimate_column,
    is_interval,
    possible,
    read_effect,
    read_head,
    read_limits,
    read_number,
)
from evidence.extraction.effect_numbers import Own, Verdict, in_points, judged, own_numbers
from evidence.extraction.effect_order import (
    EFFECT_WORDS,
    Order,
    Page,
    against_column,
    order_of,
    without_arms,
)
from evidence.extraction.outcomes import residual
from evidence.extraction.table_contexts import Context, visits
from evidence.extraction.table_namings import Naming
from evidence.extraction.tables import ValueCell
from evidence.extraction.time_points import time_points
from evidence.extraction.wording import Span, flatten
from evidence.findings import Measure
from indexers.records import TableCell

PREDICTORS = re.compile(
    r"\bpredict|\brisk factors?\b|\bdeterminants?\b|\bunivari|\bmultivari|\bcorrelat|\bprognos"
    r"|\bfactors? (?:associated|related|influenc)|\bmoderat(?:or|ion)|\bmediat", re.I,
)  # fmt: skip
_MEANS = re.compile(r"\bmeans?\b|±|\bSD\b", re.I)
_EFFECT_SIZE = re.compile(r"\beffect sizes?\b(?!.*differen)", re.I)
_MAX_COLUMNS_APART = 3


@dataclass(frozen=True)
class DraftEffect:
    """An effect as its cell and the wordings over it give it, and what its row's numbers say.

    `points` tells of a risk difference whether it is in percentage points, None where nothing does.
    """

    value: ValueCell
    context: Context
    head: Head
    measure: Measure
    effect: Effect
    spans: dict[str, Span]
    order: Order
    verdict: Verdict | None
    bare: bool
    points: bool | None = False


def drafts(page: Page) -> Iterator[DraftEffect]:
    """The effects between two arms in a table; one without a measure or an order is no effect."""
    for value in page.grid.cells:
        found = _draft(page, value)
        if found is not None:
            yield found


def _draft(page: Page, value: ValueCell) -> DraftEffect | None:
    head, in_row = _head(page, value)
    if head is None:
        return None
    numbers = _numbers(page, value)
    if numbers is None or (head.open and numbers[0].low is None):
        return None
    effect, spans = numbers
    order = against_column(page, value) if in_row else order_of(page, value)
    if order is None:
        return None
    if effect.measure is not None:
        head = head._replace(measures=(effect.measure,), open=False)
    own = list(_own_cells(page, value, order))
    pairs = [
        (own_numbers(mine, (*mine.labels, *mine.columns)),
         own_numbers(theirs, (*theirs.labels, *theirs.columns)))
        for mine, theirs in own
    ]  # fmt: skip
    verdict = judged(("MD", "RD") if head.open else head.measures, effect, pairs)
    over = " | ".join(c.text for c in value.columns)
    wordings = (*(c.text for c in (*value.labels, *value.columns)), page.grid.table.caption)
    measure = _measure(head, verdict, effect, wordings)
    if measure is None or not possible(measure, effect):
        return None
    if measure in ("OR", "RR") and any(_is_of_means(c) for pair in own for c in pair):
        return None
    exact = verdict is not None and verdict.sign != 0 and verdict.exact
    if head.open and not exact and _EFFECT_SIZE.search(flatten(over)):
        return None  # a difference, or one in units of an SD
    if page.n_arms > 2 and not order.said and not exact:
        return None
    context = _context(page, value, order)
    printed = [c.text for c in page.at.values() if c.start in {s.start for s in spans.values()}]
    bare = any(re.search(r"(?<!\d)\.\d", flatten(t)) for t in printed)
    points = _in_points(page, value, effect, pairs) if measure == "RD" else False
    return DraftEffect(value, context, head, measure, effect, spans, order, verdict, bare, points)


_PERCENT = re.compile(r"%|\bpercent|\bper cent\b|\bpp\b", re.I)
_LEVEL = re.compile(r"\b\d\d(?:\.\d+)?\s*%\s*(?:-?\s*(?:C\.?I|confidence)|$)", re.I)


def _in_points(
    page: Page, value: ValueCell, effect: Effect, pairs: Sequence[tuple[Own, Own]]
) -> bool | None:
    """Whether a risk difference is in percentage points: by its size, the row or the wordings."""
    if effect.percent or any(abs(x) > 1 for x in effect[:3] if x is not None):
        return True
    shown = in_points(effect, pairs)
    over = (*value.columns, *value.labels, *page.grid.corner)
    said = any(_PERCENT.search(_LEVEL.sub(" ", flatten(c.text))) for c in over)
    return shown if shown is not None else said or None


def _own_cells(page: Page, value: ValueCell, order: Order) -> Iterator[tuple[Context, Context]]:
    """The cells of the two arms in the rows of an effect that stand in one place of the table."""
    rows = range(value.cell.row, value.cell.row + value.cell.row_span)
    near = [c for c in page.contexts if c.value.cell.row in rows]
    for mine in near:
        for theirs in near:
            arms = (mine.naming.arm, theirs.naming.arm)
            if arms == (order.first, order.second) and mine.strict_key == theirs.strict_key:
                yield mine, theirs


def _is_of_means(context: Context) -> bool:
    """Whether an arm's cell prints a mean or median, whose ratio is no odds or risk ratio."""
    flat = flatten(context.value.cell.text)
    spread = re.search(r"±|\d\s*[(\[]\s*-?\d[\d.]*\s*(?:-|to|,|;)\s*-?\d[\d.]*\s*[)\]]", flat)
    named = any(re.search(r"\bmean\b|\bmedian", t, re.I) for t in context.labels)
    large = re.fullmatch(r"\d{1,3}(?:,?\d{3})*\.\d+", flat.strip())
    named = named or (large is not None and float(flat.replace(",", "")) > 100)  # no percentage
    return spread is not None or named or context.layout in ("mean_sd", "mean_se")


def _head(page: Page, value: ValueCell) -> tuple[Head | None, bool]:
    """What the wordings over a cell say of it, and whether its row says so.

    `Adjusted (95% CI)` takes the measure from the caption; a row `OR (95% CI)` stands under the
    arms, a row `A vs B` under a heading that names the measure.
    """
    over = " | ".join(c.text for c in value.columns)
    innermost = value.columns[-1].text if value.columns else ""
    whole = read_effect(value.cell.text)
    if whole is None or PREDICTORS.search(over):
        return None, False
    head, in_row = read_head(over), False
    if head is None and value.labels and not is_interval(over):
        head, in_row = read_head(value.labels[-1].text), True
        if head is None and any(isinstance(page.named(c.text), Order) for c in value.labels):
            head, in_row = read_head(" | ".join(c.text for c in value.headings)), False
        in_row = in_row and not isinstance(page.named(value.labels[-1].text), Order)
    caption = page.grid.table.caption
    if head is None and (adjustment_of(over) or is_interval(over)):
        named = read_head(caption)
        if named is not None and named.measures and set(named.measures) <= set(RATIOS):
            head = named._replace(adjustment=adjustment_of(over) or named.adjustment)
    if head is None and whole.low is not None and isinstance(page.named(over), Order):
        head = Head((), True, adjustment_of(over))  # `A versus B` alone
    if head is not None and not is_estimate_column(innermost):
        head = head if whole.low is not None and is_interval(innermost) else None
    if head is not None and not head.adjustment:
        head = head._replace(adjustment=adjustment_of(caption))
    return head, in_row


def _numbers(page: Page, value: ValueCell) -> tuple[Effect, dict[str, Span]] | None:
    """Estimate and limits with their places: one cell, or up to three columns."""
    cell = value.cell
    effect = read_effect(cell.text)
    if effect is None:
        return None
    own = Span(cell.start, cell.end)
    spans = {"estimate": own, "ci_low": own, "ci_high": own}
    if effect.low is not None:
        return effect, spans
    single: list[tuple[float, TableCell]] = []
    for column in range(cell.column + 1, cell.column + 1 + _MAX_COLUMNS_APART):
        beside = page.at.get((cell.row, column))
        if beside is None:
            break
        over = page.heads(value, column)
        innermost = over[-1] if over else ""
        limits = read_limits(beside.text)
        if limits is not None and is_interval(" ".join((*over, beside.text))):
            place = Span(beside.start, beside.end)
            return effect._replace(low=limits[0], high=limits[1]), spans | {
                "ci_low": place, "ci_high": place,
            }  # fmt: skip
        number = read_number(beside.text)
        if number is not None and _LIMIT_HEAD.search(flatten(innermost)):
            single.append((number, beside))
            if len(single) == 2:
                (low, first), (high, second) = single
                return effect._replace(low=low, high=high), {
                    "estimate": own,
                    "ci_low": Span(first.start, first.end),
                    "ci_high": Span(second.start, second.end),
                }
        elif is_estimate_column(innermost) and read_head(" | ".join(over)):
            break
    return effect, {"estimate": own}


_LIMIT_HEAD = re.compile(
    r"\b(?:low|upp|high|lcl|ucl|ll\b|ul\b|min|max)|\blimit|\b9\d(?:\.\d)?\s*%", re.I
)


def _context(page: Page, value: ValueCell, order: Order) -> Context:
    """The cell with its wordings, the words of the effect and of its arms taken out."""

    def plain(cell: TableCell) -> str:
        rest = EFFECT_WORDS.sub(" ", flatten(without_arms(cell.text, page.arms)))
        return rest if residual(rest) or time_points(rest) or visits(rest) else ""

    def label(cell: TableCell) -> str:
        bare = page.named(cell.text) or read_head(cell.text)
        return plain(cell) if bare else cell.text

    return Context(
        value=value,
        naming=Naming(order.first, ""),
        labels=tuple(label(c) for c in value.labels),
        headings=tuple(label(c) for c in value.headings),
        columns=tuple(plain(c) for c in value.columns),
        layout=None, total=None, strict_key=(), loose_key=(),
    )  # fmt: skip


def _measure(
    head: Head, verdict: Verdict | None, effect: Effect, wordings: tuple[str, ...]
) -> Measure | None:
    """The measure: the one that the heading names or, of several, that the row's numbers show."""
    if verdict is not None and verdict.sign:
        return verdict.measure
    if len(head.measures) == 1:
        return head.measures[0]
    if head.open and verdict is not None:
        return verdict.measure
    if head.open and not effect.percent and any(_MEANS.search(t) for t in wordings):
        return "MD"
    return None
