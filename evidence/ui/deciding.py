"""A person's decision on a record: the buttons under its card, and the line in the log."""

from __future__ import annotations

import streamlit as st

from evidence.eligibility import exclusion_reason
from evidence.errors import EvidenceError
from evidence.judgements import Phase, Provenance, Role, ScreeningDecision, Verdict
from evidence.project import Project
from evidence.question import ClinicalQuestion
from evidence.screening.reviewing import check_decision
from evidence.ui.cards import plain
from evidence.ui.opened import review_state
from evidence.ui.signing import notify, reviewer_name, write

_OTHER = "Another reason (write it below)"
_DONE = {"include": "Included", "exclude": "Excluded", "unclear": "Left unclear"}


def buttons(
    project: Project,
    question: ClinicalQuestion,
    record_id: str,
    phase: Phase,
    role: Role = "reviewer",
) -> None:
    """Include, leave unclear or exclude for a reason."""
    name = f"{phase}-{record_id}" if role == "reviewer" else f"{role}-{phase}-{record_id}"
    with st.container(horizontal=True):
        for verdict, label in (("include", "Include"), ("unclear", "Unclear")):
            st.button(
                label,
                key=f"{verdict}-{name}",
                on_click=_decide,
                args=(project, record_id, phase, verdict, role),
            )
        with st.popover("Exclude …"), st.form(f"exclude-{name}", border=False):
            reasons = dict.fromkeys(map(exclusion_reason, question.criteria))
            st.selectbox("Reason", [*reasons, _OTHER], key=f"reason-{name}")
            st.text_input("In your words", key=f"words-{name}", max_chars=500)
            st.form_submit_button(
                "Exclude",
                key=f"exclude-button-{name}",
                on_click=_exclude,
                args=(project, record_id, phase, role, name),
            )


def _exclude(project: Project, record_id: str, phase: Phase, role: Role, name: str) -> None:
    chosen = st.session_state[f"reason-{name}"]
    words = st.session_state[f"words-{name}"].strip()
    reason = words if chosen == _OTHER else chosen
    if not reason:
        notify("warning", "Please choose or write a reason to exclude.")
        return
    _decide(project, record_id, phase, "exclude", role, why_excluded=reason, reason=words)


def _decide(
    project: Project,
    record_id: str,
    phase: Phase,
    verdict: Verdict,
    role: Role,
    why_excluded: str | None = None,
    reason: str = "",
) -> None:
    """Write a decision before the page is drawn again; what came of it is told there."""
    name = reviewer_name()
    if not name:
        return
    decision = ScreeningDecision(
        record_id=record_id,
        phase=phase,
        verdict=verdict,
        role=role,
        exclusion_reason=why_excluded,
        provenance=Provenance(actor=name, engine="person", reason=reason),
    )
    try:
        # The log may have grown since the page was drawn.
        check_decision(review_state(project), project.manifest.settings.screening, decision)
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    if write(project, decision, done=f"{_DONE[verdict]}: {plain(record_id)}"):
        _tell_if_overtaken(project, decision)


def _tell_if_overtaken(project: Project, decision: ScreeningDecision) -> None:
    """Another process may have written its lines between the check and this one."""
    try:
        said = review_state(project).verdicts[decision.record_id, decision.phase]
    except EvidenceError:
        return  # the page that is drawn next says what is wrong
    for lost in said.uncounted[-1:]:
        stamped = lost.decision.provenance.model_copy(update={"at": None})
        if lost.decision.model_copy(update={"provenance": stamped}) == decision:
            notify("warning", plain(f"{decision.record_id}: logged, but not counted: {lost.why}"))
