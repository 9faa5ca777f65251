"""Answers criterion by criterion, and the verdict on the record that they come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from evidence.eligibility import aggregate
from evidence.errors import EvidenceError
from evidence.judgements import CriterionVerdict, ScreeningDecision, Verdict
from evidence.project import Project
from evidence.question import ClinicalQuestion, EligibilityCriterion
from evidence.screening.by_criterion import (
    STANDS,
    Answer,
    QuoteError,
    Stand,
    criterion_verdicts,
    decision_by_criteria,
    first_words,
    standing_answers,
)
from evidence.screening.undo import times_said
from evidence.ui.button_names import decision_name
from evidence.ui.cards import plain
from evidence.ui.opened import review_state
from evidence.ui.screening.deciding import write_decision
from evidence.ui.screening.rows import ScreeningRow
from evidence.ui.signing import known_name, notify, reviewer_name
from indexers.records import Document, abstract_document

_STANDS: dict[str, Stand] = {stand.replace("_", " ").capitalize(): stand for stand in STANDS}
_LABELS = {stand: label for label, stand in _STANDS.items()}
_COMES_TO = {"include": "Include", "exclude": "Exclude", "unclear": "Leave unclear"}
_QUOTE_CHARACTERS = 1000


def criterion_panel(
    project: Project,
    question: ClinicalQuestion,
    row: ScreeningRow,
    decided: Callable[[ScreeningDecision], None] | None = None,
) -> None:
    """Draw the panel; what is in it is drawn only while it is open, on whichever record.

    Args:
        project: Takes the decision.
        question: Whose criteria are answered.
        row: The record, as its viewer may see it: answers start from what is shown there.
        decided: Told of a decision that is written.

    Raises:
        ProjectError: The log cannot be read.
    """
    document = _document(project, row)
    if not question.criteria or document is None:
        return
    panel = st.expander("Answer criterion by criterion", key="criteria-panel", on_change="rerun")
    if not panel.open:
        return
    standing = standing_answers(row.history, row.phase, known_name())
    asked = _Asked(project, question, row, document, standing)
    with panel:
        for criterion in question.criteria:
            _draw(asked, criterion)
        _outcome(asked, decided)


@dataclass(frozen=True)
class _Asked:
    """The record whose criteria are answered, and what the answers start from."""

    project: Project
    question: ClinicalQuestion
    row: ScreeningRow
    document: Document
    standing: tuple[CriterionVerdict, ...]

    def before(self, criterion_id: str) -> CriterionVerdict | None:
        return next((v for v in self.standing if v.criterion_id == criterion_id), None)

    def keys(self, criterion_id: str) -> tuple[str, str]:
        """Of the choice and of the box of words, in the session."""
        name = decision_name(self.row.record_id, self.row.phase)
        return f"stands-{criterion_id}-{name}", f"words-{criterion_id}-{name}"

    def criteria(self) -> tuple[CriterionVerdict, ...]:
        """The answers as the boxes hold them now.

        Raises:
            QuoteError: Words that are given as a quote do not stand in the text.
        """
        answers = {c.criterion_id: self._answer(c.criterion_id) for c in self.question.criteria}
        return criterion_verdicts(self.question, self.document, answers, self.standing)

    def _answer(self, criterion_id: str) -> Answer:
        of_stand, of_words = self.keys(criterion_id)
        stand = _STANDS[st.session_state[of_stand] or _LABELS["unclear"]]
        # Where nothing is decided no box is drawn, whatever it held before.
        words = st.session_state.get(of_words, "") if stand != "unclear" else ""
        return Answer(stand, words or "")


def _document(project: Project, row: ScreeningRow) -> Document | None:
    """The text that is read in the row's phase."""
    if row.phase == "title_abstract":
        return abstract_document(row.record)
    return project.document(row.document_digest) if row.document_digest else None


def _draw(asked: _Asked, criterion: EligibilityCriterion) -> None:
    """The answer to one criterion, and the box for the words that tell it."""
    before = asked.before(criterion.criterion_id)
    of_stand, of_words = asked.keys(criterion.criterion_id)
    kind = "exclusion: " if criterion.kind == "exclusion" else ""
    chosen = st.segmented_control(
        plain(kind + criterion.text),
        list(_STANDS),
        default=_LABELS[before.verdict if before is not None else "unclear"],
        required=True,
        key=of_stand,
    )
    if chosen == _LABELS["unclear"]:
        return
    st.text_input(
        "Words of the text that tell it (optional)",
        value=first_words(before, asked.document) if before is not None else "",
        key=of_words,
        max_chars=_QUOTE_CHARACTERS,
        placeholder="Quote, word for word (optional)",
        label_visibility="collapsed",
    )


def _outcome(asked: _Asked, decided: Callable[[ScreeningDecision], None] | None) -> None:
    """What the answers come to, told before it is written."""
    try:
        verdict, why = aggregate(asked.question.criteria, asked.criteria())
    except QuoteError as error:
        st.warning(plain(str(error)))
        return
    row, name = asked.row, known_name()
    said = times_said(review_state(asked.project), row.record_id, row.phase, name, "reviewer")
    st.caption(plain(_told(verdict, why)))
    st.button(
        f"{_COMES_TO[verdict]} by these answers",
        key=f"by-criteria-{decision_name(row.record_id, row.phase)}",
        on_click=_decide,
        args=(asked, verdict, said, decided),
    )


def _told(verdict: Verdict, why: str | None) -> str:
    return f"These answers come to: {_COMES_TO[verdict].lower()}" + (f" ({why})" if why else "")


def _decide(
    asked: _Asked,
    promised: Verdict,
    said: int,
    decided: Callable[[ScreeningDecision], None] | None,
) -> None:
    """Write what the answers come to, if it is still what the button said."""
    name = reviewer_name()
    if not name:
        return
    row = asked.row
    try:
        decision = decision_by_criteria(
            asked.question, row.record_id, row.phase, asked.criteria(), name
        )
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    if decision.verdict != promised:  # an answer was changed by the very click
        told = _told(decision.verdict, decision.exclusion_reason)
        notify("warning", plain(f"Not written. {told}."))
        return
    write_decision(asked.project, row.record, decision, said, decided)
