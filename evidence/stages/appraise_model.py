"""Risk of bias by a language model: one call a domain, an answer a question, each with its quote.

The model answers signalling questions and judges nothing; the algorithm of RoB 2 does. What it says
without words of the report behind it is no information.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import prompts
from evidence.appraisal.answers import SignallingAnswer
from evidence.appraisal.domain_passages import DomainPassages, told
from evidence.appraisal.proposals import propose_domain, risk_of_bias_judgement
from evidence.appraisal.rob2_questions import (
    DOMAIN_TITLES,
    DOMAINS,
    Domain,
    Question,
    questions_of,
)
from evidence.errors import EngineError
from evidence.judgements import MACHINE, Provenance, RiskOfBiasJudgement
from evidence.llm.prompting import PLAIN, Prompting, agreed, ask_runs, told_votes
from evidence.llm.protocol import ENGINE, LanguageModel
from evidence.quoting import locate
from evidence.reading.excerpts import Rankings, size_bytes
from evidence.reading.machine_address import is_machine_address, told_of_address
from indexers.records import Document, Frozen

PROMPT = "risk_of_bias"
LONGEST_REASON = 300


class QuestionAnswer(Frozen):
    """The model's answer to one question; the quote comes first, so that it is sought first."""

    question_id: str
    quote: str
    answer: Literal["Y", "PY", "PN", "N", "NI"]
    reason: str


class DomainAnswer(Frozen):
    """The model's answers to the questions of one domain."""

    answers: tuple[QuestionAnswer, ...]


class ModelAppraiser:
    """Appraises with a language model, domain by domain.

    An answer counts with a quote that stands in the document and is `NI` without. A domain whose
    call failed has no answers and is `unclear`; the others stand.
    """

    def __init__(
        self,
        model: LanguageModel,
        passages: DomainPassages | None = None,
        prompting: Prompting = PLAIN,
    ) -> None:
        self._model = model
        self._passages = passages or DomainPassages()
        self._prompting = prompting

    def appraise(self, document: Document) -> tuple[RiskOfBiasJudgement, ...]:
        """One judgement for each RoB 2 domain, in the domains' order."""
        if not document.text.strip():
            return tuple(self._open(document, d, "the document has no text") for d in DOMAINS)
        rankings = self._passages.ranked(document)
        return tuple(self._domain(document, domain, rankings[domain]) for domain in DOMAINS)

    def _domain(
        self, document: Document, domain: Domain, rankings: Rankings
    ) -> RiskOfBiasJudgement:
        inputs = self._inputs(document, domain)
        limit = self._model.settings.prompt_limit_bytes
        room = limit - size_bytes(prompts.render(PROMPT, document="", **inputs[0]))
        shown = self._passages.shown(document, rankings, room)
        if shown is None:
            reason = "no text of the report fits context_window_tokens; raise it"
            return self._open(document, domain, reason)
        try:
            runs = ask_runs(
                self._model,
                self._prompting,
                lambda run: prompts.render(PROMPT, document=shown.text, **inputs[run]),
                DomainAnswer,
            )
        except EngineError as error:
            return self._open(document, domain, str(error), (domain,))
        given = [reply.value.answers for reply in runs.replies]
        answers = [_voted(q, given, document, self._prompting) for q in questions_of(domain)]
        added = f"{self._prompting.told}{runs.told}{told_of_address(document)}"
        return risk_of_bias_judgement(
            document.record_id,
            propose_domain(domain, answers),
            self._provenance(
                runs.model,
                f"one call for the domain; {told(shown, document)}{added}",
                runs.unanswered(domain),
            ),
        )

    def _inputs(self, document: Document, domain: Domain) -> list[dict[str, object]]:
        """What each run's prompt holds beside the document; the questions keep their order.

        A question may rest on the answer to the one before it; only the answers are shuffled.
        """
        settings, prompting = self._model.settings, self._prompting
        questions = questions_of(domain)
        texts = [question.text for question in questions]
        examples = prompting.examples("risk_of_bias", texts, document, settings.prompt_limit_bytes)
        return [
            {
                "domain": DOMAIN_TITLES[domain],
                "questions": [
                    replace(q, options=prompting.order(q.options, run, settings.seed, what))
                    for q in questions
                    for what in (f"{q.question_id} {document.document_digest}",)
                ],
                "examples": examples,
            }
            for run in range(prompting.runs)
        ]

    def _open(
        self,
        document: Document,
        domain: Domain,
        reason: str,
        unanswered: tuple[str, ...] = (),
    ) -> RiskOfBiasJudgement:
        """A judgement that leaves the domain to a person."""
        return risk_of_bias_judgement(
            document.record_id,
            propose_domain(domain, ()),
            self._provenance(self._model.settings.model, reason, unanswered),
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


def _voted(
    question: Question,
    given: Sequence[Sequence[QuestionAnswer]],
    document: Document,
    prompting: Prompting,
) -> SignallingAnswer:
    """The answer that enough runs give, with the quote of the first of them; else `NI`."""
    each = [_checked(question, answers, document) for answers in given]
    votes = [answer.answer for answer in each]
    winner = agreed(votes, prompting.threshold)
    if winner is None:
        return _no_information(question, told_votes(votes, prompting.runs, prompting.threshold))
    return each[votes.index(winner)]


def _checked(
    question: Question, answers: Sequence[QuestionAnswer], document: Document
) -> SignallingAnswer:
    """The model's answer when it is one of the form and its quote is in the document."""
    given = [answer for answer in answers if answer.question_id == question.question_id]
    if not given:
        return _no_information(question, "the model gave no answer")
    if len({answer.answer for answer in given}) > 1:
        return _no_information(question, "the model gave different answers")
    own = given[0]
    if own.answer == "NI":
        reason = _one_line(own.reason) or "no information in what was read"
        return _no_information(question, reason)
    if not own.quote.strip():
        return _no_information(question, f"the model says {own.answer} and quotes nothing")
    quote = locate(own.quote, document)
    if quote is None:
        said = _one_line(own.quote)[:80]
        return _no_information(
            question, f"the model says {own.answer}, its quote {said!r} is not in the document"
        )
    if is_machine_address(quote, document):
        return _no_information(question, f"the model says {own.answer} by words put to a machine")
    return SignallingAnswer(
        question_id=question.question_id,
        answer=own.answer,
        quotes=(quote,),
        reason=_one_line(own.reason),
    )


def _no_information(question: Question, reason: str) -> SignallingAnswer:
    return SignallingAnswer(question_id=question.question_id, answer="NI", reason=reason)


def _one_line(text: str) -> str:
    printable = "".join(ch if ch.isprintable() else " " for ch in text)
    return " ".join(printable.split())[:LONGEST_REASON]
