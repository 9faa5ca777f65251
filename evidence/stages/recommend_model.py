"""Recommendations worded by a language model, from printed values and quotes, each one checked.

The model computes nothing and decides nothing that the numbers do not carry: a draft that is
stronger than its certainty or points the other way than the critical outcome is not used.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import model_validator

import prompts
from evidence.direction import AT_LEAST_LOW, critical_row, favours, has_effect
from evidence.errors import EngineError
from evidence.findings import CitedValue, Recommendation, Sentence, SummaryOfFindingsRow
from evidence.findings_text import printable_fields, printed
from evidence.grounding import sentence_problems
from evidence.llm.protocol import LanguageModel
from evidence.question import ClinicalQuestion
from indexers.records import Frozen, Quote

_LOG = logging.getLogger(__name__)


class ValueAnswer(Frozen):
    """A printed value that a sentence uses."""

    row_id: str
    field: str


class SentenceAnswer(Frozen):
    """A sentence with the values and quotes that it cites."""

    text: str
    values: tuple[ValueAnswer, ...]
    quote_ids: tuple[str, ...]


class RecommendationAnswer(Frozen):
    """The model's draft."""

    direction: Literal["for", "against", "none"]
    strength: Literal["strong", "conditional", "none"]
    direction_sentence: SentenceAnswer
    sentences: tuple[SentenceAnswer, ...]

    @model_validator(mode="after")
    def _strength_fits_direction(self) -> RecommendationAnswer:
        if (self.direction == "none") != (self.strength == "none"):
            raise ValueError("strength is none exactly when direction is none")
        return self


class ModelRecommender:
    """Drafts with a language model; a sentence that is not grounded is dropped.

    Without a grounded sentence for its direction there is no draft: it abstains and says why.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    def recommend(
        self, question: ClinicalQuestion, rows: Sequence[SummaryOfFindingsRow]
    ) -> Recommendation:
        """The draft, or an abstention; without any row it has no sentence."""
        if not rows:
            return _abstention("there is no summary of findings", rows)
        by_id = {row.row_id: row for row in rows}
        prompt, quotes = self._prompt(question, rows)
        if prompt is None:
            return _abstention("the summary of findings does not fit the context window", rows)
        try:
            answer = self._model.complete(prompt, RecommendationAnswer).value
        except EngineError as error:
            _LOG.warning("recommend: %s", error)
            return _abstention("the language model gave no usable answer", rows)
        objection = _objection(answer, critical_row(question, rows))
        if objection is not None:
            return _abstention(objection, rows)
        opening = _grounded(answer.direction_sentence, by_id, quotes)
        if opening is None:
            return _abstention("the language model's main sentence is not grounded", rows)
        others = [_grounded(sentence, by_id, quotes) for sentence in answer.sentences]
        sentences = (opening, *(sentence for sentence in others if sentence is not None))
        cited = {value.row_id for sentence in sentences for value in sentence.computed}
        return Recommendation(
            direction=answer.direction,
            strength=answer.strength,
            sentences=sentences,
            cited_rows=tuple(row.row_id for row in rows if row.row_id in cited),
            abstained=answer.direction == "none",
        )

    def _prompt(
        self, question: ClinicalQuestion, rows: Sequence[SummaryOfFindingsRow]
    ) -> tuple[str | None, dict[str, Quote]]:
        """The prompt with as many quotes as fit, and those quotes; no prompt when the rows do not.

        Quotes go in one from each row in turn, so that none goes without for the length of another.
        """
        limit = self._model.settings.prompt_limit_bytes
        lines = [
            f"{row.row_id} | {field} | {printed(row, field)}"
            for row in rows
            for field in printable_fields(row)
        ]
        table = "\n".join(lines)
        bare = prompts.render("recommend", question=question, rows=table, quotes="")
        room = limit - len(bare.encode())
        if room < 0:
            return None, {}
        quotes: dict[str, Quote] = {}
        shown = []
        for quote in _in_turn(rows):
            line = f"Q{len(quotes) + 1} | {' '.join(quote.text.split())}"
            room -= len(line.encode()) + 1
            if room < 0:
                break
            quotes[f"Q{len(quotes) + 1}"] = quote
            shown.append(line)
        text = "\n".join(shown)
        return prompts.render("recommend", question=question, rows=table, quotes=text), quotes


def _in_turn(rows: Sequence[SummaryOfFindingsRow]) -> list[Quote]:
    """The quotes of the pooled values: the first of each row, the second of each, and so on."""
    columns = [
        [q for study in row.studies if study.percent is not None for q in study.quotes]
        for row in rows
    ]
    longest = max((len(column) for column in columns), default=0)
    turns = (column[i] for i in range(longest) for column in columns if i < len(column))
    return list(dict.fromkeys(turns))


def _objection(answer: RecommendationAnswer, critical: SummaryOfFindingsRow | None) -> str | None:
    """What the numbers say against a draft; None when they say nothing."""
    if answer.direction == "none":
        return None
    if critical is None:
        return "no row is about the question's first outcome"
    if not has_effect(critical) or critical.certainty not in AT_LEAST_LOW:
        return "the critical outcome has no effect of at least low certainty"
    if answer.strength == "strong" and critical.certainty == "low":
        return "the language model drafted a strong recommendation on low certainty"
    side = favours(critical)
    if side is not None and (side == "intervention") != (answer.direction == "for"):
        return "the language model's draft points the other way than the critical outcome"
    return None


def _grounded(
    answer: SentenceAnswer,
    rows: Mapping[str, SummaryOfFindingsRow],
    quotes: Mapping[str, Quote],
) -> Sentence | None:
    """The sentence with what it cites; None when a citation or a number does not hold."""
    cited: dict[str, CitedValue] = {}
    for value in answer.values:
        row = rows.get(value.row_id)
        if row is None or value.field not in printable_fields(row):
            _log_dropped(answer, f"{value.row_id} {value.field} cannot be cited")
            return None
        text = printed(row, value.field)
        cited.setdefault(text, CitedValue(text=text, row_id=value.row_id, field=value.field))
    unknown = [quote_id for quote_id in answer.quote_ids if quote_id not in quotes]
    if unknown:
        _log_dropped(answer, f"there is no quote {unknown[0]}")
        return None
    sentence = Sentence(
        text=" ".join(answer.text.split()),
        quotes=tuple(quotes[quote_id] for quote_id in dict.fromkeys(answer.quote_ids)),
        computed=tuple(cited.values()),
    )
    problems = sentence_problems(sentence)
    if problems:
        _log_dropped(answer, problems[0])
        return None
    return sentence


def _log_dropped(answer: SentenceAnswer, reason: str) -> None:
    _LOG.warning("recommend: dropped %r: %s", answer.text[:60], reason)


def _abstention(why: str, rows: Sequence[SummaryOfFindingsRow]) -> Recommendation:
    """No recommendation, and why; the sentence rests on the first row, as every sentence must."""
    sentences: tuple[Sentence, ...] = ()
    if rows:
        first = rows[0]
        counted, outcome = printed(first, "k_studies"), printed(first, "outcome")
        cited = (
            CitedValue(text=counted, row_id=first.row_id, field="k_studies"),
            CitedValue(text=outcome, row_id=first.row_id, field="outcome"),
        )
        text = f"No recommendation is drafted: {why}. On {outcome} there is evidence of {counted}."
        sentences = (Sentence(text=text, computed=cited),)
    return Recommendation(
        direction="none",
        strength="none",
        sentences=sentences,
        cited_rows=tuple(row.row_id for row in rows[:1]),
        abstained=True,
    )
