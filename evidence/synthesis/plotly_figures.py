"""Forest and funnel plots as Plotly figures, to point at and to zoom in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, log10, sqrt
from typing import Any

from evidence.errors import EvidenceError
from evidence.findings import Measure
from evidence.synthesis.effect_sizes import EffectSizes
from evidence.synthesis.forest_axis import fitted_axis, tick_label
from evidence.synthesis.interval_plot import IntervalRow
from evidence.synthesis.printed import number_text
from evidence.synthesis.sensitivity import Funnel
from evidence.synthesis.study_effects import RATIO_MEASURES

RATIOS = (0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000)


@dataclass(frozen=True)
class Palette:
    """The colours of a plot; `shades` of the funnel from p > 0.01 to p > 0.10, outermost first."""

    ink: str
    fill: str
    soft: str
    paper: str
    shades: tuple[str, str, str]


LIGHT = Palette("#1a1a1a", "#5f87ad", "#5a5a5a", "#ffffff", ("#e9eef3", "#d3dde8", "#b9c9da"))
DARK = Palette("#f2f2f2", "#86aed4", "#b4b9c0", "#0e1117", ("#1c2630", "#273542", "#364757"))


def graph_objects() -> Any:
    """Plotly's module of figures.

    Raises:
        EvidenceError: Plotly is not installed.
    """
    try:
        from plotly import graph_objects as found
    except ImportError as error:
        raise EvidenceError(
            "HTML plots need plotly, which is not installed; install plotly or write .svg"
        ) from error
    return found


def intervals_figure(
    rows: Sequence[IntervalRow],
    measure: Measure,
    *,
    pointed: Sequence[str] | None = None,
    palette: Palette = LIGHT,
) -> Any:
    """A forest, leave-one-out or cumulative plot.

    Args:
        rows: Lines from top to bottom. A row of the kind `dot` is an interval without a mark.
        measure: Ratios get a logarithmic axis.
        pointed: What a reader who points at a row sees, a text a row; name, effect and weight
            without it. It is Plotly's HTML: what comes from documents must be escaped (`safe`).
        palette: The colours.
    """
    go = graph_objects()
    texts = pointed or [pointed_text(row, measure) for row in rows]
    figure = go.Figure()
    figure.add_vline(
        x=1.0 if measure in RATIO_MEASURES else 0.0, line={"color": palette.ink, "width": 1}
    )
    for place, (row, text) in enumerate(zip(rows, texts, strict=True)):
        for trace in _interval(row, place, text, palette):
            figure.add_trace(go.Scatter(trace))
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[_bold(row) for row in rows],
        range=[len(rows) - 0.4, -0.6],
        showgrid=False,
        zeroline=False,
        automargin=True,
    )
    _fit_axis(figure, rows, measure)
    _paint(figure, palette, height=170 + 28 * len(rows))
    return figure


def _paint(figure: Any, palette: Palette, *, height: int) -> None:
    """Letters in ink: those of a page's theme may be too pale to read."""
    ink = {"color": palette.ink}
    figure.update_xaxes(tickfont=ink, title_font=ink, linecolor=palette.soft)
    figure.update_yaxes(tickfont=ink, title_font=ink)
    label = {"bgcolor": palette.paper, "bordercolor": palette.soft, "font": ink}
    figure.update_layout(showlegend=False, height=height, hovermode="closest", hoverlabel=label)


def _interval(row: IntervalRow, place: int, text: str, palette: Palette) -> list[dict[str, Any]]:
    """The line and the mark of a row; nothing for a row of words."""
    if row.estimate is None or row.low is None or row.high is None:
        return []
    about = {"hovertemplate": "%{text}<extra></extra>", "name": row.kind, "mode": "lines"}
    if row.kind == "diamond":
        xs = [row.low, row.estimate, row.high, row.estimate, row.low]
        ys = [place, place - 0.3, place, place + 0.3, place]
        filled = {"fill": "toself", "fillcolor": palette.ink, "line": {"color": palette.ink}}
        return [about | filled | {"x": xs, "y": ys, "text": [text] * 5, "hoveron": "points"}]
    thick = row.kind == "dot"
    line = {
        "x": [row.low, row.estimate, row.high],
        "y": [place] * 3,
        "text": [text] * 3,
        "line": {"color": palette.soft if thick else palette.ink, "width": 5 if thick else 1.5},
    }
    if thick:
        return [about | line]
    mark = {
        "mode": "markers",
        "x": [row.estimate],
        "y": [place],
        "text": [text],
        "marker": {
            "symbol": "square",
            "color": palette.fill,
            "size": _side(row),
            "line": {"color": palette.ink, "width": 1},
        },
    }
    return [about | line, about | mark]


def _fit_axis(figure: Any, rows: Sequence[IntervalRow], measure: Measure) -> None:
    """The same axis as the printed plot has; a reader can zoom out of it."""
    told = [r for r in rows if r.estimate is not None and r.low is not None and r.high is not None]
    whole = [r.estimate for r in told if r.estimate is not None]
    pooled = [r for r in told if r.kind in ("diamond", "dot")]
    whole += [end for r in pooled for end in (r.low, r.high) if end is not None]
    intervals = [(r.low, r.high) for r in told if r.low is not None and r.high is not None]
    axis = fitted_axis(measure, whole or [1.0], intervals, 0.0, 1.0)
    ticks = {"tickvals": list(axis.ticks), "ticktext": [tick_label(t) for t in axis.ticks]}
    figure.update_xaxes(title=f"{measure}, 95 % CI", showgrid=False, zeroline=False, **ticks)
    if axis.ratio:
        half = log10(exp(axis.limit))
        figure.update_xaxes(type="log", range=[-half, half])
    else:
        figure.update_xaxes(range=[-axis.limit, axis.limit])


def funnel_figure(
    points: Funnel,
    measure: Measure,
    filled: EffectSizes | None = None,
    *,
    pointed: Sequence[str] | None = None,
    palette: Palette = LIGHT,
) -> Any:
    """A contour-enhanced funnel plot; open points are studies that trim and fill adds.

    Args:
        points: On the analysis scale, which the axis has too; its labels are on the natural scale.
        measure: Ratios are labelled as ratios.
        filled: The studies that are added.
        pointed: As in `intervals_figure`, a text a study.
        palette: The colours.
    """
    go = graph_objects()
    figure = go.Figure()
    for trace in _contours(points, palette):
        figure.add_trace(go.Scatter(trace))
    effects = [float(value) for value in points.effects]
    errors = [float(value) for value in points.standard_errors]
    texts = pointed or [
        f"{safe(study)}<br>{_effect_words(measure, effect)}, standard error {number_text(error)}"
        for study, effect, error in zip(points.studies, effects, errors, strict=True)
    ]
    marker = {"color": palette.ink, "size": 9}
    figure.add_trace(go.Scatter(_dots("studies", effects, errors, texts, marker)))
    added: list[float] = []
    if filled is not None and len(filled.yi):
        added = [float(value) for value in filled.yi]
        deviations = [sqrt(float(value)) for value in filled.vi]
        told = [f"filled by trim and fill<br>{_effect_words(measure, value)}" for value in added]
        ring = {"color": palette.paper, "size": 9, "line": {"color": palette.ink, "width": 1.5}}
        figure.add_trace(
            go.Scatter(_dots("filled by trim and fill", added, deviations, told, ring))
        )
    reach = points.half_width_95
    low = min(*effects, *added, points.centre - reach, 0.0) - 0.05 * reach
    high = max(*effects, *added, points.centre + reach, 0.0) + 0.05 * reach
    figure.update_xaxes(title=measure, range=[low, high], showgrid=False, zeroline=False)
    shown = [ratio for ratio in RATIOS if low <= log(ratio) <= high]
    if measure in RATIO_MEASURES and len(shown) > 2:
        labels = [tick_label(ratio) for ratio in shown]
        figure.update_xaxes(tickvals=[log(ratio) for ratio in shown], ticktext=labels)
    elif measure in RATIO_MEASURES:
        figure.update_xaxes(title=f"log {measure}")
    figure.update_yaxes(
        title="Standard error", range=[points.largest_se, 0], showgrid=False, zeroline=False
    )
    _paint(figure, palette, height=460)
    return figure


def _contours(points: Funnel, palette: Palette) -> list[dict[str, Any]]:
    deep, centre, half = points.largest_se, points.centre, points.half_width_95
    traces: list[dict[str, Any]] = [
        {
            "x": [0, contour.half_width, -contour.half_width, 0],
            "y": [0, deep, deep, 0],
            "fill": "toself",
            "mode": "lines",
            "line": {"width": 0},
            "fillcolor": shade,
            "name": f"p > {contour.p:g}",
            "hoverinfo": "skip",
        }
        for contour, shade in zip(points.contours, palette.shades, strict=True)
    ]
    limits = {
        "x": [centre - half, centre, centre + half],
        "y": [deep, 0, deep],
        "mode": "lines",
        "name": "95 % limits",
        "line": {"color": palette.soft, "dash": "dash", "width": 1},
        "hoverinfo": "skip",
    }
    return [*traces, limits]


def _dots(
    name: str,
    effects: Sequence[float],
    errors: Sequence[float],
    texts: Sequence[str],
    marker: dict[str, Any],
) -> dict[str, Any]:
    return {
        "x": list(effects),
        "y": list(errors),
        "mode": "markers",
        "name": name,
        "marker": marker,
        "text": list(texts),
        "hovertemplate": "%{text}<extra></extra>",
    }


def pointed_text(row: IntervalRow, measure: Measure) -> str:
    """Name, effect and weight of a row, as Plotly shows them to a reader who points at it."""
    if row.estimate is None or row.low is None or row.high is None:
        return safe(row.label)
    low, high = number_text(row.low), number_text(row.high)
    weight = "" if row.percent is None else f"<br>weight {row.percent:.1f} %"
    return f"{safe(row.label)}<br>{measure} {number_text(row.estimate)} [{low}, {high}]{weight}"


def _effect_words(measure: Measure, value: float) -> str:
    natural = exp(value) if measure in RATIO_MEASURES else value
    return f"{measure} {number_text(natural)}"


def _side(row: IntervalRow) -> float:
    """The side of a study's square: its area follows the weight."""
    return 9.0 if row.percent is None else 5 + 1.6 * sqrt(row.percent)


def _bold(row: IntervalRow) -> str:
    text = safe(row.label)
    return f"<b>{text}</b>" if row.kind in ("heading", "diamond") else text


def safe(text: str) -> str:
    """Names of studies are words: Plotly reads some HTML in its labels."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
