"""The plots of one outcome: to point at, as printed, and for download."""

from __future__ import annotations

from functools import partial

import streamlit as st

from evidence.findings import SummaryOfFindingsRow
from evidence.synthesis.forest import forest_svg
from evidence.synthesis.outcome_plots import (
    OutcomeFunnel,
    forest_figure,
    funnel_plot,
    outcome_funnel,
)
from evidence.synthesis.raster import png_of
from evidence.synthesis.scatter_plot import funnel_svg
from evidence.ui.cards import plain
from evidence.ui.findings.cards import left_out_html

_PRINTED_WIDTH = 900
_BUTTONS = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "toImage"]}


def plots(row: SummaryOfFindingsRow) -> None:
    """Forest and funnel of an outcome, a tab each; the tab that is open stays open."""
    effect = row.effect
    if effect is None:
        st.info(plain(row.note or "Nothing is pooled for this outcome."))
        return
    forest, funnel, printed = st.tabs(
        ["Forest plot", "Funnel plot", "As printed"], key="findings-plots"
    )
    with forest:
        st.plotly_chart(
            forest_figure(row, dark=_dark()),
            config=_BUTTONS,
            key=f"forest-{row.row_id}",
            alt=f"Forest plot of {row.outcome}",
        )
        for study in row.studies:
            if study.percent is None and study.note:
                st.html(left_out_html(study))
    shown = outcome_funnel(row)
    with funnel:
        if shown.points is not None:
            st.plotly_chart(
                funnel_plot(shown, effect, dark=_dark()),
                config=_BUTTONS,
                key=f"funnel-{row.row_id}",
                alt=f"Funnel plot of {row.outcome}",
            )
            st.caption(
                "Shades: where a study would have p above 0.01, 0.05 and 0.10. Dashed: 95 % of "
                "studies, if chance alone were at work."
                + (" Open: studies that trim and fill adds." if shown.filled is not None else "")
            )
        for note in shown.notes:
            st.markdown(plain(note))
    with printed:
        st.image(forest_svg(row), width=_PRINTED_WIDTH, alt=f"Forest plot of {row.outcome}")
        _downloads(row, shown)


def _dark() -> bool:
    return st.context.theme.type == "dark"


def _downloads(row: SummaryOfFindingsRow, shown: OutcomeFunnel) -> None:
    """Each picture as vectors and as pixels, made when it is asked for."""
    pictures = {"forest": forest_svg(row)}
    if shown.points is not None and row.effect is not None:
        filled = shown.filled.filled if shown.filled is not None else None
        pictures["funnel"] = funnel_svg(shown.points, row.effect.measure, filled)
    with st.container(horizontal=True):
        for kind, svg in pictures.items():
            for suffix, mime in (("svg", "image/svg+xml"), ("png", "image/png")):
                st.download_button(
                    f"{kind.capitalize()} plot, {suffix.upper()}",
                    data=svg if suffix == "svg" else partial(png_of, svg),
                    file_name=f"{kind}-{row.row_id}.{suffix}",
                    mime=mime,
                    on_click="ignore",
                    key=f"download-{kind}-{suffix}-{row.row_id}",
                )
