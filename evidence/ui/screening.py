"""The screening page: read a record, see why the engine judged it so, decide."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st

from evidence.eligibility import exclusion_reason
from evidence.errors import EvidenceError
from evidence.judgements import Phase, Provenance, ScreeningDecision, Verdict
from evidence.project import Project
from evidence.question import ClinicalQuestion
from evidence.ui.cards import card, header, legend, plain, style
from evidence.ui.opened import open_project, worklist
from evidence.ui.signing import notify, reviewer_name, show_notice, sidebar, write
from evidence.ui.worklist import Order, ScreeningRow, Worklist, select

RECORDS_A_PAGE = 20
_LISTS = "screening_lists"
_FILTERS = ("screening_verdict", "screening_by", "screening_words", "screening_order")
_VERDICTS: dict[str, Verdict | Literal["to screen"] | None] = {
    "All": None,
    "Unclear": "unclear",
    "Included": "include",
    "Excluded": "exclude",
    "Not screened": "to screen",
}
_BY = {"Anyone": None, "Machine": False, "Person": True}
_ORDERS: tuple[Order, ...] = ("Unclear first", "Search order", "Newest first", "Title")
_OTHER = "Another reason (write it below)"
_DONE = {"include": "Included", "exclude": "Excluded", "unclear": "Left unclear"}


def page(folder: Path) -> None:
    """Draw the page of the project in a folder; a bad folder gives one line."""
    st.html(style())
    try:
        project = open_project(folder)
        found = worklist(project)
    except EvidenceError as error:
        st.error(plain(str(error)))
        return
    sidebar(project)
    st.html(header(found))
    show_notice()
    rows = _filtered(found)
    if found.question.criteria:
        st.html(legend(found.question))
    _cards(project, found.question, rows)


def _filtered(found: Worklist) -> list[ScreeningRow]:
    verdict_key, by_key, words_key, order_key = _FILTERS
    with st.container(horizontal=True, vertical_alignment="bottom"):
        verdict = st.segmented_control(
            "Verdict",
            list(_VERDICTS),
            default="All",
            required=True,
            key=verdict_key,
            on_change=_first_page,
        )
        decided_by = st.segmented_control(
            "Decided by",
            list(_BY),
            default="Anyone",
            required=True,
            key=by_key,
            on_change=_first_page,
        )
        words = st.text_input("Search in records", key=words_key, on_change=_first_page, width=230)
        order = st.selectbox("Order", _ORDERS, key=order_key, on_change=_first_page, width=170)
    return select(
        found.rows,
        verdict=_VERDICTS[verdict or "All"],
        by_person=_BY[decided_by or "Anyone"],
        words=words or "",
        order=order or "Unclear first",
    )


def _first_page() -> None:
    """Another list starts at its first page: its pages are another widget."""
    st.session_state[_LISTS] = st.session_state.get(_LISTS, 0) + 1


def _cards(project: Project, question: ClinicalQuestion, rows: list[ScreeningRow]) -> None:
    if not rows:
        st.info("No record fits these filters.")
        return
    n_pages = -(-len(rows) // RECORDS_A_PAGE)
    key = f"screening_page_{st.session_state.get(_LISTS, 0)}"
    number = int(st.session_state.get(key, 1))
    if number > n_pages:  # decisions took records out of the list
        _first_page()
        st.rerun()
    first = (number - 1) * RECORDS_A_PAGE
    shown = rows[first : first + RECORDS_A_PAGE]
    st.caption(f"Records {first + 1:,} to {first + len(shown):,} of {len(rows):,}")
    for row in shown:
        # The key moves with the record, so that a redrawn list never mixes two cards.
        with st.container(border=True, key=f"card-{row.place}"):
            st.html(card(row, question, project.document))
            _buttons(project, question, row)
    if n_pages > 1:
        st.pagination(n_pages, key=key)


def _buttons(project: Project, question: ClinicalQuestion, row: ScreeningRow) -> None:
    record_id = row.record.record_id
    with st.container(horizontal=True):
        for verdict, label in (("include", "Include"), ("unclear", "Unclear")):
            st.button(
                label,
                key=f"{verdict}-{row.phase}-{record_id}",
                on_click=_decide,
                args=(project, record_id, row.phase, verdict),
            )
        with st.popover("Exclude …"), st.form(f"exclude-{row.phase}-{record_id}", border=False):
            reasons = dict.fromkeys(map(exclusion_reason, question.criteria))
            st.selectbox(
                "Reason",
                [*reasons, _OTHER],
                key=f"reason-{row.phase}-{record_id}",
            )
            st.text_input("In your words", key=f"words-{row.phase}-{record_id}", max_chars=500)
            st.form_submit_button(
                "Exclude",
                key=f"exclude-button-{row.phase}-{record_id}",
                on_click=_exclude,
                args=(project, record_id, row.phase),
            )


def _exclude(project: Project, record_id: str, phase: Phase) -> None:
    chosen = st.session_state[f"reason-{phase}-{record_id}"]
    words = st.session_state[f"words-{phase}-{record_id}"].strip()
    reason = words if chosen == _OTHER else chosen
    if not reason:
        notify("warning", "Please choose or write a reason to exclude.")
        return
    _decide(project, record_id, phase, "exclude", why_excluded=reason, reason=words)


def _decide(
    project: Project,
    record_id: str,
    phase: Phase,
    verdict: Verdict,
    why_excluded: str | None = None,
    reason: str = "",
) -> None:
    """Write a person's decision at once; what came of it is told on the redrawn page."""
    name = reviewer_name()
    if not name:
        return
    decision = ScreeningDecision(
        record_id=record_id,
        phase=phase,
        verdict=verdict,
        exclusion_reason=why_excluded,
        provenance=Provenance(actor=name, engine="person", reason=reason),
    )
    write(project, decision, done=f"{_DONE[verdict]}: {plain(record_id)}")
