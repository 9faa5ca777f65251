"""A summary against its source without a reference: MEDIC's cross-examination.

Questions whose answer is yes are made from the source and asked of the summary, and the other way
round (Kanithi et al. 2024, arXiv 2409.07314, section on cross-examination):

- coverage: the share of the source's questions that the summary answers at all;
- conformity: the share of the source's questions that the summary does not answer with no;
- consistency: the share of the summary's questions that the source answers with yes;
- conciseness: by how much the summary is shorter, in words.

The offline variant asks no questions: it compares the elements and results that rules find.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

import prompts
from evidence.errors import EngineError
from evidence.factuality.checking import check_claims
from evidence.factuality.examined import Answer, AskedQuestion, CrossExamination
from evidence.factuality.phrases import support_share
from evidence.factuality.reading import compare
from evidence.llm.protocol import LanguageModel
from evidence.reading.sentences import split_sentences
from indexers.records import Frozen

_LOG = logging.getLogger(__name__)
MOST_QUESTIONS = 10
LEAST_COVERED = 0.6


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


def compare_offline(source: str, summary: str) -> CrossExamination:
    """The same figures from rules: the source's sentences with results, the summary's verdicts.

    Each sentence of the source stands for a question; the summary answers it when it has most of
    its words. A sentence of the summary conforms when no element of it is contradicted by the
    source, and is consistent when nothing in it is flagged.

    Raises:
        EngineError: The weights of the span heads are missing.
        EncoderError: The encoder's package is missing.
    """
    told = _sentences(source)
    said = _sentences(summary)
    asked = [_covered(sentence, summary) for sentence in told]
    checks = check_claims([(sentence, told) for sentence in said])
    contradicted = [any(f.status == "contradicted" for f in c.flags) for c in checks]
    of_summary = [
        AskedQuestion(
            text=sentence,
            made_from="summary",
            answer="no" if wrong else "unknown" if check.flags else "yes",
            words="; ".join(f.reason for f in check.flags),
        )
        for sentence, check, wrong in zip(said, checks, contradicted, strict=True)
    ]
    return CrossExamination(
        coverage=_share([q.answer == "yes" for q in asked]),
        conformity=_share([not wrong for wrong in contradicted]),
        consistency=_share([q.answer == "yes" for q in of_summary]),
        conciseness=conciseness(source, summary),
        questions=(*asked, *of_summary),
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


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


def _covered(sentence: str, summary: str) -> AskedQuestion:
    share = support_share(compare(sentence, [summary]))
    return AskedQuestion(
        text=sentence,
        made_from="source",
        answer="yes" if share >= LEAST_COVERED else "unknown",
        words=f"{share:.0%} of its words",
    )
