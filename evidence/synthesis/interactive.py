"""Plots a reader can point at: Plotly figures in one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evidence.findings import Measure
from evidence.synthesis.effect_sizes import EffectSizes
from evidence.synthesis.interval_plot import IntervalRow
from evidence.synthesis.plotly_figures import (
    LIGHT,
    funnel_figure,
    graph_objects,
    intervals_figure,
    safe,
)
from evidence.synthesis.sensitivity import BaujatPoint, Funnel


def intervals_html(title: str, rows: Sequence[IntervalRow], measure: Measure) -> str:
    """A forest, leave-one-out or cumulative plot."""
    return _page(intervals_figure(rows, measure), title)


def funnel_html(
    points: Funnel,
    measure: Measure,
    filled: EffectSizes | None = None,
    title: str = "Funnel plot",
) -> str:
    """A contour-enhanced funnel plot; open points are filled studies."""
    return _page(funnel_figure(points, measure, filled), title)


def baujat_html(points: Sequence[BaujatPoint], title: str = "Baujat plot") -> str:
    """Baujat's plot."""
    go = graph_objects()
    figure = go.Figure(
        go.Scatter(
            x=[point.contribution_to_q for point in points],
            y=[point.influence for point in points],
            mode="markers",
            marker={"color": LIGHT.fill, "size": 10, "line": {"color": LIGHT.ink, "width": 1}},
            text=[safe(point.study) for point in points],
            hovertemplate="%{text}<br>Q %{x:.2f}, influence %{y:.3f}<extra></extra>",
        )
    )
    figure.update_xaxes(title="Contribution to Cochran's Q")
    figure.update_yaxes(title="Influence on the pooled effect")
    figure.update_layout(height=560, showlegend=False)
    return _page(figure, title)


def _page(figure: Any, title: str) -> str:
    figure.update_layout(
        title=safe(title),
        template="simple_white",
        font={"family": "Helvetica, Arial, sans-serif"},
        margin={"l": 40, "r": 40},
    )
    figure.update_yaxes(automargin=True)
    html: str = figure.to_html(include_plotlyjs=True, full_html=True, div_id="plot")
    return html
