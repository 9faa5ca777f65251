from __future__ import annotations

import json

from evidence.errors import EngineError
from evidence.formulation import draft_question
from evidence.question import ClinicalQuestion
from evidence.stages.formulate import OfflineFormulator
from evidence.strategy.draft import draft_strategy
from tests.evidence.llm.scripted import Scripted

TWO = "In adults with gout, is colchicine better than naproxen or prednisolone for pain?"
NO_TERMS: dict[str, list[dict[str, str]]] = {"core": [], "synonyms": [], "mesh": [], "drugs": []}
TERMS = {
    "population": NO_TERMS | {"synonyms": [{"text": "podagra", "source": "own"}]},
    "intervention": NO_TERMS,
    "comparator": NO_TERMS,
    "outcome": NO_TERMS,
}


def comparison(comparator: str) -> dict[str, object]:
    return {
        "question": f"In adults with gout, is colchicine better than {comparator} for pain?",
        "population": "adults with gout",
        "intervention": "colchicine",
        "comparator": comparator,
        "outcomes": ["pain"],
    }


FORMULATED = {
    "comparisons": [comparison("naproxen"), comparison("prednisolone")],
    "criteria": [],
}


def offline() -> ClinicalQuestion:
    question = OfflineFormulator().formulate(TWO)
    return question.model_copy(update={"strategy": draft_strategy(question)})


def test_offline_several_comparisons_are_one_question() -> None:
    drafted = draft_question(TWO)
    assert drafted.question == offline()
    assert drafted.provenance.engine == "offline"
    assert (drafted.notices, drafted.failures, drafted.terms_provenance) == ((), (), None)


def test_a_model_is_asked_once_for_a_question_of_several_comparisons() -> None:
    scripted = Scripted(json.dumps(FORMULATED), json.dumps(TERMS))
    drafted = draft_question(TWO, scripted)
    assert len(scripted.prompts) == 2
    assert drafted.question.text == TWO
    assert drafted.question.pico.comparator == "naproxen or prednisolone"
    assert drafted.question.strategy is not None
    added = {t.text for t in drafted.question.strategy.concepts[0].terms}
    assert "podagra*" in added
    assert drafted.provenance.engine == "language_model"
    assert drafted.terms_provenance is not None
    assert drafted.failures == ()


def test_what_a_model_does_not_give_is_offline_and_named() -> None:
    drafted = draft_question(TWO, Scripted(EngineError("down"), EngineError("still down")))
    assert drafted.question == offline()
    assert drafted.provenance.engine == "offline"
    assert [failure.partition(":")[0] for failure in drafted.failures] == [
        "the language model did not formulate",
        "the language model named no search terms",
    ]
    assert drafted.notices == drafted.failures


def test_only_the_call_that_failed_is_a_failure() -> None:
    drafted = draft_question(TWO, Scripted(json.dumps(FORMULATED), EngineError("down")))
    assert drafted.provenance.engine == "language_model"
    assert drafted.terms_provenance is None
    assert drafted.failures == (
        "the language model named no search terms: down; terms are offline",
    )
    drafted = draft_question(TWO, Scripted(EngineError("down"), json.dumps(TERMS)))
    assert drafted.failures == ("the language model did not formulate: down; formulated offline",)
    assert "failures" not in drafted.model_dump()
