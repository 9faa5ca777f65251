"""Forest plots as SVG text: the same row gives the same bytes.

Laid out as systematic reviews print them: a table of studies with data, weight and effect, and to
its right the plot, with squares whose area follows the weight, a diamond for the pooled effect and
a bar for the prediction interval. Only shapes and shades carry meaning, so it survives grey print.
"""

from __future__ import annotations

from math import sqrt
from typing import Literal
from xml.sax.saxutils import quoteattr

from evidence.errors import EvidenceError
from evidence.findings import PooledEffect, StudyResult, SummaryOfFindingsRow
from evidence.synthesis.forest_axis import Axis, fitted_axis, tick_label
from evidence.synthesis.forest_table import (
    MARGIN,
    PREDICTION,
    StudyTable,
    interval_text,
    study_table,
)
from evidence.synthesis.forest_text import cut, text_width
from evidence.synthesis.prediction import prediction_interval
from evidence.synthesis.printed import number_text, p_text, variance_text
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
    xml_text,
)
from evidence.synthesis.table_drawing import arm_headings, table_row

MODEL_NAMES = {
    "fixed": "Common effect, inverse variance",
    "mh": "Common effect, Mantel-Haenszel",
    "peto": "Common effect, Peto",
    "dl": "Random effects, DerSimonian-Laird",
    "pm": "Random effects, Paule-Mandel",
    "reml": "Random effects, REML",
}
LINE = 22.0  # height of a row, pixels
PLOT_WIDTH = 320.0
PLOT_GAP = 28.0  # between the table and the plot
SQUARE = 15.0  # side of the square of the heaviest study
SMALL, LARGE = 12.0, 15.0  # sizes of notes and title

Favours = Literal["intervention", "comparator"]


def forest_svg(row: SummaryOfFindingsRow, *, lower_favours: Favours | None = None) -> str:
    """Draw the forest plot of a pooled outcome.

    Args:
        row: A row with a pooled effect.
        lower_favours: Whom a lower value favours (for deaths the intervention, for cures the
            comparator). None when nobody said: the axis then names directions, not favours.

    Raises:
        EvidenceError: Nothing was pooled.
    """
    effect = row.effect
    if effect is None:
        raise EvidenceError(f"{row.outcome}: nothing was pooled, so there is no forest plot")
    table = study_table(row, effect)
    axis = _axis(row, effect, table.right + PLOT_GAP)
    y = MARGIN + LINE * (1.7 if table.arms else 1.1)
    drawn = _headings(table, effect, axis, y)
    top = y + LINE * 1.2
    y = top + LINE * 0.8
    for study, texts in zip(row.studies, table.studies, strict=True):
        drawn.append(_study(study, texts, effect, table, axis, y))
        y += LINE
    drawn.append(line(MARGIN, table.right, y - LINE / 2, RULE))
    drawn += _total(effect, table, axis, y + 4)
    y += LINE + 8
    predicted = prediction_interval(effect)
    if predicted is not None:
        drawn += _prediction(effect, *predicted, table, axis, y)
        y += LINE
    bottom = y - LINE / 2
    drawn += _scale(axis, bottom, *axis_directions(effect, lower_favours))
    notes = [method_words(effect), *_heterogeneity(effect)]
    for index, note in enumerate(notes):
        drawn.append(text_at(note, MARGIN, bottom + 18 + 18 * index, size=SMALL))
    guides = _guides(effect, axis, top, bottom)  # behind everything else
    height = bottom + 18 * max(len(notes), 2) + MARGIN
    widest = max(text_width(note, SMALL) for note in notes)
    width = max(axis.left + axis.width + 2 * MARGIN, MARGIN * 2 + widest)
    return _document(row, effect, width, height, [*guides, *drawn])


def _axis(row: SummaryOfFindingsRow, effect: PooledEffect, left: float) -> Axis:
    shown = [effect.ci_low, effect.ci_high, *(prediction_interval(effect) or ())]
    shown += [study.estimate for study in row.studies if study.percent is not None]
    whole = [value for value in shown if value is not None]
    intervals = [
        (study.ci_low, study.ci_high)
        for study in row.studies
        if study.percent is not None and study.ci_low is not None and study.ci_high is not None
    ]
    return fitted_axis(effect.measure, whole, intervals, left, PLOT_WIDTH)


def _headings(table: StudyTable, effect: PooledEffect, axis: Axis, y: float) -> list[str]:
    drawn = arm_headings(table.arms, table.columns, y)
    headings = [column.heading for column in table.columns]
    drawn += table_row(headings, table.columns, y + LINE - 8, bold=True)
    title = f"{effect.measure}, 95 % CI" + (", log scale" if axis.ratio else "")
    middle = axis.left + axis.width / 2
    drawn.append(text_at(title, middle, y + LINE - 4, "middle", bold=True))
    drawn.append(line(MARGIN, axis.left + axis.width, y + LINE * 1.2, INK))
    return drawn


def _study(
    study: StudyResult,
    texts: tuple[str, ...],
    effect: PooledEffect,
    table: StudyTable,
    axis: Axis,
    y: float,
) -> str:
    parts = [f"<title>{xml_text(_described(study, effect))}</title>"]
    parts += table_row(texts, table.columns, y, ink=INK if study.percent is not None else SOFT)
    if study.percent is not None and study.ci_low is not None and study.ci_high is not None:
        if study.estimate is not None and not axis.beyond(study.estimate):
            heaviest = max(weight.percent for weight in effect.weights)
            side = max(3.0, SQUARE * sqrt(study.percent / heaviest)) if heaviest else SQUARE
            parts.append(square(axis.x(study.estimate), y, side))
        parts += interval_line(study.ci_low, study.ci_high, axis, y, INK, 1.4)
    return "<g>" + "".join(parts) + "</g>"


def _described(study: StudyResult, effect: PooledEffect) -> str:
    if study.percent is None:
        return f"{study.study}: {study.note or 'not pooled'}"
    interval = interval_text(effect, study.estimate, study.ci_low, study.ci_high)
    return f"{study.study}: {effect.measure} {interval}, weight {study.percent:.1f} %"


def _total(effect: PooledEffect, table: StudyTable, axis: Axis, y: float) -> list[str]:
    left, middle, right = (axis.x(v) for v in (effect.ci_low, effect.estimate, effect.ci_high))
    corners = ((left, y), (middle, y - 7), (right, y), (middle, y + 7))
    return [*table_row(table.total, table.columns, y, bold=True), polygon(corners, INK)]


def _prediction(
    effect: PooledEffect, low: float, high: float, table: StudyTable, axis: Axis, y: float
) -> list[str]:
    text = f"[{number_text(low)}, {number_text(high)}]"
    empty = ("",) * (len(table.columns) - 2)
    drawn = table_row((PREDICTION, *empty, text), table.columns, y)
    return drawn + interval_line(low, high, axis, y, SOFT, 4.0)


def _guides(effect: PooledEffect, axis: Axis, top: float, bottom: float) -> list[str]:
    """The line of no effect, and the dashed one of the pooled effect."""
    null, pooled = axis.x(axis.null), axis.x(effect.estimate)
    upright = f'y1="{top:.2f}" y2="{bottom:.2f}"'
    return [
        f'<line x1="{null:.2f}" x2="{null:.2f}" {upright} stroke="{INK}" stroke-width="1"/>',
        f'<line x1="{pooled:.2f}" x2="{pooled:.2f}" {upright} stroke="{RULE}" '
        'stroke-width="1" stroke-dasharray="4 3"/>',
    ]


def _scale(axis: Axis, y: float, left: str, right: str) -> list[str]:
    """The axis with its ticks and what its two sides mean."""
    drawn = [line(axis.left, axis.left + axis.width, y, INK)]
    for tick in axis.ticks:
        x = axis.x(tick)
        drawn.append(
            f'<line x1="{x:.2f}" x2="{x:.2f}" y1="{y:.2f}" y2="{y + 5:.2f}" stroke="{INK}"/>'
        )
        drawn.append(text_at(tick_label(tick), x, y + 18, "middle", size=SMALL))
    middle = axis.x(axis.null)
    drawn.append(text_at(f"← {left}", middle - 8, y + 36, "end", size=SMALL))
    drawn.append(text_at(f"{right} →", middle + 8, y + 36, "start", size=SMALL))
    return drawn


def axis_directions(effect: PooledEffect, lower_favours: Favours | None) -> tuple[str, str]:
    """What the left and the right side of the axis mean."""
    if lower_favours is not None:
        other = "comparator" if lower_favours == "intervention" else "intervention"
        return f"Favours {lower_favours}", f"Favours {other}"
    if effect.measure in ("MD", "SMD"):
        return "Lower with intervention", "Higher with intervention"
    return "Less with intervention", "More with intervention"


def _heterogeneity(effect: PooledEffect) -> list[str]:
    if effect.q is None or effect.q_p is None or effect.i2 is None:
        return ["Heterogeneity: not applicable"]
    first = f"Heterogeneity: Q = {effect.q:.2f} ({p_text(effect.q_p)}), I² = {effect.i2:.0f} %"
    if effect.tau2 is None or effect.tau2_ci is None:
        return [first]
    tau2, low, high = (variance_text(value) for value in (effect.tau2, *effect.tau2_ci))
    return [first, f"τ² = {tau2} (95 % CI {low} to {high})"]


def method_words(effect: PooledEffect) -> str:
    """Model, interval and number of studies: `Random effects, REML, Hartung-Knapp; 13 studies`."""
    return f"{_model(effect)}; {_studies(effect)}"


def _model(effect: PooledEffect) -> str:
    return MODEL_NAMES[effect.model] + (", Hartung-Knapp" if effect.hartung_knapp else "")


def _studies(effect: PooledEffect) -> str:
    return f"{effect.k_studies} {'study' if effect.k_studies == 1 else 'studies'}"


def _document(
    row: SummaryOfFindingsRow, effect: PooledEffect, width: float, height: float, body: list[str]
) -> str:
    pooled = interval_text(effect, effect.estimate, effect.ci_low, effect.ci_high)
    people = f", {row.n_participants} participants" if row.n_participants else ""
    description = (
        f"{_studies(effect)}{people}. Pooled {effect.measure} {pooled}. "
        f"{_model(effect)}. {'; '.join(_heterogeneity(effect))}."
    )
    title, desc = f"forest-{row.row_id}-title", f"forest-{row.row_id}-desc"
    size = f'width="{width:.0f}" height="{height:.0f}"'
    heading = cut(row.outcome, width - 2 * MARGIN, LARGE * 1.1)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width:.0f} {height:.0f}" '
        f'role="img" aria-labelledby={quoteattr(clean(f"{title} {desc}"))} '
        'font-family="Helvetica, Arial, Liberation Sans, sans-serif">',
        f"<title id={quoteattr(clean(title))}>{xml_text(f'Forest plot: {row.outcome}')}</title>",
        f"<desc id={quoteattr(clean(desc))}>{xml_text(description)}</desc>",
        f'<rect {size} fill="#ffffff"/>',
        text_at(heading, MARGIN, MARGIN + 6, bold=True, size=LARGE),
        *body,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"
