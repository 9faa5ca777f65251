"""The parts of an Evidence-to-Decision document whose sentences can be edited on their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from evidence.decision.scales import FRAMEWORK, DecisionCriterion
from evidence.findings import (
    Conclusion,
    ConclusionPart,
    CriterionJudgement,
    EvidenceToDecision,
    Sentence,
)

CONCLUSION_TITLES: Mapping[ConclusionPart, str] = {
    "justification": "Justification",
    "subgroups": "Subgroup considerations",
    "implementation": "Implementation considerations",
    "monitoring": "Monitoring and evaluation",
    "research": "Research priorities",
    "evidence_summary": "Evidence summary",
    "plain_language": "Plain-language summary",
}


class CriterionPart(NamedTuple):
    """What was found on a criterion, or why it was judged so."""

    criterion: DecisionCriterion
    said: Literal["evidence", "considerations"]

    @property
    def title(self) -> str:
        """`Values, considerations`."""
        return f"{FRAMEWORK[self.criterion].title}, {self.said}"


class ConclusionSentences(NamedTuple):
    """The sentences of a conclusion."""

    part: ConclusionPart

    @property
    def title(self) -> str:
        """`Research priorities`."""
        return CONCLUSION_TITLES[self.part]


DecisionPart = CriterionPart | ConclusionSentences


def parts_of(decision: EvidenceToDecision) -> list[DecisionPart]:
    """Every part in the order of the document; the evidence of a criterion where there is some."""
    found: list[DecisionPart] = []
    for judged in decision.criteria:
        if judged.evidence:
            found.append(CriterionPart(judged.criterion, "evidence"))
        found.append(CriterionPart(judged.criterion, "considerations"))
    return found + [ConclusionSentences(conclusion.part) for conclusion in decision.conclusions]


def part_sentences(decision: EvidenceToDecision, part: DecisionPart) -> tuple[Sentence, ...]:
    """The sentences of a part; none where the document lacks the part."""
    if isinstance(part, CriterionPart):
        judged = decision.judged(part.criterion)
        return judged.evidence if part.said == "evidence" else judged.considerations
    return next((c.sentences for c in decision.conclusions if c.part == part.part), ())


def with_part(
    decision: EvidenceToDecision, part: DecisionPart, sentences: Sequence[Sentence]
) -> EvidenceToDecision:
    """The document with other sentences in one part.

    A note that told that there was nothing goes when there is something; the judgement of a
    criterion stays.
    """
    told = tuple(sentences)
    if isinstance(part, CriterionPart):
        criteria = (
            _judged(judged, part, told) if judged.criterion == part.criterion else judged
            for judged in decision.criteria
        )
        return decision.model_copy(update={"criteria": tuple(criteria)})
    conclusions = (
        _concluded(conclusion, told) if conclusion.part == part.part else conclusion
        for conclusion in decision.conclusions
    )
    return decision.model_copy(update={"conclusions": tuple(conclusions)})


def changed_parts(
    before: EvidenceToDecision | None, after: EvidenceToDecision | None
) -> list[DecisionPart]:
    """The parts whose sentences differ, in the order of the later document."""
    if before is None or after is None:
        return []
    every = dict.fromkeys([*parts_of(after), *parts_of(before)])
    return [p for p in every if part_sentences(before, p) != part_sentences(after, p)]


def _judged(
    judged: CriterionJudgement, part: CriterionPart, told: tuple[Sentence, ...]
) -> CriterionJudgement:
    was_empty = not (judged.evidence or judged.considerations)
    note = "" if was_empty and told else judged.note
    return judged.model_copy(update={part.said: told, "note": note})


def _concluded(conclusion: Conclusion, told: tuple[Sentence, ...]) -> Conclusion:
    note = "" if told and not conclusion.sentences else conclusion.note
    return conclusion.model_copy(update={"sentences": told, "note": note})
