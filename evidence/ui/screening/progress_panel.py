"""The panel beside the records: progress, the advice on stopping, and the acts of stopping."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from evidence.duplicates.answers import signed
from evidence.entries import Entry
from evidence.errors import EvidenceError
from evidence.project import Project
from evidence.screening.reviewing import conflicts, half_judged
from evidence.screening.stopping_acts import certify, draw, is_lost, reopen, stop_quick
from evidence.screening.stopping_advice import StoppingAdvice
from evidence.screening.verdicts import person_key
from evidence.state import ReviewState
from evidence.ui.cards import plain
from evidence.ui.opened import order_told, review_state, stopping_outlook
from evidence.ui.screening.progress import progress, stopping
from evidence.ui.signing import known_name, notify, reviewer_name, write

_REASON = "reopen_reason"


def progress_panel(project: Project, state: ReviewState) -> None:
    """Draw the panel; where the engine decides and nobody stopped, there is nothing to tell."""
    screening, standing = project.manifest.settings.screening, state.stopping
    untouched = standing.certificate is None and standing.sample is None
    if (screening.decided_by == "machine" and untouched) or not standing.n_records:
        return
    advised, estimate = stopping_outlook(project)
    own = _judged_by(state, known_name()) if screening.reviewers == 2 else None
    st.html(progress(standing, estimate, screening.confidence, own))
    lacks = order_told(project, known_name())
    if lacks:
        st.caption(lacks)
    st.html(stopping(standing, advised, screening))
    _acts(project, state, advised)


def _judged_by(state: ReviewState, viewer: str) -> int:
    name = person_key(viewer)
    return sum(
        phase == "title_abstract" and name in said.reviewers
        for (record_id, phase), said in state.verdicts.items()
        if record_id not in state.duplicates
    )


def _acts(project: Project, state: ReviewState, advised: StoppingAdvice) -> None:
    """The acts that can be meant now, each behind a confirmation; the log refuses the others."""
    standing = state.stopping
    open_sample = standing.sample is not None and not is_lost(standing.sample)
    complete = standing.sample is not None and open_sample and not standing.sample.to_screen
    if not standing.stopped and standing.unscreened:
        if not open_sample and advised.n_needed:
            _confirm(
                project,
                "draw",
                "Draw the sample",
                f"{advised.n_needed:,} of the {len(standing.unscreened):,} unscreened records are "
                "drawn at random and come first. The sample is fixed before any of it is read"
                + ("." if advised.begin else "; the advice is to wait with it."),
            )
        if complete or not advised.n_needed:
            _confirm(project, "certify", "Stop with certificate", _left_out(state))
        _confirm(
            project,
            "quick",
            "Stop by the quick test",
            "This test over the order of screening needs no sample, but it is not strictly "
            f"guaranteed. {_left_out(state)}",
            "Stop by the quick test (not strictly guaranteed)",
        )
    if standing.certificate is not None or standing.sample is not None:
        _confirm(
            project,
            "reopen",
            "Re-open screening",
            "The certificate in force and the sample that is out are given up.",
        )


def _left_out(state: ReviewState) -> str:
    """What stopping does to the records that are not screened, and what to settle before."""
    text = f"What nobody has screened ({len(state.stopping.unscreened):,} records) is left out."
    half = len(half_judged(state, "title_abstract"))
    disputed = len(conflicts(state, "title_abstract"))
    if half or disputed:
        text += (
            f" Settle before: {half:,} wait for the second reviewer, {disputed:,} are in conflict."
        )
    return text


def _confirm(project: Project, act: str, label: str, told: str, button: str = "") -> None:
    # With a key, for another act that takes this one's place must not inherit that it is open.
    with (
        st.popover(f"{label} …", width="stretch", key=f"confirm-{act}"),
        st.form(f"form-{act}", border=False),
    ):
        st.write(told)
        if act == "reopen":
            st.text_input("Why screening goes on", key=_REASON, max_chars=500)
        st.form_submit_button(button or label, key=f"act-{act}", on_click=_act, args=(project, act))


def _act(project: Project, act: str) -> None:
    """Write a line on stopping, or tell in a line why it is refused."""
    name = reviewer_name()
    if not name:
        return
    screening = project.manifest.settings.screening
    reason = st.session_state.get(_REASON, "") if act == "reopen" else ""
    try:
        # The log may have grown since the page was drawn, and may grow before the line is written.
        head = project.head()
        standing, by = review_state(project).stopping, signed(name, reason)
        make: dict[str, tuple[Callable[[], Entry], str]] = {
            "draw": (lambda: draw(standing, screening, by), "The sample is drawn"),
            "certify": (lambda: certify(standing, screening, by), "Screening is stopped"),
            "quick": (lambda: stop_quick(standing, screening, by), "Screening is stopped"),
            "reopen": (lambda: reopen(standing, by), "Screening goes on"),
        }
        entry, done = make[act][0](), make[act][1]
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    write(project, entry, done=done, after=head)
