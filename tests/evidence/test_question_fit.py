from __future__ import annotations

from evidence.question import ClinicalQuestion, Pico
from evidence.question_fit import QuestionFit

MALARIA = "Piperaquine with dihydroartemisinin for Plasmodium falciparum infection in adults."


def notices(population: str, intervention: str, *texts: str) -> list[str]:
    pico = Pico(population=population, intervention=intervention)
    fit = QuestionFit(ClinicalQuestion(text="?", pico=pico))
    for text in texts:
        fit.add(text)
    return fit.notices()


def test_a_question_of_something_else_is_told() -> None:
    (population, intervention) = notices("heart failure", "exercise training", MALARIA, "Fever.")
    assert population.startswith("none of 2 documents names the population of the question (heart")
    assert "intervention of the question (exercise training)" in intervention


def test_synonyms_alternatives_and_headings_of_mesh_name_an_element() -> None:
    assert notices("malaria", "quinine or another drug (piperaquine)", MALARIA, "Malaria.") == []
    assert notices("heart attack", "", "Acute myocardial infarction.") == []
    assert notices("heart diseases", "", "Heart failure is common.") == []


def test_nothing_is_said_of_an_empty_element_or_without_a_text() -> None:
    assert notices("", "", "Fever.") == []
    assert notices("heart failure", "exercise") == []
