"""What the recommendation page shows, gathered once a drawing: version, inputs and sources."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import streamlit as st

from evidence.decision.editing import MovedValue, moved_values
from evidence.decision.inputs import DecisionInputs, decision_inputs
from evidence.decision.part_editing import edited_by_person, with_values_of_now
from evidence.decision.quotable import Source, quotable_sources, source_name
from evidence.errors import EvidenceError
from evidence.factuality.verdicts import ClaimCheck
from evidence.findings import EvidenceToDecision, SummaryOfFindingsRow
from evidence.judgements import RecommendationEdit
from evidence.project import Project
from evidence.stages.recommend import OfflineRecommender
from evidence.state import ReviewState
from evidence.ui.opened import findings, review_state
from evidence.ui.recommendation.cards import Shown


@dataclass(frozen=True)
class Opened:
    """The project as one drawing of the page sees it.

    Attributes:
        inputs: What a draft would be written from now; None where a guideline cannot be read.
        inputs_problem: Why it cannot.
    """

    project: Project
    state: ReviewState
    rows: list[SummaryOfFindingsRow]
    inputs: DecisionInputs | None
    inputs_problem: str

    @property
    def last(self) -> RecommendationEdit | None:
        """The version that stands."""
        return self.state.recommendation

    @property
    def inputs_digest(self) -> str | None:
        """Names the inputs of now."""
        return self.inputs.digest if self.inputs is not None else None

    @cached_property
    def shown(self) -> Shown:
        """For the pieces of HTML."""
        return Shown(
            self.rows, self.project.document, lambda document: source_name(document, self.state)
        )

    @cached_property
    def sources(self) -> list[Source]:
        """What can be quoted."""
        return quotable_sources(self.project, self.state)

    @cached_property
    def stale(self) -> list[MovedValue]:
        """The values of the last version that are out of date."""
        if self.last is None:
            return []
        return moved_values(self.last.recommendation.every_sentence, self.rows)

    @property
    def moved(self) -> bool:
        """Whether the last version was written from something else than what is known now."""
        if self.last is None:
            return False
        known = self.inputs_digest
        return bool(self.stale) or (known is not None and known != self.last.inputs_digest)

    @cached_property
    def new_decision(self) -> EvidenceToDecision | None:
        """The decision document of now, where the one that stands is out of date.

        By rules; but a person's words stay, only their cited values are those of now.
        """
        last, inputs = self.last, self.inputs
        if last is None or inputs is None:
            return None
        told = last.recommendation
        if told.decision is None or not moved_values(
            told.model_copy(update={"sentences": ()}).every_sentence, self.rows
        ):
            return None
        if edited_by_person(self.state):
            return with_values_of_now(told.decision, self.rows)
        question = self.project.manifest.question
        return OfflineRecommender().recommend(question, inputs.rows, inputs.contexts).decision


def opened(project: Project) -> Opened:
    """What there is to show now.

    Raises:
        ProjectError: The log cannot be read.
    """
    state, rows = review_state(project), findings(project)
    length, digest = project.head()
    inputs, problem = _inputs(str(project.path), length, digest, project, state, rows)
    return Opened(project, state, rows, inputs, problem)


# Streamlit's cache goes by every argument but those whose name starts with an underscore.
@st.cache_resource(max_entries=4, show_spinner="Reading what the recommendation rests on …")
def _inputs(
    path: str,
    length: int,
    digest: str,
    _project: Project,
    _state: ReviewState,
    _rows: list[SummaryOfFindingsRow],
) -> tuple[DecisionInputs | None, str]:
    try:
        return decision_inputs(_state, _project.manifest, _rows), ""
    except EvidenceError as error:
        return None, str(error)


@st.cache_resource(max_entries=8, show_spinner="Comparing the sentences with what they cite …")
def checks_of(digest: str, _edit: RecommendationEdit) -> tuple[ClaimCheck, ...]:
    """The factuality check of a version, kept by its digest.

    Raises:
        EvidenceError: The weights that the check needs are missing.
    """
    from evidence.factuality.sentences import sentence_checks

    return sentence_checks(_edit.recommendation.sentences)
