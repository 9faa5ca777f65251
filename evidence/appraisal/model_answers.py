"""Answers to signalling questions by a language model: one call a report, each with its quote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import prompts
from evidence.appraisal.answers import Answer, SignallingAnswer
from evidence.appraisal.proposals import StudyProposal, propose_study
from evidence.appraisal.rob2_questions import QUESTIONS, Question
from evidence.errors import EngineError
from evidence.judgements import MACHINE, Provenance
from evidence.llm.protocol import ENGINE, LanguageModel
from evidence.quoting import locate
from evidence.reading.sentences import split_sentences
from indexers.records import Document, Frozen

PROMPT = "risk_of_bias"
LONGEST_REASON = 300


class QuestionAnswer(Frozen):
    """The model's answer to one question; the quote comes first, so that it is sought first."""

    question_id: str
    quote: str
    answer: Literal["Y", "PY", "PN", "N", "NI"]
    reason: str


class RiskOfBiasAnswer(Frozen):
    """The model's answers to all questions."""

    answers: tuple[QuestionAnswer, ...]


class ModelProposal(Frozen):
    """The model's proposal with its provenance."""

    study: StudyProposal
    provenance: Provenance


class ModelProposer:
    """Proposes answers with a language model.

    An answer counts with a quote that stands in the document and is `NI` without; so is every
    question of a report whose call failed.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    def propose(self, document: Document, outcome: str = "") -> ModelProposal:
        """The five domains of a study; `outcome` names the result that is judged."""
        try:
            prompt, note = self._prompt(document, outcome)
            reply = self._model.complete(prompt, RiskOfBiasAnswer)
        except EngineError as error:
            answers = [_open(question, str(error)) for question in QUESTIONS]
            return self._proposal(document, answers, self._model.settings.model, str(error))
        answers = [_checked(question, reply.value.answers, document) for question in QUESTIONS]
        return self._proposal(document, answers, reply.model, f"one call for all questions{note}")

    def _prompt(self, document: Document, outcome: str) -> tuple[str, str]:
        """The prompt, and in words how much of the document is in it when not the whole."""
        empty = prompts.render(PROMPT, outcome=outcome, questions=QUESTIONS, document="")
        room = self._model.settings.prompt_limit_bytes - _size(empty)
        text = _beginning(document.text, room)
        if not text:
            raise EngineError("no text of the report fits context_window_tokens; raise it")
        whole = len(text) == len(document.text)
        note = "" if whole else f"; read up to character {len(text)} of {len(document.text)}"
        prompt = prompts.render(PROMPT, outcome=outcome, questions=QUESTIONS, document=text)
        return prompt, note

    def _proposal(
        self, document: Document, answers: Sequence[SignallingAnswer], model: str, reason: str
    ) -> ModelProposal:
        provenance = Provenance(
            actor=MACHINE,
            engine=ENGINE,
            reason=reason,
            model=model,
            prompt_digest=prompts.digest(PROMPT),
        )
        return ModelProposal(
            study=propose_study(document.record_id, answers), provenance=provenance
        )


def _checked(
    question: Question, answers: Sequence[QuestionAnswer], document: Document
) -> SignallingAnswer:
    """The model's answer when it is one of the form and its quote is in the document."""
    given = [answer for answer in answers if answer.question_id == question.question_id]
    if not given:
        return _open(question, "the model gave no answer")
    if len({answer.answer for answer in given}) > 1:
        return _open(question, "the model gave different answers")
    answer: Answer = given[0].answer
    if answer == "NI":
        return _open(question, _one_line(given[0].reason) or "no information in the report")
    if answer not in question.options:
        return _open(question, f"{answer} is no answer to this question")
    quote = locate(given[0].quote, document)
    if quote is None:
        return _open(question, f"the model's {answer} has no quote that is in the document")
    return SignallingAnswer(
        question_id=question.question_id,
        answer=answer,
        quotes=(quote,),
        reason=_one_line(given[0].reason),
    )


def _open(question: Question, reason: str) -> SignallingAnswer:
    return SignallingAnswer(question_id=question.question_id, answer="NI", reason=reason)


def _one_line(text: str) -> str:
    printable = "".join(ch if ch.isprintable() else " " for ch in text)
    return " ".join(printable.split())[:LONGEST_REASON]


def _beginning(text: str, limit_bytes: int) -> str:
    """The longest beginning within the limit that ends with a sentence; empty when none does."""
    if _size(text) <= limit_bytes:
        return text
    longest = text.encode("utf-8", "surrogatepass")[: max(limit_bytes, 0)].decode("utf-8", "ignore")
    ends = [end for _, end in split_sentences(text[: len(longest) + 1]) if end < len(longest)]
    return text[: max(ends, default=0)]


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
