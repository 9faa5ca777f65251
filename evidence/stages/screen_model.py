"""Screening by a language model: one call a record, all criteria at once, each with its quote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import prompts
from evidence.eligibility import aggregate
from evidence.errors import EngineError
from evidence.judgements import MACHINE, CriterionVerdict, Phase, Provenance, ScreeningDecision
from evidence.llm.cost import CostEstimate, TokenPrices, estimate_calls, of_all_runs
from evidence.llm.models import folder_of_run
from evidence.llm.prompting import PLAIN, Prompting, agreed, ask_runs, told_votes
from evidence.llm.protocol import ENGINE, CallSettings, LanguageModel
from evidence.question import ClinicalQuestion, EligibilityCriterion
from evidence.quoting import locate
from evidence.reading.excerpts import size_bytes
from evidence.reading.machine_address import is_machine_address, told_of_address
from evidence.screening.criterion_weights import prior_weights, weighted_score
from evidence.stages.screen_contexts import PassageContexts
from indexers.records import Document, Frozen

PROMPT = "screen"
_SENTENCE_END = re.compile(r"[.?!][\"')\]]*(?=\s)|(?=\n)")


CriterionVote = Literal["met", "unclear", "not_met"]
VERDICTS: tuple[CriterionVote, ...] = ("met", "not_met", "unclear")
"""In the order in which a prompt tells what they mean."""


class CriterionAnswer(Frozen):
    """The model's verdict on one criterion; the quote comes first, so that it is sought first."""

    criterion_id: str
    quote: str
    verdict: CriterionVote


class ScreeningAnswer(Frozen):
    """The model's verdicts on all criteria."""

    criteria: tuple[CriterionAnswer, ...]


class ModelScreener:
    """Screens with a language model.

    A verdict counts with a quote that stands in the document, and is `unclear` without; so is
    every criterion of a record whose call failed.
    """

    def __init__(
        self,
        model: LanguageModel,
        contexts: PassageContexts | None = None,
        prompting: Prompting = PLAIN,
    ) -> None:
        self._model = model
        self._contexts = contexts
        self._prompting = prompting

    def screen(
        self, question: ClinicalQuestion, document: Document, phase: Phase
    ) -> ScreeningDecision:
        """The decision on one document."""
        settings, prompting = self._model.settings, self._prompting
        asked = _asked(question, document, phase, settings, self._contexts, prompting)
        if isinstance(asked, _NotAsked):
            return self._undecided(question, document, phase, asked.reason)
        try:
            runs = ask_runs(self._model, prompting, lambda run: asked.prompts[run], ScreeningAnswer)
        except EngineError as error:
            return self._undecided(question, document, phase, str(error), (PROMPT,))
        answers = [reply.value.criteria for reply in runs.replies]
        verdicts = tuple(_voted(c, answers, document, prompting) for c in question.criteria)
        fate, exclusion_reason = aggregate(question.criteria, verdicts)
        added = f"{asked.note}{prompting.told}{runs.told}{told_of_address(document)}"
        reason = f"one call for all criteria{added}"
        return ScreeningDecision(
            record_id=document.record_id,
            phase=phase,
            verdict=fate,
            criteria=verdicts,
            exclusion_reason=exclusion_reason,
            score=weighted_score(question.criteria, verdicts, prior_weights(question.criteria)),
            provenance=self._provenance(runs.model, reason, runs.unanswered(PROMPT)),
        )

    def _undecided(
        self,
        question: ClinicalQuestion,
        document: Document,
        phase: Phase,
        reason: str,
        unanswered: tuple[str, ...] = (),
    ) -> ScreeningDecision:
        """A decision that leaves everything to a person."""
        return ScreeningDecision(
            record_id=document.record_id,
            phase=phase,
            verdict="unclear",
            criteria=tuple(_unclear(c, reason) for c in question.criteria),
            provenance=self._provenance(self._model.settings.model, reason, unanswered),
        )

    def _provenance(self, model: str, reason: str, unanswered: tuple[str, ...]) -> Provenance:
        return Provenance(
            actor=MACHINE,
            engine=ENGINE,
            reason=reason,
            model=model,
            prompt_digest=self._prompting.digest(PROMPT),
            unanswered=unanswered,
        )


def estimate_screening(
    question: ClinicalQuestion,
    documents: Iterable[Document],
    phase: Phase,
    settings: CallSettings,
    calls_folder: Path | None = None,
    prices: TokenPrices | None = None,
    contexts: PassageContexts | None = None,
    prompting: Prompting = PLAIN,
) -> CostEstimate:
    """What screening these documents will cost, before the first call.

    Args:
        question: Without criteria nothing is asked.
        documents: Those that nobody has judged yet; for a single run they are read one by one.
        phase: The phase of screening.
        settings: The model and how it is asked.
        calls_folder: Where answers of earlier runs are recorded.
        prices: None leaves the price out.
        contexts: What is shown of a full text; the screener's own.
        prompting: The screener's own, too.

    Raises:
        EngineError: A recorded call is damaged.
    """
    asked = (
        one
        for document in documents
        if isinstance(
            one := _asked(question, document, phase, settings, contexts, prompting), _Asked
        )
    )
    held = asked if prompting.runs == 1 else list(asked)
    return of_all_runs(
        [
            estimate_calls(
                (one.prompts[run] for one in held),
                ScreeningAnswer,
                settings.of_run(run),
                calls_folder and folder_of_run(calls_folder, run),
                prices,
            )
            for run in range(prompting.runs)
        ]
    )


class _Asked(NamedTuple):
    """A prompt for each run, and in words which part of the document is in them when not all."""

    prompts: tuple[str, ...]
    note: str


class _NotAsked(NamedTuple):
    """Why a model is not asked at all."""

    reason: str


def _asked(
    question: ClinicalQuestion,
    document: Document,
    phase: Phase,
    settings: CallSettings,
    contexts: PassageContexts | None,
    prompting: Prompting,
) -> _Asked | _NotAsked:
    if not question.criteria:
        return _NotAsked("the question has no criteria")
    if not document.text.strip():
        return _NotAsked("the document has no text")
    inputs = _inputs(question, document, phase, settings, prompting)
    limit = _room(settings, inputs[0] | {"excerpts": False})
    if contexts is not None and phase == "full_text" and size_bytes(document.text) > limit:
        room = _room(settings, inputs[0] | {"excerpts": True})
        shown = contexts.shown(document, question, room)
        if shown is not None:
            return _Asked(_rendered(inputs, shown.text, excerpts=True), shown.note)
    text = cut(document.text, limit)
    if not text:
        return _NotAsked("the question leaves no room for the text in context_window_tokens")
    note = ""
    if len(text) < len(document.text):
        note = (
            f"; read up to character {len(text)} of {len(document.text)}, at the end of a "
            "sentence, because the context window ends there"
        )
    return _Asked(_rendered(inputs, text, excerpts=False), note)


def _inputs(
    question: ClinicalQuestion,
    document: Document,
    phase: Phase,
    settings: CallSettings,
    prompting: Prompting,
) -> list[dict[str, object]]:
    """What each run's prompt holds beside the document: the same, in an order of its own."""
    asked, seed, digest = question.criteria, settings.seed, document.document_digest
    texts = [criterion.text for criterion in asked]
    examples = prompting.examples("screening", texts, document, settings.prompt_limit_bytes)
    return [
        {
            "question": question,
            "criteria": prompting.order(asked, run, seed, f"criteria {digest}"),
            "verdicts": prompting.order(VERDICTS, run, seed, f"verdicts {digest}"),
            "phase": phase,
            "examples": examples,
        }
        for run in range(prompting.runs)
    ]


def _rendered(inputs: Sequence[dict[str, object]], text: str, *, excerpts: bool) -> tuple[str, ...]:
    return tuple(prompts.render(PROMPT, document=text, excerpts=excerpts, **own) for own in inputs)


def _room(settings: CallSettings, inputs: dict[str, object]) -> int:
    """The bytes that the prompt leaves to the document."""
    return settings.prompt_limit_bytes - size_bytes(prompts.render(PROMPT, document="", **inputs))


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


def _voted(
    criterion: EligibilityCriterion,
    answers: Sequence[Sequence[CriterionAnswer]],
    document: Document,
    prompting: Prompting,
) -> CriterionVerdict:
    """The verdict that enough runs give, with the quote of the first of them; else `unclear`."""
    each = [_verdict(criterion, own, document) for own in answers]
    votes = [verdict.verdict for verdict in each]
    winner = agreed(votes, prompting.threshold)
    if winner is None:
        return _unclear(criterion, told_votes(votes, prompting.runs, prompting.threshold))
    return each[votes.index(winner)]


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
    if is_machine_address(quote, document):
        return _unclear(criterion, f"the model says {answer.verdict} by words put to a machine")
    return CriterionVerdict(
        criterion_id=criterion.criterion_id, verdict=answer.verdict, quotes=(quote,)
    )


def _unclear(criterion: EligibilityCriterion, reason: str) -> CriterionVerdict:
    return CriterionVerdict(criterion_id=criterion.criterion_id, verdict="unclear", reason=reason)
