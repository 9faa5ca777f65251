"""The search page: a strategy on the project's store, files of records, live services, the past.

What a person adds here enters the log at once, under that person's name; what was in the project
before is counted and never written again.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from evidence.errors import EvidenceError
from evidence.prisma import count
from evidence.project import Project
from evidence.searching.facts import SearchReport
from evidence.searching.past import PastSearch, past_searches, search_report
from evidence.searching.prisma_s import to_docx, to_markdown
from evidence.searching.strategy_reach import left_out
from evidence.state import ReviewState
from evidence.ui.cards import plain, style
from evidence.ui.opened import open_project, review_state
from evidence.ui.search.acts import show_outcome
from evidence.ui.search.cards import (
    MOST_LEFT_OUT,
    left_out_html,
    search_header,
    search_style,
    searches_table,
)
from evidence.ui.search.files import files_section
from evidence.ui.search.live import live_section
from evidence.ui.search.strategy import strategy_section
from evidence.ui.signing import show_notice, sidebar

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

STRATEGY, FILES, LIVE, PAST = "Strategy", "Files", "PubMed and others", "Searches so far"
SHOWN = "search_shown"


def page(folder: Path, duplicates: StreamlitPage | None = None) -> None:
    """Draw the page of the project in a folder; a bad folder gives one line.

    Args:
        folder: Of the project.
        duplicates: The page where doubtful pairs are decided, to go there.
    """
    st.html(style() + search_style())
    try:
        project = open_project(folder)
        state = review_state(project)
        sidebar(project)
        _head(state, duplicates)
        show_notice()
        show_outcome()
        _left_out(project, state)
        _section(project, state)
    except EvidenceError as error:
        st.error(plain(str(error)))


def _head(state: ReviewState, duplicates: StreamlitPage | None) -> None:
    pairs = len(state.duplicate_links.open_pairs)
    st.html(search_header(len(state.records), len(state.searches), len(state.duplicates), pairs))
    if pairs and duplicates is not None:
        label = "Decide on the pair that waits" if pairs == 1 else f"Decide on {pairs:,} pairs"
        st.page_link(duplicates, label=f"{label} on the page Duplicates")


def _left_out(project: Project, state: ReviewState) -> None:
    """The records of the store that the project's own search did not find, by title on request."""
    left = count(state).not_found
    if not left:
        return
    told = "1 record of the store was" if left == 1 else f"{left:,} records of the store were"
    panel = st.expander(f"{told} not found by the search", key="left-out", on_change="rerun")
    if panel.open:
        panel.html(left_out_html(left_out(project.manifest, state, MOST_LEFT_OUT)))


def _section(project: Project, state: ReviewState) -> None:
    shown = st.segmented_control(
        "Records from",
        [STRATEGY, FILES, LIVE, PAST],
        default=STRATEGY,
        required=True,
        key=SHOWN,
        label_visibility="collapsed",
    )
    match shown:
        case "Files":
            files_section(project, state)
        case "PubMed and others":
            live_section(project, state)
        case "Searches so far":
            _past_section(project, state)
        case _:
            strategy_section(project, state, searches_of(project, state))


def searches_of(project: Project, state: ReviewState) -> tuple[PastSearch, ...]:
    """The searches so far; read again when there are more searches or records."""
    made = (project.path / "manifest.json").stat().st_mtime_ns
    return _searches(str(project.path), made, len(state.searches), len(state.records), project)


@st.cache_resource(max_entries=4, show_spinner=False)
def _searches(
    path: str, made_ns: int, n_searches: int, n_records: int, _project: Project
) -> tuple[PastSearch, ...]:
    return past_searches(_project)


def _past_section(project: Project, state: ReviewState) -> None:
    searches = searches_of(project, state)
    report = search_report(project.manifest, state, searches)
    if report is None:
        st.info("No search was run yet. Begin with a strategy, or drop a file of records.")
        return
    st.html(searches_table(searches))
    st.caption(
        "A record counts as new with the search that brought it first, so that the new ones add up "
        "to the records identified in the PRISMA flow."
    )
    with st.container(horizontal=True):
        st.download_button(
            "PRISMA-S as Word",
            lambda: _docx(report),
            file_name="prisma-s.docx",
            on_click="ignore",
        )
        st.download_button(
            "PRISMA-S as Markdown",
            to_markdown(report),
            file_name="prisma-s.md",
            mime="text/markdown",
            on_click="ignore",
        )


def _docx(report: SearchReport) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prisma-s.docx"
        to_docx(report, path)
        return path.read_bytes()
