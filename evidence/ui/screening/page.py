"""The screening page: read a record, see what may be seen of others' verdicts, decide."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import streamlit as st

from evidence.doubtful_exclusions import doubtful_exclusions
from evidence.errors import EvidenceError
from evidence.judgements import Phase, Verdict
from evidence.number_words import counted
from evidence.project import Project
from evidence.screening.notes import labels_seen
from evidence.screening.question_terms import topics
from evidence.state import ReviewState
from evidence.ui.cards import plain, style
from evidence.ui.keys import SEARCH_KEY
from evidence.ui.opened import learned_order, open_project, review_state, worklist
from evidence.ui.screening.headers import header
from evidence.ui.screening.one_record import one_record
from evidence.ui.screening.progress_panel import progress_panel
from evidence.ui.screening.record_list import record_list
from evidence.ui.screening.record_text import Marking
from evidence.ui.screening.rows import ScreeningRow
from evidence.ui.screening.sitting import MARKS_KEY, Sitting
from evidence.ui.screening.worklist import Order, Worklist, select
from evidence.ui.signing import known_name, show_notice, sidebar

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

_LISTS = "screening_lists"
_FILTERS = ("screening_verdict", "screening_by", SEARCH_KEY, "screening_order")
_LABEL_KEY = "screening_label"
_VIEW_KEY = "screening_view"
_ONE, _LIST = "One at a time", "List"
_ANY_LABEL = "All labels"
_PHASE_KEY = "screening_phase"
_VERDICTS: dict[str, Verdict | Literal["to screen"] | None] = {
    "All": None,
    "Unclear": "unclear",
    "Included": "include",
    "Excluded": "exclude",
    "Not screened": "to screen",
}
_DOUBTFUL = "Doubtful exclusions"
_READ_VERDICTS = ("Not screened", "Included", "Excluded", "Unclear", "All")
_BY = {"Anyone": None, "Machine": False, "Person": True}
_ORDERS: tuple[Order, ...] = ("Unclear first", "Search order", "Newest first", "Title")
_READING: tuple[Order, ...] = ("Most relevant first", "Search order", "Newest first", "Title")
_PHASES: dict[str, Phase] = {"Titles and abstracts": "title_abstract", "Full texts": "full_text"}


def page(folder: Path, pages: Mapping[str, Page] | None = None) -> None:
    """Draw the page of the project in a folder; a bad folder gives one line.

    Args:
        folder: The project's.
        pages: The app's pages by their `url_path`; what is not there gets no link.
    """
    st.html(style())
    try:
        project = open_project(folder)
        state = review_state(project)
        by_people = project.manifest.settings.screening.decided_by == "people"
        sidebar(project)
        # Drawn last, for the next record is what a person waits for.
        beside = st.sidebar.container()
        found = _worklist(project) if by_people else worklist(project, known_name(), None)
        st.html(header(found))
        show_notice()
        if not by_people:
            _doubtful_left(found)
        rows = _labelled(state, found, _filtered(project, found))
        bar = st.container(horizontal=True, vertical_alignment="center", key="way")
        with bar:
            view = _view(by_people)
        list_key = str(st.session_state.get(_LISTS, 0))
        firsts, marking = _firsts(state, found), _marking(found)
        sitting = Sitting(
            *(project, state, found, rows, firsts, marking, list_key, _listed(), bar), pages or {}
        )
        if view == _ONE:
            one_record(sitting)
        else:
            record_list(sitting)
        with beside:
            progress_panel(project, state)
    except EvidenceError as error:
        st.error(plain(str(error)))


def _worklist(project: Project) -> Worklist:
    """The records of the phase that the person reads; the full texts once there are any."""
    first = worklist(project, known_name(), "title_abstract")
    second = worklist(project, known_name(), "full_text")
    if not second.rows:
        return first
    done = second.n_due and not first.n_due
    chosen = st.segmented_control(
        "What you read",
        list(_PHASES),
        default="Full texts" if done else "Titles and abstracts",
        required=True,
        key=_PHASE_KEY,
        on_change=_first_page,
        label_visibility="collapsed",
    )
    return second if _PHASES[chosen or "Titles and abstracts"] == "full_text" else first


def _view(by_people: bool) -> str:
    """One record at a time, or a list."""
    first = _ONE if by_people else _LIST
    view = st.segmented_control(
        "View",
        (_ONE, _LIST),
        default=first,
        required=True,
        key=_VIEW_KEY,
        on_change=_first_page,
        label_visibility="collapsed",
    )
    return view or first


def _marking(found: Worklist) -> Marking:
    """What is marked: quotes always, words of the question unless they are switched off."""
    marked = topics(found.question) if st.session_state.get(MARKS_KEY, True) else ()
    return Marking(found.question.criteria, marked)


def _labelled(state: ReviewState, found: Worklist, rows: list[ScreeningRow]) -> list[ScreeningRow]:
    """The rows that bear the chosen label; without any label there is nothing to choose."""
    bearing = labels_seen(state, found.screening, known_name())
    if not bearing:
        return rows
    chosen = st.selectbox(
        "Label",
        (_ANY_LABEL, *bearing),
        key=_LABEL_KEY,
        on_change=_first_page,
        label_visibility="collapsed",
        width=200,
    )
    kept = bearing.get(chosen or "")
    return rows if kept is None else [row for row in rows if row.record_id in kept]


def _filtered(project: Project, found: Worklist) -> list[ScreeningRow]:
    screening = found.screening
    by_people = screening.decided_by == "people"
    verdict_key, by_key, words_key, order_key = _FILTERS
    decided_by: str | None = None
    engine_told = not (by_people or screening.hide_machine)
    first = "Not screened" if by_people else "All"
    with st.container(horizontal=True, vertical_alignment="center", key="filters"):
        verdict = st.segmented_control(
            "Verdict",
            _READ_VERDICTS if by_people else [*_VERDICTS, *([_DOUBTFUL] if engine_told else [])],
            default=first,
            required=True,
            key=verdict_key,
            on_change=_first_page,
            format_func=lambda name: "To screen" if name == "Not screened" and by_people else name,
            label_visibility="collapsed",
        )
        # Where only people decide, or the engine's verdicts are hidden, there is nothing to tell.
        if engine_told:
            decided_by = st.segmented_control(
                "Decided by",
                list(_BY),
                default="Anyone",
                required=True,
                key=by_key,
                on_change=_first_page,
                label_visibility="collapsed",
            )
        words = st.text_input(
            "Search in records",
            key=words_key,
            on_change=_first_page,
            placeholder="Search  /",
            label_visibility="collapsed",
            width=190,
        )
        order = st.selectbox(
            "Order",
            _READING if by_people else _ORDERS,
            key=order_key,
            on_change=_first_page,
            label_visibility="collapsed",
            width=180,
        )
    return select(
        _doubtful(found) if engine_told and verdict == _DOUBTFUL else found.rows,
        verdict=_VERDICTS.get(verdict or first),
        by_person=_BY[decided_by or "Anyone"],
        words=words or "",
        order=order,
        reading=_reading(project, found) if order == "Most relevant first" else (),
    )


def _listed() -> str:
    """What the list holds where it is neither all records nor those of one verdict."""
    return "doubtful exclusion" if st.session_state.get(_FILTERS[0]) == _DOUBTFUL else ""


def _doubtful_left(found: Worklist) -> None:
    """The way to what is worth a look where the engine left nothing undecided."""
    if found.unsettled or found.screening.hide_machine or _listed():
        return
    doubtful = len(doubtful_exclusions(found.state, found.question))
    if not doubtful:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("The engine decided on every record, for you to check.")
        st.button(
            f"Check {counted(doubtful, 'doubtful exclusion')}",
            key="doubtful-left",
            type="primary",
            on_click=show_doubtful,
        )


def _doubtful(found: Worklist) -> list[ScreeningRow]:
    """The engine's exclusions that one criterion decided."""
    rows = map(found.row, doubtful_exclusions(found.state, found.question))
    return [row for row in rows if row is not None]


def _reading(project: Project, found: Worklist) -> list[str]:
    """What is due, the most relevant first; in the order of the search if that cannot be told."""
    if found.n_due < 2:
        return []
    try:
        learned = learned_order(project, known_name())
        if learned is None or learned.is_first:
            st.caption("You may start: the reading order is still being learned.")
        return [] if learned is None else list(learned.record_ids)
    except EvidenceError as error:
        st.warning(f"Shown in the order of the search: {plain(str(error))}")
        return []


def show_doubtful() -> None:
    """Show the engine's doubtful exclusions one by one, when the page is next opened."""
    _show(_DOUBTFUL)


def show_unclear() -> None:
    """Show what is unclear one by one, when the page is next opened."""
    _show("Unclear")


def _show(verdict: str) -> None:
    for key in (*_FILTERS, _LABEL_KEY):
        st.session_state.pop(key, None)
    st.session_state[_FILTERS[0]] = verdict
    st.session_state[_VIEW_KEY] = _ONE
    _first_page()


def _first_page() -> None:
    """Another list starts at its first page: its pages are another widget."""
    st.session_state[_LISTS] = st.session_state.get(_LISTS, 0) + 1


def _firsts(state: ReviewState, found: Worklist) -> Mapping[str, str]:
    """Why records of an open sample and of the calibration round come first, in words."""
    labels = {"calibration": "Calibration round: both of you screen these"}
    sample = state.stopping.sample
    if sample is not None:
        size = len(sample.drawn.record_ids)
        own = found.screening.reviewers == 2
        lacking = sum(row.first == "sample" for row in found.rows)
        judged = f"{size - lacking:,} of {size:,} judged{' by you' if own else ''}"
        labels["sample"] = f"Random sample, fixed in advance: {judged}"
    return labels
