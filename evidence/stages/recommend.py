"""Recommendations from rules and templates: GRADE's wording, every number cited, no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from evidence.decision.contexts import NO_CONTEXTS, DecisionContexts
from evidence.decision.document import Decision
from evidence.findings import Recommendation, SummaryOfFindingsRow
from evidence.question import ClinicalQuestion
from evidence.synthesis.thresholds import Thresholds


class Drafted(NamedTuple):
    """A draft, and by name what a language model was asked for it and could not answer."""

    recommendation: Recommendation
    unanswered: tuple[str, ...] = ()


class Recommender(Protocol):
    """Drafts a recommendation from the summary of findings."""

    def draft(
        self,
        question: ClinicalQuestion,
        rows: Sequence[SummaryOfFindingsRow],
        contexts: DecisionContexts = NO_CONTEXTS,
    ) -> Drafted:
        """The draft with its decision document, or an abstention that says why."""
        ...


class OfflineRecommender:
    """Drafts by the rules of `evidence.decision.ruling`, and judges what numbers can decide.

    What only guidelines tell on is quoted from them and left to a person.

    Args:
        thresholds: From which size on an effect matters, by outcome as the question words it;
            outcomes without go by the defaults of `effect_size`.
    """

    def __init__(self, thresholds: Mapping[str, Thresholds] | None = None) -> None:
        self._thresholds = thresholds or {}

    def recommend(
        self,
        question: ClinicalQuestion,
        rows: Sequence[SummaryOfFindingsRow],
        contexts: DecisionContexts = NO_CONTEXTS,
    ) -> Recommendation:
        """The draft; without any row it has no sentence, because nothing could support one."""
        return Decision(question, rows, contexts, self._thresholds).recommendation()

    def draft(
        self,
        question: ClinicalQuestion,
        rows: Sequence[SummaryOfFindingsRow],
        contexts: DecisionContexts = NO_CONTEXTS,
    ) -> Drafted:
        """The same; rules leave nothing unanswered."""
        return Drafted(self.recommend(question, rows, contexts))
