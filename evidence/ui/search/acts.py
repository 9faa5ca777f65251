"""Adding records from the search page: one act, and what came of it on the redrawn page."""

from __future__ import annotations

import streamlit as st
from sqlalchemy.exc import DBAPIError

from evidence.errors import EvidenceError
from evidence.project import Project
from evidence.searching.adding import FoundRecords, add, open_store, outcome_words
from evidence.ui.cards import plain
from evidence.ui.opened import review_state
from evidence.ui.signing import notify, reviewer_name

_OUTCOME = "search_outcome"
_NEXT = "Go on with the page Screening, or with `evidence run`, which screens what is new."


def bring_in(project: Project, found: FoundRecords) -> None:
    """Add what was found and draw the page again; an error becomes one line there."""
    name = reviewer_name()
    if name:
        _add(project, found, name)
    st.rerun()


def _add(project: Project, found: FoundRecords, name: str) -> None:
    told = f"Adding {len(found.records):,} records and looking for duplicates …"
    try:
        with st.spinner(told):
            added = add(project, found, name, open_store(project))
        stopping = review_state(project).stopping
    except EvidenceError as error:
        notify("error", f"Not added: {plain(str(error))}")
        return
    except DBAPIError as error:
        notify("error", f"Not added, please try again: {plain(str(error.orig))}")
        return
    lines = [plain(outcome_words(added)) + "."]
    if added.n_new:
        lines.append(_NEXT)
    if added.n_new and stopping.void_certificate is not None:
        lines.append(f"The stopping certificate no longer holds: {plain(stopping.void_reason)}.")
    st.session_state[_OUTCOME] = " ".join(lines)


def show_outcome() -> None:
    """What the last act brought, until the next act on any page."""
    told = st.session_state.pop(_OUTCOME, "")
    if told:
        st.success(told)
