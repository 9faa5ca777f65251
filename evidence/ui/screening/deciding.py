"""A person's decision on a record: the buttons, their keys, the line in the log, and the undo."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from evidence.duplicates.answers import signed
from evidence.eligibility import exclusion_reason
from evidence.errors import EvidenceError
from evidence.judgements import Phase, Provenance, Role, ScreeningDecision, Verdict
from evidence.project import Project
from evidence.question import ClinicalQuestion
from evidence.screening.allowed import check_decision
from evidence.screening.undo import take_back, times_said
from evidence.ui.button_names import decision_name
from evidence.ui.cards import plain
from evidence.ui.keys import INCLUDE, REASON_KEYS, UNCLEAR, UNDO
from evidence.ui.opened import review_state
from evidence.ui.signing import known_name, may, notify, reviewer_name, write
from indexers.records import Record

_DONE = {"include": "Included", "exclude": "Excluded", "unclear": "Left unclear"}
_TITLE_CHARACTERS = 60


def buttons(
    project: Project,
    question: ClinicalQuestion,
    record: Record,
    phase: Phase,
    role: Role = "reviewer",
    *,
    keys: bool = False,
    decided: Callable[[ScreeningDecision], None] | None = None,
) -> None:
    """Include, leave unclear or exclude for a reason; settling is an adjudicator's.

    Args:
        project: Takes the decision.
        question: Whose criteria are the reasons.
        record: That is judged.
        phase: In which it is judged.
        role: Of the person.
        keys: Whether this is the one record that the keys act on: its reasons are buttons.
        decided: Told of a decision that is written.
    """
    if role == "adjudicator" and not may(role):
        st.caption("This needs the role of adjudicator.")
        return
    name = decision_name(record.record_id, phase, role)
    # A key that is pressed twice before the next record is drawn must not decide twice.
    said = times_said(review_state(project), record.record_id, phase, known_name(), role)
    about = (project, record, phase, role, said, decided)
    with st.container(horizontal=True):
        for verdict, label, key in (
            ("include", "Include", INCLUDE),
            ("unclear", "Unclear", UNCLEAR),
        ):
            st.button(
                label,
                key=f"{verdict}-{name}",
                shortcut=key if keys else None,
                on_click=_decide,
                args=(*about, verdict),
            )
        reasons = tuple(dict.fromkeys(map(exclusion_reason, question.criteria)))
        _exclude_panel(about, reasons, name, keys)
    if keys:
        _reasons(about, reasons, name)


_About = tuple[Project, Record, Phase, Role, int, Callable[[ScreeningDecision], None] | None]


def _exclude_panel(about: _About, reasons: tuple[str, ...], name: str, keys: bool) -> None:
    """Any reason, with words of one's own beside it or in its place."""
    with (
        st.popover("Exclude … :gray[E]" if keys else "Exclude …", key=f"exclude-popover-{name}"),
        st.form(f"exclude-{name}", border=False),
    ):
        if reasons:
            st.selectbox(
                "Reason",
                reasons,
                index=None,
                placeholder="Choose one, or write your own below",
                key=f"reason-{name}",
            )
        st.text_input("In your words", key=f"words-{name}", max_chars=500)
        st.form_submit_button(
            "Exclude", key=f"exclude-button-{name}", on_click=_exclude, args=(*about, name)
        )


def _reasons(about: _About, reasons: tuple[str, ...], name: str) -> None:
    """The question's reasons, one click or one key each."""
    if not reasons:
        return
    with st.container(key="reasons", gap="xxsmall"):
        st.caption("Exclude because …")
        for place, reason in enumerate(reasons[: len(REASON_KEYS)]):
            st.button(
                plain(reason),
                key=f"because-{place + 1}-{name}",
                shortcut=REASON_KEYS[place],
                width="stretch",
                wrap=True,
                on_click=_decide,
                args=(*about, "exclude", reason),
            )


def _exclude(
    project: Project,
    record: Record,
    phase: Phase,
    role: Role,
    said: int,
    decided: Callable[[ScreeningDecision], None] | None,
    name: str,
) -> None:
    chosen = st.session_state.get(f"reason-{name}")
    words = st.session_state[f"words-{name}"].strip()
    if not (chosen or words):
        notify("warning", "Please choose or write a reason to exclude.")
        return
    _decide(project, record, phase, role, said, decided, "exclude", chosen or words, words)


def _decide(
    project: Project,
    record: Record,
    phase: Phase,
    role: Role,
    said: int,
    decided: Callable[[ScreeningDecision], None] | None,
    verdict: Verdict,
    why_excluded: str | None = None,
    reason: str = "",
) -> None:
    """Write a decision before the page is drawn again; what came of it is told there."""
    name = reviewer_name()
    if not name:
        return
    decision = ScreeningDecision(
        record_id=record.record_id,
        phase=phase,
        verdict=verdict,
        role=role,
        exclusion_reason=why_excluded,
        provenance=Provenance(actor=name, engine="person", reason=reason),
    )
    write_decision(project, record, decision, said, decided)


def write_decision(
    project: Project,
    record: Record,
    decision: ScreeningDecision,
    said: int,
    decided: Callable[[ScreeningDecision], None] | None,
) -> None:
    """Write a decision that a person asked for, or tell in a line why it is refused.

    Args:
        project: Takes the line.
        record: That is judged.
        decision: Signed by the person.
        said: How often the person had decided on the record when the button was drawn.
        decided: Told of a decision that is written.
    """
    try:
        # The log may have grown since the page was drawn.
        state = review_state(project)
        name = decision.provenance.actor
        if times_said(state, record.record_id, decision.phase, name, decision.role) != said:
            notify("warning", f"Not written: you had just decided on {_short(record)}")
            return
        check_decision(state, project.manifest.settings.screening, decision)
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    if write(project, decision, done=f"{_DONE[decision.verdict]}: {_short(record)}"):
        _tell_if_overtaken(project, decision)
        if decided is not None:
            decided(decision)


def undo_button(
    project: Project, undone: Callable[[ScreeningDecision], None] | None = None
) -> None:
    """The button that takes the person's last decision back (see `_undo`)."""
    st.button("Undo", key="undo", shortcut=UNDO, on_click=_undo, args=(project, undone))


def _undo(project: Project, undone: Callable[[ScreeningDecision], None] | None) -> None:
    """Take the person's last decision back; what it was, or why not, is told on the next page.

    Args:
        project: Takes the line.
        undone: Told of the decision that was taken back.
    """
    name = reviewer_name()
    if not name:
        return
    try:
        state = review_state(project)
        line, decision = take_back(state, signed(name, ""))
        record = state.records[decision.record_id].record
        done = f"Taken back: {_DONE[decision.verdict].lower()}, {_short(record)}"
        about = (decision.record_id, decision.phase, name, decision.role)
        before = times_said(state, *about)
        if not write(project, line, done=done):
            return
        if times_said(review_state(project), *about) == before:
            notify("warning", f"Not taken back: another verdict on {_short(record)} came first")
            return
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    if undone is not None:
        undone(decision)


def _short(record: Record) -> str:
    cut = len(record.title) > _TITLE_CHARACTERS
    return plain(record.title[:_TITLE_CHARACTERS]) + ("…" if cut else "")


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
