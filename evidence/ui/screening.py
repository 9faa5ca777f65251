"""The screening page: read a record, see what may be seen of others' verdicts, decide."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st

from evidence.errors import EvidenceError
from evidence.judgements import Phase, Verdict
from evidence.project import Project
from evidence.state import ReviewState
from evidence.ui.cards import card, full_text, plain, style
from evidence.ui.deciding import buttons
from evidence.ui.headers import header, legend, short_header
from evidence.ui.opened import open_project, reading_order, review_state, worklist
from evidence.ui.progress_panel import progress_panel
from evidence.ui.signing import known_name, show_notice, sidebar
from evidence.ui.worklist import Order, ScreeningRow, Worklist, select

RECORDS_A_PAGE = 20
READ_A_PAGE = 5  # the order moves with each decision, so nobody plans far ahead
_LISTS = "screening_lists"
_FILTERS = ("screening_verdict", "screening_by", "screening_words", "screening_order")
_PHASE_KEY = "screening_phase"
_VERDICTS: dict[str, Verdict | Literal["to screen"] | None] = {
    "All": None,
    "Unclear": "unclear",
    "Included": "include",
    "Excluded": "exclude",
    "Not screened": "to screen",
}
_READ_VERDICTS = ("Not screened", "Included", "Excluded", "Unclear", "All")
_BY = {"Anyone": None, "Machine": False, "Person": True}
_ORDERS: tuple[Order, ...] = ("Unclear first", "Search order", "Newest first", "Title")
_READING: tuple[Order, ...] = ("Most relevant first", "Search order", "Newest first", "Title")
_PHASES: dict[str, Phase] = {"Titles and abstracts": "title_abstract", "Full texts": "full_text"}


def page(folder: Path) -> None:
    """Draw the page of the project in a folder; a bad folder gives one line."""
    st.html(style())
    try:
        project = open_project(folder)
        state = review_state(project)
        by_people = project.manifest.settings.screening.decided_by == "people"
        sidebar(project)
        # Drawn last, for the next record is what a person waits for.
        beside = st.sidebar.container()
        found = _worklist(project) if by_people else worklist(project, known_name(), None)
        st.html(short_header(found) if by_people else header(found))
        show_notice()
        rows = _filtered(project, found)
        if found.question.criteria and not by_people:
            st.html(legend(found.question, coloured=not found.screening.hide_machine))
        _cards(project, found, rows, _labels(state, found))
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


def _filtered(project: Project, found: Worklist) -> list[ScreeningRow]:
    screening = found.screening
    by_people = screening.decided_by == "people"
    verdict_key, by_key, words_key, order_key = _FILTERS
    decided_by: str | None = None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        verdict = st.segmented_control(
            "Verdict",
            _READ_VERDICTS if by_people else list(_VERDICTS),
            default="Not screened" if by_people else "All",
            required=True,
            key=verdict_key,
            on_change=_first_page,
            format_func=lambda name: "To screen" if name == "Not screened" and by_people else name,
        )
        # Where only people decide, or the engine's verdicts are hidden, there is nothing to tell.
        if not (by_people or screening.hide_machine):
            decided_by = st.segmented_control(
                "Decided by",
                list(_BY),
                default="Anyone",
                required=True,
                key=by_key,
                on_change=_first_page,
            )
        words = st.text_input("Search in records", key=words_key, on_change=_first_page, width=200)
        order = st.selectbox(
            "Order",
            _READING if by_people else _ORDERS,
            key=order_key,
            on_change=_first_page,
            width=190,
        )
    return select(
        found.rows,
        verdict=_VERDICTS[verdict or "All"],
        by_person=_BY[decided_by or "Anyone"],
        words=words or "",
        order=order,
        reading=_reading(project, found) if order == "Most relevant first" else (),
    )


def _reading(project: Project, found: Worklist) -> list[str]:
    """What is due, the most relevant first; in the order of the search if that cannot be told."""
    if found.n_due < 2:
        return []
    try:
        return reading_order(project, known_name(), found.rows[0].phase)
    except EvidenceError as error:
        st.warning(f"Shown in the order of the search: {plain(str(error))}")
        return []


def _first_page() -> None:
    """Another list starts at its first page: its pages are another widget."""
    st.session_state[_LISTS] = st.session_state.get(_LISTS, 0) + 1


def _labels(state: ReviewState, found: Worklist) -> dict[str, str]:
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


def _cards(
    project: Project, found: Worklist, rows: list[ScreeningRow], labels: dict[str, str]
) -> None:
    if not rows:
        all_read = found.screening.decided_by == "people" and not found.n_due
        st.info(
            "Nothing is left for you to screen." if all_read else "No record fits these filters."
        )
        return
    a_page = READ_A_PAGE if found.screening.decided_by == "people" else RECORDS_A_PAGE
    n_pages = -(-len(rows) // a_page)
    key = f"screening_page_{st.session_state.get(_LISTS, 0)}"
    number = int(st.session_state.get(key, 1))
    if number > n_pages:  # decisions took records out of the list
        _first_page()
        st.rerun()
    first = (number - 1) * a_page
    shown = rows[first : first + a_page]
    st.caption(f"Records {first + 1:,} to {first + len(shown):,} of {len(rows):,}")
    for row in shown:
        # The key moves with the record, so that a redrawn list never mixes two cards.
        with st.container(border=True, key=f"card-{row.place}"):
            st.html(card(row, found.question, project.document, labels.get(row.first or "", "")))
            if row.phase == "full_text":
                _full_text(project, row)
            buttons(project, found.question, row.record.record_id, row.phase)
    if n_pages > 1:
        st.pagination(n_pages, key=key)


def _full_text(project: Project, row: ScreeningRow) -> None:
    """The report itself, on request: a page of them would be long and slow."""
    document = project.document(row.document_digest) if row.document_digest else None
    if document is None:
        st.caption("There is no full text in the project.")
        return
    if st.toggle("Show the full text", key=f"text-{row.record.record_id}"):
        with st.container(height=480):
            st.html(full_text(row, document, project.manifest.question.criteria))
