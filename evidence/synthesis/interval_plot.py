"""Plots of one interval a line: subgroup forests, leave-one-out and cumulative pooling."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Literal, NamedTuple
from xml.sax.saxutils import quoteattr

from evidence.findings import Measure
from evidence.synthesis.forest_axis import Axis, fitted_axis, tick_label
from evidence.synthesis.forest_table import (
    MARGIN,
    SIZE,
    ArmHeading,
    Column,
    arms_over,
    laid_out,
)
from evidence.synthesis.forest_text import cut, text_width
from evidence.synthesis.printed import number_text
from evidence.synthesis.svg_shapes import (
    INK,
    RULE,
    SOFT,
    clean,
    interval_line,
    line,
    polygon,
    square,
    text_at,
    upright,
    xml_text,
)
from evidence.synthesis.table_drawing import arm_headings, table_row

LINE, PLOT_WIDTH, LABEL_WIDTH = 22.0, 340.0, 300.0
_SQUARE, _GAP, _SMALL, _LARGE = 15.0, 28.0, 12.0, 15.0


class IntervalRow(NamedTuple):
    """A line of the plot: a heading, a study (square), a pooled effect (diamond) or words alone.

    Values are on the natural scale; `percent` is the weight that the square's area follows;
    `numbers` stand below the columns of the arms.
    """

    kind: Literal["heading", "study", "dot", "diamond", "words"]
    label: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    percent: float | None = None
    numbers: tuple[str, ...] = ()


def interval_plot_svg(
    title: str,
    rows: Sequence[IntervalRow],
    measure: Measure,
    *,
    notes: Sequence[str] = (),
    reference: float | None = None,
    first_heading: str = "Study",
    per_arm: Sequence[str] = (),
) -> str:
    """Draw rows of intervals under one another.

    Args:
        title: What the plot shows.
        rows: Lines from top to bottom.
        measure: Ratios get a logarithmic axis.
        notes: Lines below the plot.
        reference: A value to mark with a dashed line, such as the pooled effect.
        first_heading: Over the labels.
        per_arm: The columns of each arm, such as events and totals.
    """
    table = _table(rows, measure, first_heading, per_arm)
    axis = _axis(rows, measure, reference, table.columns[-1].right + _GAP)
    y = MARGIN + LINE * (2.7 if per_arm else 1.9)
    drawn = _headings(table, measure, axis, y)
    top = y + 8
    y = top + LINE * 0.8
    heaviest = max((row.percent or 0.0 for row in rows if row.kind == "study"), default=0.0)
    for row, texts in zip(rows, table.texts, strict=True):
        bold = row.kind in ("heading", "diamond")
        ink = SOFT if row.kind == "words" else INK
        drawn += table_row(texts, table.columns, y, bold=bold, ink=ink)
        drawn += _mark(row, axis, y, heaviest)
        y += LINE * (1.35 if row.kind == "diamond" else 1.0)
    bottom = y - LINE / 2
    drawn += _scale(axis, bottom)
    for index, note in enumerate(notes):
        drawn.append(text_at(note, MARGIN, bottom + 42 + 18 * index, size=_SMALL))
    guides = [upright(axis.x(axis.null), top, bottom, INK)]
    if reference is not None:
        guides.append(upright(axis.x(reference), top, bottom, RULE, dashed=True))
    width = max(
        axis.left + axis.width + 2 * MARGIN,
        *(2 * MARGIN + text_width(note, _SMALL) for note in notes),
        2 * MARGIN + text_width(title, _LARGE, bold=True),
    )
    return svg_document(title, width, bottom + 34 + 18 * len(notes) + MARGIN, [*guides, *drawn])


def svg_document(title: str, width: float, height: float, body: Sequence[str]) -> str:
    """A plot with its title, cut where it is too wide, on white."""
    heading = cut(title, width - 2 * MARGIN, _LARGE * 1.1)
    size = f'width="{width:.0f}" height="{height:.0f}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width:.0f} {height:.0f}" '
        f'role="img" aria-label={quoteattr(clean(title))} '
        'font-family="Helvetica, Arial, Liberation Sans, sans-serif">',
        f"<title>{xml_text(title)}</title>",
        f'<rect {size} fill="#ffffff"/>',
        text_at(heading, MARGIN, MARGIN + 6, bold=True, size=_LARGE),
        *body,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


class _Table(NamedTuple):
    columns: tuple[Column, ...]
    arms: tuple[ArmHeading, ...]
    texts: tuple[tuple[str, ...], ...]  # of each row, a text a column


def _table(
    rows: Sequence[IntervalRow], measure: Measure, first_heading: str, per_arm: Sequence[str]
) -> _Table:
    """The table at the left; without a column of weights where no row has one."""
    weight = ("Weight",) if any(row.percent is not None for row in rows) else ()
    headings = (first_heading, *per_arm, *per_arm, *weight, f"{measure} [95 % CI]")
    texts = tuple(_texts(row, 2 * len(per_arm), len(weight)) for row in rows)
    columns = laid_out(headings, texts, len(per_arm), 0.0, LABEL_WIDTH)
    label = columns[0].right - columns[0].left
    shown = tuple((cut(first, label, SIZE), *others) for first, *others in texts)
    return _Table(columns, arms_over(per_arm), shown)


def _headings(table: _Table, measure: Measure, axis: Axis, y: float) -> list[str]:
    drawn = arm_headings(table.arms, table.columns, y - LINE + 4)
    headings = [column.heading for column in table.columns]
    drawn += table_row(headings, table.columns, y - 4, bold=True)
    scale = f"{measure}, 95 % CI" + (", log scale" if axis.ratio else "")
    drawn.append(text_at(scale, axis.left + axis.width / 2, y, "middle", bold=True))
    drawn.append(line(MARGIN, axis.left + axis.width, y + 8, INK))
    return drawn


def _texts(row: IntervalRow, n_numbers: int, n_weights: int) -> tuple[str, ...]:
    numbers = row.numbers or ("",) * n_numbers
    weight = ("" if row.percent is None else f"{row.percent:.1f} %",) * n_weights
    effect = "Not estimable" if row.kind == "words" else ""
    if row.estimate is not None and row.low is not None and row.high is not None:
        low, high = number_text(row.low), number_text(row.high)
        effect = f"{number_text(row.estimate)} [{low}, {high}]"
    return (row.label, *numbers, *weight, effect)


def _axis(
    rows: Sequence[IntervalRow], measure: Measure, reference: float | None, left: float
) -> Axis:
    whole = [row.estimate for row in rows if row.estimate is not None]
    diamonds = [row for row in rows if row.kind == "diamond"]
    whole += [end for row in diamonds for end in (row.low, row.high) if end is not None]
    whole += [reference] if reference is not None else []
    intervals = [
        (row.low, row.high) for row in rows if row.low is not None and row.high is not None
    ]
    return fitted_axis(measure, whole or [1.0], intervals, left, PLOT_WIDTH)


def _mark(row: IntervalRow, axis: Axis, y: float, heaviest: float) -> list[str]:
    if row.estimate is None or row.low is None or row.high is None:
        return []
    x = axis.x(row.estimate)
    if row.kind == "diamond":
        corners = ((axis.x(row.low), y), (x, y - 7), (axis.x(row.high), y), (x, y + 7))
        return [polygon(corners, INK)]
    side = 7.0
    if row.percent is not None and heaviest:
        side = max(3.0, _SQUARE * sqrt(row.percent / heaviest))
    shape = [] if axis.beyond(row.estimate) else [square(x, y, side)]
    return [*shape, *interval_line(row.low, row.high, axis, y, INK, 1.4)]


def _scale(axis: Axis, y: float) -> list[str]:
    drawn = [line(axis.left, axis.left + axis.width, y, INK)]
    for tick in axis.ticks:
        drawn.append(upright(axis.x(tick), y, y + 5, INK))
        drawn.append(text_at(tick_label(tick), axis.x(tick), y + 18, "middle", size=_SMALL))
    return drawn
