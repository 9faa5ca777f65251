"""Formulation by a language model: one call that parts a question into comparisons with PICO.

The decomposition follows Quicker (Li et al. 2025, arXiv 2505.10282): one clinical question becomes
sub-questions by comparison. What the model writes is a draft for a person; where it gives no usable
answer the offline grammar formulates, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

import prompts
from evidence.errors import EngineError
from evidence.judgements import MACHINE, Provenance
from evidence.llm.protocol import ENGINE, LanguageModel
from evidence.question import ClinicalQuestion, EligibilityCriterion, Pico
from evidence.stages.formulate import OfflineFormulator, derive_criteria, formulate_all
from evidence.strategy.variants import american, singular
from indexers.mesh import plain_words
from indexers.records import Frozen

PROMPT = "formulate"
MOST_COMPARISONS = 12
MOST_ENTRIES = 20
"""Outcomes of a comparison, and criteria of a question."""

LONGEST_TEXT = 500
# What models write where a question does not say; it names no comparator and no outcome.
_NOTHING = re.compile(
    r"(?:none|n/?a|null|not (?:specified|stated|applicable|mentioned|given)|unspecified|unknown"
    r"|-+)\.?",
    re.IGNORECASE,
)
_LINKING = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "is",
        "no",
        "not",
        "of",
        "on",
        "or",
        "other",
        "than",
        "that",
        "the",
        "their",
        "to",
        "versus",
        "vs",
        "who",
        "with",
        "without",
    ]
)


def _line(text: str) -> str:
    """One printable line of bounded length; nothing for a word that says there is nothing."""
    flat = " ".join(text.split())
    if len(flat) > LONGEST_TEXT:
        raise ValueError(f"expected at most {LONGEST_TEXT} characters")
    if not flat.isprintable():
        raise ValueError("expected printable characters")
    return "" if _NOTHING.fullmatch(flat) else flat


# Lengths are checked here and stay out of the JSON schema: not every server takes them there.
_Line = Annotated[str, AfterValidator(_line)]


def _at_most(n_items: int) -> Any:
    """A bound that a server can hold a weak model to; the validators below count by themselves."""
    return Field(json_schema_extra={"maxItems": n_items})


class ComparisonAnswer(Frozen):
    """A sub-question with its PICO."""

    question: _Line
    population: _Line
    intervention: _Line
    comparator: _Line
    outcomes: tuple[_Line, ...] = _at_most(MOST_ENTRIES)

    @field_validator("outcomes")
    @classmethod
    def _outcomes_say_something(cls, outcomes: tuple[str, ...]) -> tuple[str, ...]:
        if len(outcomes) > MOST_ENTRIES:
            raise ValueError(f"expected at most {MOST_ENTRIES} outcomes")
        return tuple(dict.fromkeys(outcome for outcome in outcomes if outcome))

    @model_validator(mode="after")
    def _is_about_something(self) -> ComparisonAnswer:
        if not (self.population or self.intervention):
            raise ValueError("expected a population or an intervention")
        if self.intervention and self.intervention.lower() == self.comparator.lower():
            raise ValueError("intervention and comparator are the same")
        return self


class CriterionAnswer(Frozen):
    """A criterion that holds for all comparisons."""

    about: Literal["population", "outcome", "design", "other"]
    kind: Literal["inclusion", "exclusion"]
    text: _Line


class FormulationAnswer(Frozen):
    """The model's formulation of a question."""

    comparisons: tuple[ComparisonAnswer, ...] = _at_most(MOST_COMPARISONS)
    criteria: tuple[CriterionAnswer, ...] = _at_most(MOST_ENTRIES)

    @model_validator(mode="after")
    def _is_of_a_size(self) -> FormulationAnswer:
        if not 1 <= len(self.comparisons) <= MOST_COMPARISONS:
            raise ValueError(f"expected 1 to {MOST_COMPARISONS} comparisons")
        if len(self.criteria) > MOST_ENTRIES:
            raise ValueError(f"expected at most {MOST_ENTRIES} criteria")
        return self


class Formulation(Frozen):
    """A question for each comparison, who formulated them, and what a person should look at."""

    questions: tuple[ClinicalQuestion, ...]
    provenance: Provenance
    notices: tuple[str, ...] = ()


class ModelFormulator:
    """Formulates with a language model, and by the offline grammar where that gives no answer."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    def formulate(self, text: str) -> ClinicalQuestion:
        """The question as one: alternatives of several comparisons are joined by `or`."""
        formulation = self.formulation(text)
        if formulation.provenance.engine != ENGINE:
            return OfflineFormulator().formulate(text)
        return _joined(text, formulation.questions)

    def formulate_all(self, text: str) -> tuple[ClinicalQuestion, ...]:
        """A question for each comparison."""
        return self.formulation(text).questions

    def formulation(self, text: str) -> Formulation:
        """The questions with their provenance; a failed call is a notice and an offline draft."""
        try:
            prompt = prompts.render(PROMPT, question_text=text)
            if len(prompt.encode("utf-8", "replace")) > self._model.settings.prompt_limit_bytes:
                raise EngineError("the question does not fit context_window_tokens")
            reply = self._model.complete(prompt, FormulationAnswer)
        except EngineError as error:
            return offline_formulation(text, f"the language model did not formulate: {error}")
        questions = _questions(text, reply.value)
        return Formulation(
            questions=questions,
            provenance=Provenance(
                actor=MACHINE,
                engine=ENGINE,
                reason="one call for all comparisons",
                model=reply.model,
                prompt_digest=prompts.digest(PROMPT),
            ),
            notices=tuple(_own_wording(text, questions)),
        )


def offline_formulation(text: str, failure: str = "") -> Formulation:
    """The formulation by grammar; `failure` says why a language model did not make it."""
    return Formulation(
        questions=formulate_all(text),
        provenance=Provenance(actor=MACHINE, engine="offline", reason=failure),
        notices=(f"{failure}; formulated offline",) if failure else (),
    )


def _questions(text: str, answer: FormulationAnswer) -> tuple[ClinicalQuestion, ...]:
    """A question for each comparison that differs; a single one keeps the words it was put in."""
    comparisons = list({_pair(c): c for c in reversed(answer.comparisons)}.values())[::-1]
    one_population = len({c.population.lower() for c in comparisons}) == 1
    shared = [c for c in answer.criteria if one_population or c.about != "population"]
    found = []
    for comparison in comparisons:
        pico = Pico(**comparison.model_dump(exclude={"question"}))
        alone = len(comparisons) == 1 or not comparison.question
        asked = text if alone else comparison.question
        criteria = _criteria(pico, shared)
        found.append(ClinicalQuestion(text=asked, pico=pico, criteria=criteria))
    return tuple(found)


def _pair(comparison: ComparisonAnswer) -> tuple[str, str, str]:
    return (
        comparison.population.lower(),
        comparison.intervention.lower(),
        comparison.comparator.lower(),
    )


def _criteria(pico: Pico, answers: Sequence[CriterionAnswer]) -> tuple[EligibilityCriterion, ...]:
    """The model's criteria; where it has none of inclusion on an element, that by rule from PICO.

    Ids are made here, not by the model: the element, with a number from the second one on.
    """
    told = [answer for answer in answers if answer.text]
    included = {answer.about for answer in told if answer.kind == "inclusion"}
    by_rule = [c for c in derive_criteria(pico) if c.criterion_id not in included]
    of_model = [
        EligibilityCriterion(criterion_id=answer.about, kind=answer.kind, text=answer.text)
        for answer in told
    ]
    order = ("population", "intervention", "comparator", "outcome", "design", "other")
    both = sorted([*by_rule, *of_model], key=lambda c: order.index(c.criterion_id))
    counts: dict[str, int] = {}
    found: dict[tuple[str, str], EligibilityCriterion] = {}
    for criterion in both:
        if (criterion.kind, criterion.text) in found:
            continue
        n = counts[criterion.criterion_id] = counts.get(criterion.criterion_id, 0) + 1
        name = criterion.criterion_id if n == 1 else f"{criterion.criterion_id}-{n}"
        found[criterion.kind, criterion.text] = criterion.model_copy(update={"criterion_id": name})
    return tuple(found.values())


def _own_wording(text: str, questions: Sequence[ClinicalQuestion]) -> list[str]:
    """What the model put into words that the question does not hold: a person must see it."""
    asked = _stems(text)
    found: dict[str, None] = {}
    for question in questions:
        pico = question.pico
        named = [
            ("population", pico.population),
            ("intervention", pico.intervention),
            ("comparator", pico.comparator),
            *(("outcome", outcome) for outcome in pico.outcomes),
        ]
        for element, words in named:
            if not _stems(words) <= asked:
                found.setdefault(f"{element} {words[:80]!r}")
    if not found:
        return []
    return [f"not in the question's own words, check: {', '.join(found)}"]


def _stems(text: str) -> set[str]:
    words = plain_words(american(text)).split()
    return {singular(word) for word in words if word not in _LINKING}


def _joined(text: str, questions: Sequence[ClinicalQuestion]) -> ClinicalQuestion:
    """One question of several comparisons."""
    if len(questions) == 1:
        return questions[0]
    picos = [question.pico for question in questions]
    outcomes = dict.fromkeys(outcome for pico in picos for outcome in pico.outcomes)
    pico = Pico(
        population=_or(pico.population for pico in picos),
        intervention=_or(pico.intervention for pico in picos),
        comparator=_or(pico.comparator for pico in picos),
        outcomes=tuple(outcomes),
    )
    derived = {c.criterion_id: c for c in derive_criteria(pico)}
    criteria = tuple(
        derived.get(c.criterion_id, c) if c.criterion_id in ("intervention", "comparator") else c
        for c in questions[0].criteria
    )
    return ClinicalQuestion(text=text, pico=pico, criteria=criteria)


def _or(names: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(name for name in names if name))
