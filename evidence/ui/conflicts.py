"""The conflicts page: what two reviewers judged differently, an adjudicator's word, agreement."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import streamlit as st

from evidence.errors import EvidenceError
from evidence.judgements import Phase, Provenance, ScreeningDecision
from evidence.project import Project
from evidence.screening.agreement import agreements
from evidence.screening.reviewing import Conflict, check_decision, conflicts
from evidence.state import ReviewState
from evidence.ui.cards import plain, style
from evidence.ui.conflict_cards import agreement_tables, conflict_card, conflicts_header
from evidence.ui.deciding import buttons
from evidence.ui.opened import open_project, review_state
from evidence.ui.signing import known_name, show_notice, sidebar

CONFLICTS_A_PAGE = 10
_PAGE = "conflicts_page"


def page(folder: Path) -> None:
    """Draw the page of the project in a folder; a bad folder gives one line."""
    st.html(style())
    try:
        project = open_project(folder)
        state = review_state(project)
    except EvidenceError as error:
        st.error(plain(str(error)))
        return
    sidebar(project)
    found = [conflict for phase in get_args(Phase) for conflict in conflicts(state, phase)]
    st.html(conflicts_header(len(found)))
    show_notice()
    with st.expander("How well the reviewers agree"):
        manifest = project.manifest
        measured = agreements(state, manifest.settings.screening, manifest.seed)
        st.html(agreement_tables(measured))
    if not found:
        st.info("No conflict is open.")
        return
    _cards(project, state, found)


def _cards(project: Project, state: ReviewState, found: list[Conflict]) -> None:
    n_pages = -(-len(found) // CONFLICTS_A_PAGE)
    key = f"{_PAGE}-{n_pages}"  # settled conflicts leave the list; its pages are another widget
    number = int(st.session_state.get(key, 1))
    first = (number - 1) * CONFLICTS_A_PAGE
    shown = found[first : first + CONFLICTS_A_PAGE]
    st.caption(f"{first + 1:,} to {first + len(shown):,} of {len(found):,}")
    question = project.manifest.question
    for conflict in shown:
        record_id = conflict.record.record_id
        with st.container(border=True, key=f"conflict-{conflict.phase}-{record_id}"):
            st.html(conflict_card(conflict, question, project.document))
            refusal = _refusal(project, state, conflict)
            if refusal:
                st.caption(plain(refusal))
            else:
                buttons(project, question, record_id, conflict.phase, "adjudicator")
    if n_pages > 1:
        st.pagination(n_pages, key=key)


def _refusal(project: Project, state: ReviewState, conflict: Conflict) -> str:
    """Why this person cannot settle the conflict; empty when they can, or are not known yet."""
    name = known_name()
    if not name:
        return ""
    trial = ScreeningDecision(
        record_id=conflict.record.record_id,
        phase=conflict.phase,
        verdict="unclear",
        role="adjudicator",
        provenance=Provenance(actor=name, engine="person"),
    )
    try:
        check_decision(state, project.manifest.settings.screening, trial)
    except EvidenceError as error:
        return str(error)
    return ""
