"""Screening by a language model: one call a record, all criteria at once, each with its quote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import prompts
from evidence.eligibility import aggregate
from evidence.errors import EngineError
from evidence.judgements import (
    MACHINE,
    CriterionVerdict,
    Phase,
    Provenance,
    ScreeningDecision,
)
from evidence.llm.cost import CostEstimate, TokenPrices, estimate_calls
from evidence.llm.protocol import ENGINE, CallSettings, LanguageModel
from evidence.question import ClinicalQuestion, EligibilityCriterion
from evidence.quoting import locate
from evidence.reading.excerpts import size_bytes
from evidence.screening.criterion_weights import prior_weights, weighted_score
from evidence.stages.screen_contexts import PassageContexts
from indexers.records import Document, Frozen

_SENTENCE_END = re.compile(r"[.?!][\"')\]]*(?=\s)|(?=\n)")


class CriterionAnswer(Frozen):
    """The model's verdict on one criterion; the quote comes first, so that it is sought first."""

    criterion_id: str
    quote: str
    verdict: Literal["met", "unclear", "not_met"]


class ScreeningAnswer(Frozen):
    """The model's verdicts on all criteria."""

    criteria: tuple[CriterionAnswer, ...]


class ModelScreener:
    """Screens with a language model.

    A verdict counts with a quote that stands in the document, and is `unclear` without; so is
    every criterion of a record whose call failed.
    """

    def __init__(self, model: LanguageModel, contexts: PassageContexts | None = None) -> None:
        self._model = model
        self._contexts = contexts

    def screen(
        self, question: ClinicalQuestion, document: Document, phase: Phase
    ) -> ScreeningDecision:
        """The decision on one document."""
        asked = _asked(question, document, phase, self._model.settings, self._contexts)
        if isinstance(asked, _NotAsked):
            return self._undecided(question, document, phase, asked.reason)
        try:
            reply = self._model.complete(asked.prompt, ScreeningAnswer)
        except EngineError as error:
            return self._undecided(question, document, phase, str(error))
        verdicts = tuple(_verdict(c, reply.value.criteria, document) for c in question.criteria)
        fate, exclusion_reason = aggregate(question.criteria, verdicts)
        reason = f"one call for all criteria{asked.note}"
        return ScreeningDecision(
            record_id=document.record_id,
            phase=phase,
            verdict=fate,
            criteria=verdicts,
            exclusion_reason=exclusion_reason,
            score=weighted_score(question.criteria, verdicts, prior_weights(question.criteria)),
            provenance=self._provenance(reply.model, reason),
        )

    def _undecided(
        self, question: ClinicalQuestion, document: Document, phase: Phase, reason: str
    ) -> ScreeningDecision:
        """A decision that leaves everything to a person."""
        return ScreeningDecision(
            record_id=document.record_id,
            phase=phase,
            verdict="unclear",
            criteria=tuple(_unclear(c, reason) for c in question.criteria),
            provenance=self._provenance(self._model.settings.model, reason),
        )

    def _provenance(self, model: str, reason: str) -> Provenance:
        return Provenance(
            actor=MACHINE,
            engine=ENGINE,
            reason=reason,
            model=model,
            prompt_digest=prompts.digest("screen"),
        )


def estimate_screening(
    question: ClinicalQuestion,
    documents: Iterable[Document],
    phase: Phase,
    settings: CallSettings,
    calls_folder: Path | None = None,
    prices: TokenPrices | None = None,
    contexts: PassageContexts | None = None,
) -> CostEstimate:
    """What screening these documents will cost, before the first call.

    Args:
        question: Without criteria nothing is asked.
        documents: Those that nobody has judged yet; they are read one by one.
        phase: The phase of screening.
        settings: The model and how it is asked.
        calls_folder: Where answers of earlier runs are recorded.
        prices: None leaves the price out.
        contexts: What is shown of a full text; the screener's own.

    Raises:
        EngineError: A recorded call is damaged.
    """
    asked = (_asked(question, document, phase, settings, contexts) for document in documents)
    texts = (one.prompt for one in asked if isinstance(one, _Asked))
    return estimate_calls(texts, ScreeningAnswer, settings, calls_folder, prices)


class _Asked(NamedTuple):
    """A prompt, and in words which part of the document is in it when not the whole."""

    prompt: str
    note: str


class _NotAsked(NamedTuple):
    """Why a model is not asked at all."""

    reason: str


def _asked(
    question: ClinicalQuestion,
    document: Document,
    phase: Phase,
    settings: CallSettings,
    contexts: PassageContexts | None = None,
) -> _Asked | _NotAsked:
    if not question.criteria:
        return _NotAsked("the question has no criteria")
    if not document.text.strip():
        return _NotAsked("the document has no text")
    inputs: dict[str, object] = {
        "question": question,
        "criteria": question.criteria,
        "phase": phase,
    }
    limit = _room(settings, inputs | {"excerpts": False})
    if contexts is not None and phase == "full_text" and size_bytes(document.text) > limit:
        in_excerpts = inputs | {"excerpts": True}
        shown = contexts.shown(document, question, _room(settings, in_excerpts))
        if shown is not None:
            prompt = prompts.render("screen", document=shown.text, **in_excerpts)
            return _Asked(prompt, shown.note)
    text = cut(document.text, limit)
    if not text:
        return _NotAsked("the question leaves no room for the text in context_window_tokens")
    note = ""
    if len(text) < len(document.text):
        note = (
            f"; read up to character {len(text)} of {len(document.text)}, at the end of a "
            "sentence, because the context window ends there"
        )
    return _Asked(prompts.render("screen", document=text, excerpts=False, **inputs), note)


def _room(settings: CallSettings, inputs: dict[str, object]) -> int:
    """The bytes that the prompt leaves to the document."""
    return settings.prompt_limit_bytes - size_bytes(prompts.render("screen", document="", **inputs))


def cut(text: str, limit_bytes: int) -> str:
    """The longest beginning within the limit that ends with a sentence; empty when none does.

    Args:
        text: Any text; it is returned whole when it fits.
        limit_bytes: The limit on its length in UTF-8.
    """
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) <= limit_bytes:
        return text
    longest = raw[: max(limit_bytes, 0)].decode("utf-8", "ignore")
    # One character more shows whether a full stop at the very end closes a sentence.
    ends = [m.end() for m in _SENTENCE_END.finditer(text[: len(longest) + 1])]
    return text[: max((end for end in ends if end <= len(longest)), default=0)]


def _verdict(
    criterion: EligibilityCriterion, answers: Sequence[CriterionAnswer], document: Document
) -> CriterionVerdict:
    own = [answer for answer in answers if answer.criterion_id == criterion.criterion_id]
    if not own:
        return _unclear(criterion, "the model did not answer on it")
    if len({answer.verdict for answer in own}) > 1:
        return _unclear(criterion, "the model contradicts itself on it")
    answer = own[0]
    quote = locate(answer.quote, document)
    if answer.verdict == "unclear":
        return CriterionVerdict(
            criterion_id=criterion.criterion_id,
            verdict="unclear",
            quotes=(quote,) if quote else (),
            reason="the model found nothing that decides",
        )
    if not answer.quote.strip():
        return _unclear(criterion, f"the model says {answer.verdict} and quotes nothing")
    if quote is None:
        said = " ".join(answer.quote.split())[:80]
        return _unclear(
            criterion, f"the model says {answer.verdict}, its quote {said!r} is not in the document"
        )
    return CriterionVerdict(
        criterion_id=criterion.criterion_id, verdict=answer.verdict, quotes=(quote,)
    )


def _unclear(criterion: EligibilityCriterion, reason: str) -> CriterionVerdict:
    return CriterionVerdict(criterion_id=criterion.criterion_id, verdict="unclear", reason=reason)
