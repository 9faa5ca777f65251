"""A person's version with one part of the Evidence-to-Decision document reworded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evidence.decision.decision_parts import DecisionPart, changed_parts, with_part
from evidence.decision.editing import (
    EditError,
    Rows,
    Writing,
    edited,
    numbered_problems,
    tidied,
    with_new_values,
)
from evidence.findings import EvidenceToDecision, Sentence
from evidence.judgements import RecommendationEdit
from evidence.state import ReviewState


def edited_part(
    before: RecommendationEdit,
    part: DecisionPart,
    sentences: Sequence[Sentence],
    writing: Writing,
) -> RecommendationEdit:
    """The next version, by a person; all but one part of the decision document stays.

    Args:
        before: The version that was edited.
        part: Whose sentences are other ones.
        sentences: In their order; none empties the part.
        writing: By whom, and what it has to agree with.

    Raises:
        EditError: There is no decision document, a sentence has no support, a number is neither
            quoted nor computed, a value is out of date, or nothing was changed.
        ProjectError: The name is empty or taken by machines.
    """
    draft = before.recommendation
    base = writing.decision or draft.decision
    if base is None:
        raise EditError(["this version has no Evidence-to-Decision document"])
    told = tuple(map(tidied, sentences))
    problems = numbered_problems(told, writing.rows, writing.document_of)
    if problems:
        raise EditError(problems)
    return edited(
        before,
        draft.sentences,
        draft.direction,
        draft.strength,
        replace(writing, decision=with_part(base, part, told)),
    )


def edited_by_person(state: ReviewState) -> bool:
    """Whether a person reworded the decision document since an engine last wrote it."""
    found = False
    versions = state.recommendations
    for before, after in zip((None, *versions), versions, strict=False):
        if not after.provenance.by_person:
            found = False
        elif before is not None:
            one, other = before.recommendation.decision, after.recommendation.decision
            found = found or bool(changed_parts(one, other))
    return found


def with_values_of_now(decision: EvidenceToDecision, rows: Rows) -> EvidenceToDecision:
    """The document with each cited value as the summary of findings has it now."""

    def fresh(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
        return tuple(with_new_values(sentence, rows) for sentence in sentences)

    criteria = tuple(
        judged.model_copy(
            update={
                "evidence": fresh(judged.evidence),
                "considerations": fresh(judged.considerations),
            }
        )
        for judged in decision.criteria
    )
    conclusions = tuple(
        conclusion.model_copy(update={"sentences": fresh(conclusion.sentences)})
        for conclusion in decision.conclusions
    )
    return decision.model_copy(update={"criteria": criteria, "conclusions": conclusions})
