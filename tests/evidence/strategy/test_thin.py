from __future__ import annotations

from evidence.formulation import draft_question
from evidence.strategy.thin import thin_concepts
from evidence.strategy.types import Concept, Strategy, StrategyTerm

OWN = StrategyTerm(text="exercise training*", source="question")
HEADING = StrategyTerm(text="Exercise", field="mesh", source="question")
SYNONYM = StrategyTerm(text="workout*", source="MeSH Exercise entry term")


def told(*terms: StrategyTerm) -> list[str]:
    concept = Concept(name="exercise training", element="intervention", terms=terms)
    return list(thin_concepts(Strategy(concepts=(concept,))))


def test_a_concept_of_the_questions_own_words_is_told_with_headings_to_look_at() -> None:
    (notice,) = told(OWN)
    assert "'exercise training' has no heading and no synonym" in notice
    assert "Exercise Therapy" in notice
    assert told(OWN, HEADING) == told(OWN, SYNONYM) == []


def test_a_draft_says_which_concept_is_thin() -> None:
    drafted = draft_question("In adults with heart failure, does exercise training reduce death?")
    assert [notice for notice in drafted.notices if "'exercise training'" in notice]
    assert not [notice for notice in drafted.notices if "'heart failure'" in notice]
