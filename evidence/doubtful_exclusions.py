"""Exclusions by an engine that hang on one criterion: where a person's look is worth most."""

from __future__ import annotations

from collections.abc import Mapping

from evidence.judgements import CriterionVerdict, ScreeningDecision
from evidence.question import ClinicalQuestion
from evidence.state import ReviewState


def doubtful_exclusions(state: ReviewState, question: ClinicalQuestion) -> list[str]:
    """The records that an engine excluded for one criterion alone.

    No other criterion spoke against them, so one wrong reading loses the study. What a person
    has decided is settled.

    Returns:
        Record ids: the highest score first, else in the order of the search.
    """
    kinds = {criterion.criterion_id: criterion.kind for criterion in question.criteria}
    found = [
        decision
        for record_id in state.with_fate("excluded_title_abstract", "excluded_full_text")
        if (decision := _counted(state, record_id)) is not None
        and not decision.provenance.by_person
        and sum(_speaks_against(verdict, kinds) for verdict in decision.criteria) == 1
    ]
    found.sort(key=lambda decision: -(decision.score or 0.0))
    return [decision.record_id for decision in found]


def _counted(state: ReviewState, record_id: str) -> ScreeningDecision | None:
    """The decision that excluded the record: the later phase comes first."""
    of_text = state.decisions.get((record_id, "full_text"))
    return of_text or state.decisions.get((record_id, "title_abstract"))


def _speaks_against(verdict: CriterionVerdict, kinds: Mapping[str, str]) -> bool:
    """Whether the record fails an inclusion criterion, or meets one of exclusion."""
    failing = "met" if kinds.get(verdict.criterion_id) == "exclusion" else "not_met"
    return verdict.verdict == failing
