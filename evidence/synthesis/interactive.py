"""Plots a reader can point at: Plotly figures in one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

from evidence.errors import EvidenceError
from evidence.findings import Measure
from evidence.synthesis.effect_sizes import EffectSizes
from evidence.synthesis.interval_plot import IntervalRow
from evidence.synthesis.printed import number_text
from evidence.synthesis.sensitivity import BaujatPoint, Funnel
from evidence.synthesis.study_effects import RATIO_MEASURES

_INK, _FILL = "#1a1a1a", "#9db4cc"
_RATIOS = [0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000]
_SHADES = ("#e9eef3", "#d3dde8", "#b9c9da")


def intervals_html(title: str, rows: Sequence[IntervalRow], measure: Measure) -> str:
    """A forest, leave-one-out or cumulative plot."""
    go = _plotly()
    figure = go.Figure()
    null = 1.0 if measure in RATIO_MEASURES else 0.0
    for kind, symbol, colour in (("study", "square", _FILL), ("diamond", "diamond", _INK)):
        chosen = [
            (place, row, row.estimate, row.low, row.high)
            for place, row in enumerate(rows)
            if row.kind == kind and None not in (row.estimate, row.low, row.high)
        ]
        figure.add_trace(
            go.Scatter(
                x=[estimate for _, _, estimate, _, _ in chosen],
                y=[place for place, *_ in chosen],
                mode="markers",
                name=kind,
                marker={
                    "symbol": symbol,
                    "color": colour,
                    "line": {"color": _INK, "width": 1},
                    "size": [14 if kind == "diamond" else _side(row) for _, row, *_ in chosen],
                },
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "color": _INK,
                    "thickness": 1.4,
                    "width": 0,
                    "array": [(h or 0) - (e or 0) for _, _, e, _, h in chosen],
                    "arrayminus": [(e or 0) - (low or 0) for _, _, e, low, _ in chosen],
                },
                text=[_pointed(row, measure) for _, row, *_ in chosen],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    figure.add_vline(x=null, line={"color": _INK, "width": 1})
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[_bold(row) for row in rows],
        range=[len(rows) - 0.4, -0.6],
        showgrid=False,
        zeroline=False,
    )
    figure.update_xaxes(title=f"{measure}, 95 % CI")
    if measure in RATIO_MEASURES:
        figure.update_xaxes(type="log", tickvals=_RATIOS, ticktext=[f"{r:g}" for r in _RATIOS])
    return _page(figure, title, height=160 + 26 * len(rows))


def funnel_html(points: Funnel, measure: Measure, filled: EffectSizes | None = None) -> str:
    """A contour-enhanced funnel plot; x on the analysis scale; open points are filled studies."""
    go = _plotly()
    figure = go.Figure()
    deep = points.largest_se
    for contour, shade in zip(points.contours, _SHADES, strict=True):
        half = contour.half_width
        figure.add_trace(
            go.Scatter(
                x=[0, half, -half, 0],
                y=[0, deep, deep, 0],
                fill="toself",
                mode="lines",
                line={"width": 0},
                fillcolor=shade,
                name=f"p > {contour.p:g}",
                hoverinfo="skip",
            )
        )
    c, half = points.centre, points.half_width_95
    figure.add_trace(
        go.Scatter(
            x=[c - half, c, c + half],
            y=[deep, 0, deep],
            mode="lines",
            name="95 % limits",
            line={"color": "#5a5a5a", "dash": "dash", "width": 1},
            hoverinfo="skip",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[float(value) for value in points.effects],
            y=[float(value) for value in points.standard_errors],
            mode="markers",
            name="studies",
            marker={"color": _INK, "size": 8},
            text=[_safe(study) for study in points.studies],
            hovertemplate="%{text}<br>effect %{x:.3f}, standard error %{y:.3f}<extra></extra>",
        )
    )
    if filled is not None and len(filled.yi):
        figure.add_trace(
            go.Scatter(
                x=[float(value) for value in filled.yi],
                y=[float(value) ** 0.5 for value in filled.vi],
                mode="markers",
                name="filled by trim and fill",
                marker={"color": "#ffffff", "size": 8, "line": {"color": _INK, "width": 1.5}},
                hovertemplate="filled: effect %{x:.3f}<extra></extra>",
            )
        )
    scale = f"log {measure}" if measure in RATIO_MEASURES else measure
    figure.update_xaxes(title=scale)
    figure.update_yaxes(title="Standard error", range=[deep, 0])
    return _page(figure, "Funnel plot", height=560)


def baujat_html(points: Sequence[BaujatPoint]) -> str:
    """Baujat's plot."""
    go = _plotly()
    figure = go.Figure(
        go.Scatter(
            x=[point.contribution_to_q for point in points],
            y=[point.influence for point in points],
            mode="markers",
            marker={"color": _FILL, "size": 10, "line": {"color": _INK, "width": 1}},
            text=[_safe(point.study) for point in points],
            hovertemplate="%{text}<br>Q %{x:.2f}, influence %{y:.3f}<extra></extra>",
        )
    )
    figure.update_xaxes(title="Contribution to Cochran's Q")
    figure.update_yaxes(title="Influence on the pooled effect")
    return _page(figure, "Baujat plot", height=560)


def _plotly() -> Any:
    try:
        from plotly import graph_objects
    except ImportError as error:
        raise EvidenceError(
            "HTML plots need plotly, which is not installed; install plotly or write .svg"
        ) from error
    return graph_objects


def _page(figure: Any, title: str, height: int) -> str:
    figure.update_layout(
        title=_safe(title),
        template="simple_white",
        height=height,
        showlegend=False,
        font={"family": "Helvetica, Arial, sans-serif"},
        margin={"l": 40, "r": 40},
    )
    figure.update_yaxes(automargin=True)
    html: str = figure.to_html(include_plotlyjs=True, full_html=True, div_id="plot")
    return html


def _pointed(row: IntervalRow, measure: Measure) -> str:
    if row.estimate is None or row.low is None or row.high is None:
        return _safe(row.label)
    low, high = number_text(row.low), number_text(row.high)
    weight = "" if row.percent is None else f"<br>weight {row.percent:.1f} %"
    return f"{_safe(row.label)}<br>{measure} {number_text(row.estimate)} [{low}, {high}]{weight}"


def _side(row: IntervalRow) -> float:
    """The side of a study's square: its area follows the weight."""
    return 9.0 if row.percent is None else 5 + 1.6 * sqrt(row.percent)


def _bold(row: IntervalRow) -> str:
    text = _safe(row.label)
    return f"<b>{text}</b>" if row.kind in ("heading", "diamond") else text


def _safe(text: str) -> str:
    """Names of studies are words: Plotly reads some HTML in its labels."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
