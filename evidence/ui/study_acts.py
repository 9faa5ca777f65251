"""What a person says of a result: it is right, it is rejected, or it is to be changed.

The clicks are handled before the page is drawn again; each looks first whether the result still
stands as it was shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from evidence.entries import Entry
from evidence.errors import EvidenceError
from evidence.extraction.by_person import confirmed, rejected, taken_back
from evidence.findings_text import short_name
from evidence.judgements import ExtractedOutcome
from evidence.project import Project
from evidence.synthesis.selection import NOT_AT_ITS_TIME
from evidence.ui.cards import plain
from evidence.ui.opened import review_state
from evidence.ui.signing import notify, reviewer_name, write
from evidence.ui.study_results import OutcomeResults, ResultRow

OPENED, VIEW, KIND = "studies_opened", "studies_view", "studies_kind"
GRID = "Grid"


@dataclass(frozen=True)
class _Keys:
    """The keys of the inputs about one result."""

    digest: str

    def of(self, name: str) -> str:
        return f"studies-{name}-{self.digest[:16]}"


def acts(project: Project, outcome: OutcomeResults, row: ResultRow) -> None:
    """The reason, and what a person can do with the result."""
    result = row.result
    keys = _Keys(result.content_digest)
    st.text_input("Why", key=keys.of("why"), max_chars=500)
    with st.container(horizontal=True):
        if row.standing == "rejected":
            st.button(
                "Take the rejection back",
                key=keys.of("back"),
                on_click=_take_back,
                args=(project, result),
            )
            return
        if not result.provenance.by_person:
            st.button(
                "Confirm as it is",
                type="primary",
                key=keys.of("confirm"),
                on_click=_confirm,
                args=(project, result),
            )
        st.button("Reject", key=keys.of("reject"), on_click=_reject, args=(project, result))
        st.button(
            "Change in the grid",
            key=keys.of("change"),
            on_click=_to_grid,
            args=(result,),
            help="Change its numbers or its time; each number keeps the words that hold it.",
        )
    st.caption(_what_follows(outcome, row))


def _to_grid(result: ExtractedOutcome) -> None:
    st.session_state[VIEW] = GRID
    st.session_state[KIND] = result.data.kind


def _what_follows(outcome: OutcomeResults, row: ResultRow) -> str:
    """What the synthesis does when the result is a person's."""
    first = outcome.taken
    if row.why == NOT_AT_ITS_TIME:
        return "The outcome names another time: the synthesis does not take this result."
    if first is None or first is row or first.result.provenance.by_person:
        return "Each word on a result is written with your name and the reason."
    return f"Confirmed or changed, it goes before result {first.number} in the synthesis."


def _confirm(project: Project, result: ExtractedOutcome) -> None:
    name = _signed_name(project, result)
    if name:
        why = st.session_state[_Keys(result.content_digest).of("why")]
        try:
            entry = confirmed(result, name, why)
        except EvidenceError as error:
            notify("warning", plain(str(error)))
            return
        _written(project, result, entry, done="Confirmed")


def _reject(project: Project, result: ExtractedOutcome) -> None:
    name = _signed_name(project, result)
    if name:
        why = st.session_state[_Keys(result.content_digest).of("why")]
        try:
            entry = rejected(result, name, why)
        except EvidenceError as error:
            notify("warning", plain(str(error)))
            return
        _written(project, result, entry, done="Rejected")


def _take_back(project: Project, result: ExtractedOutcome) -> None:
    name = reviewer_name()
    if not name:
        return
    why = st.session_state[_Keys(result.content_digest).of("why")]
    _written(project, result, taken_back(result, name, why), done="It counts again")


def _signed_name(project: Project, result: ExtractedOutcome) -> str:
    """The person's name; empty, with a notice, without one or when the result stands no more."""
    name = reviewer_name()
    standing = review_state(project).extracted.get(result.record_id, ())
    if name and result.content_digest not in {r.content_digest for r in standing}:
        notify("warning", "Somebody changed this result meanwhile; please look at it again.")
        return ""
    return name


def _written(project: Project, result: ExtractedOutcome, *entries: Entry, done: str) -> None:
    if write(project, *entries, done=f"{done}: {plain(short_name(result.outcome))}"):
        st.session_state.pop(OPENED, None)  # the next that waits is opened
