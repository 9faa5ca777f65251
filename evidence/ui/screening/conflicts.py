"""The conflicts page: what two reviewers judged differently, an adjudicator's word, agreement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import get_args

import streamlit as st

from evidence.errors import EvidenceError
from evidence.judgements import Phase, Provenance, ScreeningDecision
from evidence.project import Project
from evidence.screening.agreement import agreements
from evidence.screening.allowed import check_decision
from evidence.screening.notes import visible_notes
from evidence.screening.reviewing import Conflict, conflicts
from evidence.state import ReviewState
from evidence.ui.cards import here, plain, style
from evidence.ui.keys import keys
from evidence.ui.opened import open_project, review_state
from evidence.ui.screening.conflict_cards import agreement_tables, conflict_card, conflicts_header
from evidence.ui.screening.deciding import buttons
from evidence.ui.screening.marked_place import marked_place, move_buttons, put_mark
from evidence.ui.signing import known_name, show_notice, sidebar

CONFLICTS_A_PAGE = 10
_PAGE = "conflicts_page"
_MARK = "conflicts_mark"


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
    names = [f"{conflict.phase} {conflict.record.record_id}" for conflict in shown]
    mark = f"{_MARK}-{number}"
    place = marked_place(mark, names)
    with st.container(horizontal=True, vertical_alignment="center", key="way"):
        st.markdown(f"{first + 1:,} to {first + len(shown):,} of {len(found):,}")
        move_buttons(mark, place, names)
        keys()
    for i, conflict in enumerate(shown):
        decided = partial(_go_on, mark, i, names) if i == place else None
        _card(project, state, conflict, decided)
    if n_pages > 1:
        st.pagination(n_pages, key=key)


def _card(
    project: Project,
    state: ReviewState,
    conflict: Conflict,
    go_on: Callable[[ScreeningDecision], None] | None,
) -> None:
    """A conflict with the adjudicator's buttons; with `go_on` the keys act on it."""
    manifest, record = project.manifest, conflict.record
    viewer, screening = known_name(), manifest.settings.screening
    with st.container(border=True, key=f"conflict-{conflict.phase}-{record.record_id}"):
        if go_on is not None:
            st.html(here(record.record_id, conflict.phase, "adjudicator"))
        notes = visible_notes(state, screening, record.record_id, viewer)
        st.html(conflict_card(conflict, manifest.question, project.document, notes))
        refusal = _refusal(project, state, conflict)
        if refusal:
            st.caption(plain(refusal))
            return
        buttons(
            project,
            manifest.question,
            record,
            conflict.phase,
            "adjudicator",
            keys=go_on is not None,
            decided=go_on,
        )


def _go_on(mark: str, place: int, names: Sequence[str], decision: ScreeningDecision) -> None:
    put_mark(mark, place + 1, names)


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
