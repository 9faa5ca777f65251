"""What a language model answers when it drafts a recommendation, and whether a sentence holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import model_validator

from evidence.decision.scales import FRAMEWORK, GUIDELINE_CRITERIA, GuidelineCriterion
from evidence.findings import CitedValue, Sentence, SummaryOfFindingsRow
from evidence.findings_text import printable_fields, printed
from evidence.grounding import sentence_problems
from indexers.records import Frozen, Quote

ToldPlace = Literal["subgroups", "implementation", "monitoring", "research"]


class ValueAnswer(Frozen):
    """A printed value that a sentence uses."""

    row_id: str
    field: str


class SentenceAnswer(Frozen):
    """A sentence with the values and quotes that it cites."""

    text: str
    values: tuple[ValueAnswer, ...]
    quote_ids: tuple[str, ...]


class ConsiderationAnswer(Frozen):
    """What guidelines say on a criterion, judged on its scale, or on one of the conclusions."""

    about: GuidelineCriterion | ToldPlace
    judgement: str | None
    sentence: SentenceAnswer

    @model_validator(mode="after")
    def _judgement_on_its_scale(self) -> ConsiderationAnswer:
        if self.judgement is None:
            return self
        allowed: tuple[str, ...] = ()
        for place in GUIDELINE_CRITERIA:
            if place == self.about:
                allowed = FRAMEWORK[place].scale
        if self.judgement not in allowed:
            told = ", ".join(allowed) or "null"
            raise ValueError(f"judgement {self.judgement!r} on {self.about}: expected {told}")
        return self


class RecommendationAnswer(Frozen):
    """The model's draft."""

    direction: Literal["for", "against", "none"]
    strength: Literal["strong", "conditional", "none"]
    direction_sentence: SentenceAnswer
    sentences: tuple[SentenceAnswer, ...]
    considerations: tuple[ConsiderationAnswer, ...] = ()

    @model_validator(mode="after")
    def _strength_fits_direction(self) -> RecommendationAnswer:
        if (self.direction == "none") != (self.strength == "none"):
            raise ValueError("strength is none exactly when direction is none")
        return self

    @property
    def every_sentence(self) -> tuple[SentenceAnswer, ...]:
        """The main sentence, the others, and those of the considerations."""
        considered = (consideration.sentence for consideration in self.considerations)
        return (self.direction_sentence, *self.sentences, *considered)


class RepairedSentence(Frozen):
    """A sentence once more, under the number it was shown with."""

    number: int
    sentence: SentenceAnswer


class RepairAnswer(Frozen):
    """The model's second try on the sentences that did not hold."""

    sentences: tuple[RepairedSentence, ...]


@dataclass(frozen=True)
class Citable:
    """What may be cited: values of rows by row id, quotes and guidelines by ids of the prompt."""

    rows: Mapping[str, SummaryOfFindingsRow]
    quotes: Mapping[str, Quote]
    guidelines: Mapping[str, Quote]

    def holds(self, value: ValueAnswer) -> bool:
        """Whether a value may be cited."""
        row = self.rows.get(value.row_id)
        return row is not None and value.field in printable_fields(row)

    def grounded(self, answer: SentenceAnswer, *, of_guideline: bool = False) -> Sentence | str:
        """The sentence with what it cites, or why it does not hold.

        Args:
            answer: What the model wrote.
            of_guideline: Whether it has to cite a sentence of a guideline.
        """
        known = {**self.quotes, **self.guidelines}
        if of_guideline and not any(quote_id in self.guidelines for quote_id in answer.quote_ids):
            return "it cites no guideline sentence"
        cited: dict[str, CitedValue] = {}
        for value in answer.values:
            if not self.holds(value):
                return f"{value.row_id} {value.field} cannot be cited"
            text = printed(self.rows[value.row_id], value.field)
            cited.setdefault(text, CitedValue(text=text, row_id=value.row_id, field=value.field))
        unknown = [quote_id for quote_id in answer.quote_ids if quote_id not in known]
        if unknown:
            return f"there is no quote {unknown[0]}"
        sentence = Sentence(
            text=" ".join(answer.text.split()),
            quotes=tuple(known[quote_id] for quote_id in dict.fromkeys(answer.quote_ids)),
            computed=tuple(cited.values()),
        )
        problems = sentence_problems(sentence)
        return problems[0] if problems else sentence

    def counted(self, answers: tuple[SentenceAnswer, ...]) -> tuple[int, int]:
        """How many citations the sentences make, and how many of them may be made."""
        values = [value for answer in answers for value in answer.values]
        ids = [quote_id for answer in answers for quote_id in answer.quote_ids]
        known = {*self.quotes, *self.guidelines}
        held = sum(map(self.holds, values)) + sum(quote_id in known for quote_id in ids)
        return len(values) + len(ids), held
