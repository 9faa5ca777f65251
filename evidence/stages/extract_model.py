"""Extraction by a language model: a call for the study's fields, and one for each outcome.

The model copies and names the place; code checks the place, takes totals and computes the rest.
What does not stand in the document is dropped, and the reason says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import prompts
from evidence.errors import EngineError
from evidence.extraction.abbreviations import abbreviations
from evidence.extraction.arms import find_arms
from evidence.extraction.by_model.answers import CharacteristicsAnswer, NumbersAnswer
from evidence.extraction.by_model.arm_fit import ROLES, ArmNames
from evidence.extraction.by_model.beside import side_by_side
from evidence.extraction.by_model.contexts import ExtractionContexts
from evidence.extraction.by_model.results import Asked, outcomes_of
from evidence.extraction.by_model.study import (
    FIELD_MEANINGS,
    checked_arms,
    checked_characteristics,
    field_groups,
)
from evidence.extraction.characteristics import characteristics
from evidence.extraction.outcomes import OutcomeConcept, outcome_concept
from evidence.grounding import numerals
from evidence.judgements import (
    MACHINE,
    Arm,
    Characteristic,
    ExtractedOutcome,
    Provenance,
    StudyCharacteristics,
)
from evidence.llm.prompting import PLAIN, Prompting, ask_runs
from evidence.llm.protocol import ENGINE, LanguageModel
from evidence.question import ClinicalQuestion
from evidence.reading.excerpts import size_bytes
from evidence.reading.machine_address import told_of_address
from evidence.stages.extract import Extraction, Extractor
from indexers.records import Document

STUDY_PROMPT, NUMBERS_PROMPT = "extract_characteristics", "extract_numbers"
_MOST_DROPPED = 20


@dataclass(frozen=True)
class _Study:
    """What one call read of a study: `told` says of what part, `failure` why nothing was read.

    `unanswered` names the fields where that was a fault.
    """

    values: tuple[Characteristic, ...] = ()
    arms: tuple[Arm, ...] = ()
    dropped: tuple[str, ...] = ()
    told: str = ""
    failure: str = ""
    model: str = ""
    unanswered: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Numbers:
    """What was read of one outcome; `failure` says why nothing was.

    `unanswered` names the outcome, or its runs, where a call failed.
    """

    outcomes: tuple[ExtractedOutcome, ...]
    dropped: tuple[str, ...] = ()
    failure: str = ""
    unanswered: tuple[str, ...] = ()


class ModelExtractor:
    """Extracts with a language model.

    A call that fails leaves its outcome, or its fields, without an answer of the model; the
    provenance of the characteristics says so, and what was dropped. `beside` is another engine
    whose numbers are compared: what both read is noted, where they differ both are flagged. The
    fields are asked for once; the examples and the runs of `prompting` are for the numbers, and a
    result that too few runs read is flagged.
    """

    def __init__(
        self,
        model: LanguageModel,
        contexts: ExtractionContexts | None = None,
        beside: Extractor | None = None,
        prompting: Prompting = PLAIN,
    ) -> None:
        self._model = model
        self._prompting = prompting
        self._contexts = contexts or ExtractionContexts()
        self._beside = beside

    def extract(self, question: ClinicalQuestion, document: Document) -> Extraction:
        """The characteristics of the study and its results for the question's outcomes."""
        definitions = abbreviations(document)
        names = ArmNames(document, find_arms(document, question.pico, definitions))
        groups = field_groups(self._model.settings.max_tokens)
        study = [self._study(question, document, fields, names, fields is groups[0])
                 for fields in groups]  # fmt: skip
        concepts = tuple(outcome_concept(text, definitions) for text in question.pico.outcomes)
        asked = Asked(document, concepts, names, _n_randomised(document))
        read = {c.text: self._numbers(question, c, asked) for c in concepts}
        outcomes = tuple(outcome for numbers in read.values() for outcome in numbers.outcomes)
        unread = {text: numbers.failure for text, numbers in read.items() if numbers.failure}
        other = self._beside.extract(question, document) if self._beside is not None else None
        if other is not None:
            outcomes = side_by_side(outcomes, other.outcomes, tuple(unread))
            study = _filled(study, groups, other.characteristics)
        told = [f"{_calls(len(groups))} for the study's fields"]
        told += [part.told for part in study if part.told]
        told += [part.failure for part in study if part.failure]
        told += [f"{text}: {failure}" for text, failure in unread.items()]
        dropped = [said for part in study for said in part.dropped]
        dropped += [f"{text}: {said}" for text, n in read.items() for said in n.dropped]
        unanswered = tuple(name for part in study for name in part.unanswered)
        unanswered += tuple(name for numbers in read.values() for name in numbers.unanswered)
        model = next((part.model for part in study if part.model), self._model.settings.model)
        return Extraction(
            characteristics=StudyCharacteristics(
                record_id=document.record_id,
                characteristics=tuple(value for part in study for value in part.values),
                arms=tuple(arm for part in study for arm in part.arms),
                provenance=self._provenance(
                    model,
                    prompts.digest(STUDY_PROMPT),
                    _reason(told, dropped) + told_of_address(document),
                    unanswered,
                ),
            ),
            outcomes=outcomes,
            directions=other.directions if other is not None else (),
        )

    def _study(
        self,
        question: ClinicalQuestion,
        document: Document,
        fields: tuple[str, ...],
        names: ArmNames,
        with_arms: bool,
    ) -> _Study:
        inputs: dict[str, object] = {
            "fields": [(name, FIELD_MEANINGS[name]) for name in fields],
            "arms": with_arms,
            "question": question,
        }
        failed = f"the fields {', '.join(fields)} were not read"
        shown = self._contexts.for_fields(document, fields, self._room(STUDY_PROMPT, inputs))
        if shown is None:
            return _Study(failure=f"{failed}: {_nothing_shown(document)}")
        prompt = prompts.render(STUDY_PROMPT, document=shown.text, **inputs)
        try:
            reply = self._model.complete(prompt, CharacteristicsAnswer)
        except EngineError as error:
            return _Study(failure=f"{failed}: {error}", unanswered=fields)
        values, dropped = checked_characteristics(reply.value.characteristics, fields, document)
        arms, without = (
            checked_arms(reply.value.arms, document, names.known) if with_arms else ((), ())
        )
        return _Study(values, arms, (*dropped, *without), told=shown.note, model=reply.model)

    def _numbers(
        self, question: ClinicalQuestion, concept: OutcomeConcept, asked: Asked
    ) -> _Numbers:
        inputs: dict[str, object] = {
            "question": question,
            "outcome": concept.text,
            "names": _named(asked.names),
            "examples": self._prompting.examples(
                "extract_numbers",
                [concept.text],
                asked.document,
                self._model.settings.prompt_limit_bytes,
            ),
        }
        room = self._room(NUMBERS_PROMPT, inputs)
        shown = self._contexts.for_outcome(asked.document, concept.text, room)
        if shown is None:
            return _Numbers((), failure=f"no numbers: {_nothing_shown(asked.document)}")
        prompt = prompts.render(NUMBERS_PROMPT, document=shown.text, **inputs)
        try:
            runs = ask_runs(self._model, self._prompting, lambda _run: prompt, NumbersAnswer)
        except EngineError as error:
            failure = f"no numbers, the call failed: {error}"
            return _Numbers((), failure=failure, unanswered=(concept.text,))
        reason = f"one call for the outcome; {shown.note}{self._prompting.told}{runs.told}"
        provenance = self._provenance(runs.model, self._prompting.digest(NUMBERS_PROMPT), reason)
        read = [
            outcomes_of(reply.value, concept, asked, shown.tables, provenance)
            for reply in runs.replies
        ]
        dropped = tuple(said for _, without in read for said in without)
        voted = _voted([own for own, _ in read], self._prompting)
        return _Numbers(voted, dropped, unanswered=runs.unanswered(concept.text))

    def _room(self, name: str, inputs: dict[str, object]) -> int:
        """The bytes that a prompt leaves to the document."""
        empty = prompts.render(name, document="", **inputs)
        return self._model.settings.prompt_limit_bytes - size_bytes(empty)

    def _provenance(
        self, model: str, prompt_digest: str, reason: str, unanswered: tuple[str, ...] = ()
    ) -> Provenance:
        return Provenance(
            actor=MACHINE,
            engine=ENGINE,
            reason=reason,
            model=model,
            prompt_digest=prompt_digest,
            unanswered=unanswered,
        )


def _filled(
    study: list[_Study], groups: list[tuple[str, ...]], other: StudyCharacteristics
) -> list[_Study]:
    """The parts of a study, those that no call read by the other engine's values, which is said."""
    filled = []
    for part, fields in zip(study, groups, strict=True):
        if part.failure:
            values = tuple(c for c in other.characteristics if c.field in fields)
            arms = other.arms if fields is groups[0] else ()
            failure = f"{part.failure}; they are by {other.provenance.engine} instead"
            part = replace(part, values=values, arms=arms, failure=failure)
        filled.append(part)
    return filled


def _voted(
    read: Sequence[Sequence[ExtractedOutcome]], prompting: Prompting
) -> tuple[ExtractedOutcome, ...]:
    """Each result as the first run that read it has it; one of too few runs is flagged.

    Results of two runs are the same when arms, time and numbers are; places and wording may differ.
    """
    first: dict[tuple[object, ...], ExtractedOutcome] = {}
    runs_of: Counter[tuple[object, ...]] = Counter()
    for own in read:
        alike: Counter[tuple[object, ...]] = Counter()  # one run may read a result twice
        for outcome in own:
            result = _result(outcome)
            alike[result] += 1
            first.setdefault((alike[result], *result), outcome)
        runs_of.update((n, *result) for result, most in alike.items() for n in range(1, most + 1))
    return tuple(
        outcome
        if runs_of[key] >= prompting.threshold
        else _doubted(outcome, runs_of[key], prompting)
        for key, outcome in first.items()
    )


def _result(outcome: ExtractedOutcome) -> tuple[object, ...]:
    time = outcome.time_point if outcome.time_point_days is None else outcome.time_point_days
    return (outcome.intervention, outcome.comparator, time, outcome.data)


def _doubted(outcome: ExtractedOutcome, n: int, prompting: Prompting) -> ExtractedOutcome:
    told = f"read by {n} of {prompting.runs} runs, {prompting.threshold} have to agree"
    return outcome.model_copy(update={"flags": (*outcome.flags, told)})


def _nothing_shown(document: Document) -> str:
    if not document.text.strip():
        return "the document has no text"
    return "no text of the report fits context_window_tokens; raise it"


def _calls(n: int) -> str:
    return "one call" if n == 1 else f"{n} calls"


def _reason(told: list[str], dropped: list[str]) -> str:
    """All that was read and was not, and the first of what was dropped."""
    said = list(dict.fromkeys(dropped))
    more = len(said) - _MOST_DROPPED
    parts = list(dict.fromkeys(told))
    if said:
        parts.append(f"dropped: {'; '.join(said[:_MOST_DROPPED])}")
    return "; ".join(parts) + (f"; and {more} more" if more > 0 else "")


def _named(names: ArmNames) -> str:
    """The arms' names by role, as lines of data: they come from the document, as a text does."""
    lines = []
    for role in ROLES:
        own = dict.fromkeys(n for arm in names.known if arm.role == role for n in arm.names)
        if own:
            lines.append(f"Names of the {role}: {'; '.join(own)}\n")
    return "".join([*lines, "\n"] if lines else [])


def _n_randomised(document: Document) -> int | None:
    """The participants randomised, where the rules read one number of them."""
    told = {n for c in characteristics(document) if c.field == "number_randomised"
            for n in numerals(c.value)}  # fmt: skip
    number = told.pop() if len(told) == 1 else None
    return int(number) if number is not None and number.is_integer() else None
