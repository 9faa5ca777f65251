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
from evidence.ui.studies.results import (
    OutcomeResults,
    ResultRow,
    arm_numbers,
    effect_numbers,
)

OPENED, VIEW = "studies_opened", "studies_view"
GRID = "Grid"


@dataclass(frozen=True)
class _Keys:
    """The keys of the inputs about one result."""

    digest: str

    def of(self, name: str) -> str:
        return f"studies-{name}-{self.digest[:16]}"


def acts(
    project: Project, outcome: OutcomeResults, row: ResultRow, following: ResultRow | None
) -> None:
    """The reason, and what a person can do with the result; `following` waits after it.

    What was settled stays open: a second click on the same place is on the same result.
    """
    result = row.result
    keys = _Keys(result.content_digest)
    st.text_input(
        "Why",
        key=keys.of("why"),
        max_chars=500,
        placeholder="needed to reject; a comment where you confirm",
    )
    with st.container(horizontal=True):
        if row.standing == "rejected":
            st.button(
                "Take the rejection back",
                key=keys.of("back"),
                on_click=_take_back,
                args=(project, result),
            )
        else:
            _confirm_buttons(project, outcome, row, keys)
            st.button("Reject", key=keys.of("reject"), on_click=_reject, args=(project, result))
            st.button(
                "Change in the grid",
                key=keys.of("change"),
                on_click=_to_grid,
                args=(result,),
                help="Change its numbers or its time; each number keeps the words that hold it.",
            )
    if row.standing != "rejected":
        st.caption(_what_follows(outcome, row))
    if following is not None and row.standing != "waits":
        st.button(
            f"Go on to result {following.number}",
            key=keys.of("on"),
            on_click=_open,
            args=(following.result.content_digest,),
        )


def _confirm_buttons(
    project: Project, outcome: OutcomeResults, row: ResultRow, keys: _Keys
) -> None:
    """To confirm; where another result is in the synthesis, which of the two is asked."""
    result, other = row.result, _displaced(outcome, row)
    if result.provenance.by_person:
        st.button("Confirmed", key=keys.of("confirmed"), disabled=True)
        return
    st.button(
        "Confirm as it is"
        if other is None
        else f"Confirm, and use it instead of result {other.number}",
        type="primary" if other is None else "secondary",
        key=keys.of("confirm"),
        on_click=_confirm,
        args=(project, result),
    )
    if other is not None:
        st.button(
            f"Keep result {other.number}: look at it",
            key=keys.of("keep"),
            type="primary",
            on_click=_open,
            args=(other.result.content_digest,),
            help="Confirm that one, and this one needs no word.",
        )


def _displaced(outcome: OutcomeResults, row: ResultRow) -> ResultRow | None:
    """The result that leaves the synthesis when this one is confirmed; None where none does."""
    first = outcome.taken
    if first is None or first is row or row.why == NOT_AT_ITS_TIME:
        return None
    return None if first.result.provenance.by_person else first


def _open(digest: str) -> None:
    st.session_state[OPENED] = digest


def _to_grid(result: ExtractedOutcome) -> None:
    st.session_state[VIEW] = GRID
    st.session_state[kind_key(result.record_id)] = result.data.kind


def kind_key(record_id: str) -> str:
    """The key of the choice of the kind of numbers, kept for each study."""
    return f"studies_kind-{record_id}"


def _what_follows(outcome: OutcomeResults, row: ResultRow) -> str:
    """What the synthesis does when the result is a person's."""
    if row.why == NOT_AT_ITS_TIME:
        return "The outcome names another time: the synthesis does not take this result."
    other = _displaced(outcome, row)
    if other is None:
        return "What you say of a result is written with your name and the reason."
    return (
        "The synthesis takes one result of a study for an outcome, one that a person confirmed "
        f"first. Now it takes result {other.number}: {_numbers(other)}."
    )


def _numbers(row: ResultRow) -> str:
    arms = arm_numbers(row.result.data)
    return " v ".join(arms) if arms is not None else effect_numbers(row.result.data)


def _confirm(project: Project, result: ExtractedOutcome) -> None:
    name = _signed_name(project, result)
    if name:
        why = st.session_state[_Keys(result.content_digest).of("why")]
        try:
            entry = confirmed(result, name, why)
        except EvidenceError as error:
            notify("warning", plain(str(error)))
            return
        _written(project, entry, entry.content_digest, result, done="Confirmed")


def _reject(project: Project, result: ExtractedOutcome) -> None:
    name = _signed_name(project, result)
    if name:
        why = st.session_state[_Keys(result.content_digest).of("why")]
        try:
            entry = rejected(result, name, why)
        except EvidenceError as error:
            notify("warning", plain(str(error)))
            return
        _written(project, entry, result.content_digest, result, done="Rejected")


def _take_back(project: Project, result: ExtractedOutcome) -> None:
    name = reviewer_name()
    if not name:
        return
    why = st.session_state[_Keys(result.content_digest).of("why")]
    entry = taken_back(result, name, why)
    _written(project, entry, result.content_digest, result, done="It counts again")


def _signed_name(project: Project, result: ExtractedOutcome) -> str:
    """The person's name; empty, with a notice, without one or when the result stands no more."""
    name = reviewer_name()
    standing = review_state(project).extracted.get(result.record_id, ())
    if name and result.content_digest not in {r.content_digest for r in standing}:
        notify("warning", "Somebody changed this result meanwhile; please look at it again.")
        return ""
    return name


def _written(
    project: Project, entry: Entry, then: str, result: ExtractedOutcome, *, done: str
) -> None:
    """Write, and leave the result open as it stands then."""
    if write(project, entry, done=f"{done}: {plain(short_name(result.outcome))}"):
        st.session_state[OPENED] = then
