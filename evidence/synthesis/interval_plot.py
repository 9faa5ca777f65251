"""Plots of one interval a line: subgroup forests, leave-one-out and cumulative pooling."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Literal, NamedTuple
from xml.sax.saxutils import quoteattr

from evidence.findings import Measure
from evidence.synthesis.forest_axis import Axis, fitted_axis, tick_label
from evidence.synthesis.forest_table import MARGIN, SIZE
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

LINE, PLOT_WIDTH, LABEL_WIDTH = 22.0, 340.0, 300.0
_SQUARE, _GAP, _SMALL, _LARGE = 15.0, 28.0, 12.0, 15.0


class IntervalRow(NamedTuple):
    """A line of the plot: a heading, a study (square), a pooled effect (diamond) or words alone.

    Values are on the natural scale; `percent` is the weight that the square's area follows.
    """

    kind: Literal["heading", "study", "dot", "diamond", "words"]
    label: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    percent: float | None = None


def interval_plot_svg(
    title: str,
    rows: Sequence[IntervalRow],
    measure: Measure,
    *,
    notes: Sequence[str] = (),
    reference: float | None = None,
    first_heading: str = "Study",
) -> str:
    """Draw rows of intervals under one another.

    Args:
        title: What the plot shows.
        rows: Lines from top to bottom.
        measure: Ratios get a logarithmic axis.
        notes: Lines below the plot.
        reference: A value to mark with a dashed line, such as the pooled effect.
        first_heading: Over the labels.
    """
    weighted = any(row.percent is not None for row in rows)
    effect_heading = f"{measure} [95 % CI]"
    texts = [_texts(row) for row in rows]
    labels = [first_heading, *(row.label for row in rows)]
    label = min(LABEL_WIDTH, max(text_width(text, SIZE, bold=True) for text in labels))
    weight_right = MARGIN + label + (76 if weighted else 0)
    effect_width = max(
        text_width(t, SIZE, bold=True) for t in (effect_heading, *(t[1] for t in texts))
    )
    right = weight_right + 20 + effect_width
    axis = _axis(rows, measure, reference, right + _GAP)
    y = MARGIN + LINE * 1.9
    drawn = [text_at(first_heading, MARGIN, y, bold=True)]
    if weighted:
        drawn.append(text_at("Weight", weight_right, y, "end", bold=True))
    drawn.append(text_at(effect_heading, right, y, "end", bold=True))
    scale = f"{measure}, 95 % CI" + (", log scale" if axis.ratio else "")
    drawn.append(text_at(scale, axis.left + axis.width / 2, y, "middle", bold=True))
    top = y + 8
    drawn.append(line(MARGIN, axis.left + axis.width, top, INK))
    y = top + LINE * 0.8
    heaviest = max((row.percent or 0.0 for row in rows if row.kind == "study"), default=0.0)
    for row, (weight, effect) in zip(rows, texts, strict=True):
        bold = row.kind in ("heading", "diamond")
        ink = SOFT if row.kind == "words" else INK
        drawn.append(text_at(cut(row.label, label, SIZE), MARGIN, y + 4, bold=bold, ink=ink))
        if weight:
            drawn.append(text_at(weight, weight_right, y + 4, "end", bold=bold))
        if effect:
            drawn.append(text_at(effect, right, y + 4, "end", bold=bold, ink=ink))
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


def _texts(row: IntervalRow) -> tuple[str, str]:
    weight = "" if row.percent is None else f"{row.percent:.1f} %"
    if row.estimate is None or row.low is None or row.high is None:
        return weight, "Not estimable" if row.kind == "words" else ""
    low, high = number_text(row.low), number_text(row.high)
    return weight, f"{number_text(row.estimate)} [{low}, {high}]"


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
