from __future__ import annotations

import json

import pytest

from evidence.errors import EngineError
from evidence.factuality.cross_examination import (
    MOST_QUESTIONS,
    conciseness,
    cross_examine,
)
from tests.evidence.llm.scripted import Scripted

SOURCE = "Aspirin reduced pain by 12 points. It caused no bleeding."
SUMMARY = "Aspirin reduced pain."


def questions(*texts: str) -> str:
    return json.dumps({"questions": list(texts)})


def answers(**given: str) -> str:
    return json.dumps(
        {"answers": [{"question_id": k, "answer": v, "words": ""} for k, v in given.items()]}
    )


def test_each_text_answers_the_questions_of_the_other() -> None:
    model = Scripted(
        questions("Did pain fall?", "By 12 points?", "Was there no bleeding?", "Did pain fall?"),
        answers(Q1="yes", Q2="unknown", Q3="no", Q9="yes"),
        questions("Did aspirin reduce pain?", "Is it sure?"),
        answers(Q1="yes"),
    )
    found = cross_examine(model, SOURCE, SUMMARY)
    assert (found.coverage, found.conformity) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert found.consistency == 0.5  # a question without an answer is unknown
    assert found.conciseness == pytest.approx(1 - 3 / 10)
    assert [q.made_from for q in found.questions] == ["source"] * 3 + ["summary"] * 2
    assert SOURCE in model.prompts[0]
    assert SUMMARY in model.prompts[1]
    assert "Q3 | Was there no bleeding?" in model.prompts[1]
    assert SUMMARY in model.prompts[2]
    assert SOURCE in model.prompts[3]
    assert str(MOST_QUESTIONS) in model.prompts[0]


def test_a_model_that_fails_scores_nothing() -> None:
    found = cross_examine(Scripted(EngineError("the server is away")), SOURCE, SUMMARY)
    assert (found.coverage, found.conformity, found.consistency) == (None, None, None)
    assert found.problem == "the server is away"
    blank = cross_examine(Scripted(questions(" ")), SOURCE, SUMMARY)
    assert blank.problem == "the language model made no question"


def test_conciseness_is_never_below_nothing() -> None:
    assert conciseness("one two", "one two three") == 0.0
    assert conciseness("", "one") == 0.0
    assert conciseness("one two three four", "one") == 0.75
