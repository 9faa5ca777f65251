"""A summary against its source without a reference: MEDIC's cross-examination.

Questions whose answer is yes are made from the source and asked of the summary, and the other way
round (Kanithi et al. 2024, arXiv 2409.07314, section on cross-examination):

- coverage: the share of the source's questions that the summary answers at all;
- conformity: the share of the source's questions that the summary does not answer with no;
- consistency: the share of the summary's questions that the source answers with yes;
- conciseness: by how much the summary is shorter, in words.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

import prompts
from evidence.errors import EngineError
from evidence.factuality.examined import Answer, AskedQuestion, CrossExamination
from evidence.llm.protocol import LanguageModel
from indexers.records import Frozen

_LOG = logging.getLogger(__name__)
MOST_QUESTIONS = 10


class QuestionsAnswer(Frozen):
    """Questions that a text answers with yes."""

    questions: tuple[str, ...] = Field(min_length=1, max_length=MOST_QUESTIONS)


class OneAnswer(Frozen):
    """The answer to one question; the words of the text that give it, if there are any."""

    question_id: str
    answer: Answer
    words: str = ""


class AnswersAnswer(Frozen):
    """The answers to a list of questions."""

    answers: tuple[OneAnswer, ...]


def cross_examine(model: LanguageModel, source: str, summary: str) -> CrossExamination:
    """Ask a language model; an answer without usable questions scores nothing.

    A question that goes unanswered counts as unknown, an answer to no question of ours as nothing.
    """
    try:
        of_source = _examined(model, source, summary, "source")
        of_summary = _examined(model, summary, source, "summary")
    except EngineError as error:
        _LOG.warning("cross-examination: %s", error)
        return CrossExamination(
            coverage=None,
            conformity=None,
            consistency=None,
            conciseness=conciseness(source, summary),
            questions=(),
            problem=str(error),
        )
    return CrossExamination(
        coverage=_share([q.answer != "unknown" for q in of_source]),
        conformity=_share([q.answer != "no" for q in of_source]),
        consistency=_share([q.answer == "yes" for q in of_summary]),
        conciseness=conciseness(source, summary),
        questions=(*of_source, *of_summary),
    )


def conciseness(source: str, summary: str) -> float:
    """By what share the summary is shorter than its source, in words; 0 where it is not."""
    n_source = len(source.split())
    return max(0.0, 1 - len(summary.split()) / n_source) if n_source else 0.0


def _examined(
    model: LanguageModel, text: str, other: str, made_from: Literal["source", "summary"]
) -> list[AskedQuestion]:
    asked = prompts.render("cross_examine_questions", text=text, most=MOST_QUESTIONS)
    questions = dict.fromkeys(
        " ".join(q.split()) for q in model.complete(asked, QuestionsAnswer).value.questions
    )
    by_id = {f"Q{n}": question for n, question in enumerate((q for q in questions if q), 1)}
    if not by_id:
        raise EngineError("the language model made no question")
    listed = "\n".join(f"{name} | {question}" for name, question in by_id.items())
    prompt = prompts.render("cross_examine_answers", text=other, questions=listed)
    given: dict[str, OneAnswer] = {}
    for answer in model.complete(prompt, AnswersAnswer).value.answers:
        given.setdefault(answer.question_id, answer)
    return [
        AskedQuestion(
            text=question,
            made_from=made_from,
            answer=given[name].answer if name in given else "unknown",
            words=given[name].words if name in given else "",
        )
        for name, question in by_id.items()
    ]


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
