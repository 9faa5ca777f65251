"""The decision document as a reader gets it: titles, marked scales, numbered quotes.

HTML, Markdown and DOCX print the same parts in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from evidence.decision.decision_parts import CONCLUSION_TITLES
from evidence.decision.scales import FRAMEWORK, NOT_JUDGED, RECOMMENDATION_TYPES, UNORDERED
from evidence.findings import Conclusion, DraftingCounts, Recommendation, Sentence
from indexers.records import Quote

NO_TYPE = "no recommendation"
_JUDGES = {"rules": "by rules", "language_model": "by the language model", "person": "by a person"}


class Scale(NamedTuple):
    """A scale with what was answered; `place` is None where the answer has no place on it."""

    answer: str
    positions: tuple[str, ...]
    place: int | None

    @property
    def in_words(self) -> str:
        """`moderate: 3 of 4, from trivial to large`, for those who do not see the scale."""
        ends = f"from {self.positions[0]} to {self.positions[-1]}"
        if self.place is None:
            return f"{self.answer}, on a scale {ends}"
        return f"{self.answer}: {self.place + 1} of {len(self.positions)}, {ends}"


class ToldCriterion(NamedTuple):
    """A criterion ready to print."""

    title: str
    question: str
    scale: Scale
    judged_by: str
    evidence: tuple[Sentence, ...]
    considerations: tuple[Sentence, ...]
    note: str


class ToldDecision(NamedTuple):
    """The whole document; `conclusions` with their titles."""

    question: str
    criteria: tuple[ToldCriterion, ...]
    recommendation_type: Scale
    recommendation: tuple[Sentence, ...]
    conclusions: tuple[tuple[str, Conclusion], ...]
    drafting: str


@dataclass
class NumberedQuotes:
    """Quotes in the order of their first use, numbered from 1."""

    quotes: dict[Quote, int] = field(default_factory=dict)

    def numbers(self, quotes: Iterable[Quote]) -> list[int]:
        """The numbers of some quotes; new ones get the next."""
        return [self.quotes.setdefault(quote, len(self.quotes) + 1) for quote in quotes]


def decision_text(recommendation: Recommendation) -> ToldDecision | None:
    """What to print of a decision; None for drafts of earlier versions, which have none."""
    decision = recommendation.decision
    if decision is None:
        return None
    criteria = []
    for judged in decision.criteria:
        criterion = FRAMEWORK[judged.criterion]
        criteria.append(
            ToldCriterion(
                title=criterion.title,
                question=criterion.question,
                scale=_scale(criterion.scale, judged.judgement, NOT_JUDGED),
                judged_by="" if judged.judgement is None else _JUDGES[judged.judged_by],
                evidence=judged.evidence,
                considerations=judged.considerations,
                note=judged.note,
            )
        )
    return ToldDecision(
        question=decision.question,
        criteria=tuple(criteria),
        recommendation_type=_scale(RECOMMENDATION_TYPES, _type(recommendation), NO_TYPE),
        recommendation=recommendation.sentences,
        conclusions=tuple((CONCLUSION_TITLES[c.part], c) for c in decision.conclusions),
        drafting="" if decision.drafting is None else drafting_text(decision.drafting),
    )


def drafting_text(counts: DraftingCounts) -> str:
    """How a language model's sentences stood the checks, in a sentence or two."""
    told = (
        f"Of {counts.sentences} sentences by the language model {counts.supported} were grounded "
        f"at once, {counts.repaired} after one repair; {counts.removed} were removed."
    )
    if counts.citations:
        told += f" Of its {counts.citations} citations {counts.citations_held} held."
    return told


def _type(recommendation: Recommendation) -> str | None:
    if recommendation.direction == "none":
        return None
    return f"{recommendation.strength} recommendation {recommendation.direction} the intervention"


def _scale(answers: tuple[str, ...], answer: str | None, without: str) -> Scale:
    positions = tuple(a for a in answers if a not in UNORDERED)
    place = positions.index(answer) if answer in positions else None
    return Scale(answer or without, positions, place)
