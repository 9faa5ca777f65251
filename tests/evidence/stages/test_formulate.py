from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.question import Pico
from evidence.reading.question_grammar import parse_pico
from evidence.stages.formulate import OfflineFormulator, formulate_all


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "In people with gout, is colchicine better than naproxen or prednisolone in reducing"
            " pain and swelling?",
            Pico(
                population="people with gout",
                intervention="colchicine",
                comparator="naproxen or prednisolone",
                outcomes=("pain", "swelling"),
            ),
        ),
        (
            "Among children with asthma, does montelukast compared with placebo reduce relapses?",
            Pico(
                population="children with asthma",
                intervention="montelukast",
                comparator="placebo",
                outcomes=("relapses",),
            ),
        ),
        (
            "Does metformin reduce mortality in type 2 diabetes?",
            Pico(population="type 2 diabetes", intervention="metformin", outcomes=("mortality",)),
        ),
        (
            "What is the effect of vitamin D versus placebo on falls in older adults?",
            Pico(
                population="older adults",
                intervention="vitamin D",
                comparator="placebo",
                outcomes=("falls",),
            ),
        ),
        (
            "In adults with migraine, how do triptans (sumatriptan, rizatriptan) compare in relief"
            " of headache and adverse events?",
            Pico(
                population="adults with migraine",
                intervention="triptans (sumatriptan, rizatriptan)",
                outcomes=("relief of headache", "adverse events"),
            ),
        ),
        (
            "Should patients with dementia be treated with risperidone compared to haloperidol?",
            Pico(
                population="patients with dementia",
                intervention="risperidone",
                comparator="haloperidol",
            ),
        ),
        (
            "Is aspirin as effective as warfarin for preventing stroke in patients with atrial"
            " fibrillation?",
            Pico(
                population="patients with atrial fibrillation",
                intervention="aspirin",
                comparator="warfarin",
                outcomes=("stroke",),
            ),
        ),
    ],
)
def test_each_way_of_asking_gives_its_parts(question: str, expected: Pico) -> None:
    assert parse_pico(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "What non-human animal models of depression have been used?",
        "Is there an association between coffee and happiness?",
        "Do women residents delay childbearing due to threats?",
        "Does wall motion change after resection?",
        "Nurses: a feasible option?",
    ],
)
def test_what_cannot_be_parsed_stays_empty(question: str) -> None:
    formulated = OfflineFormulator().formulate(question)
    assert formulated.pico == Pico()
    assert formulated.criteria == ()


def test_criteria_are_sentences_for_the_elements_that_are_there() -> None:
    formulated = OfflineFormulator().formulate(
        "Does metformin reduce mortality in type 2 diabetes?"
    )
    assert formulated.text == "Does metformin reduce mortality in type 2 diabetes?"
    texts = {c.criterion_id: c.text for c in formulated.criteria}
    assert list(texts) == ["population", "intervention", "design"]
    assert texts["population"] == "The participants are people with type 2 diabetes."
    assert texts["intervention"] == "One arm of the trial receives metformin."
    assert "randomised trial" in texts["design"]
    assert "not a protocol" in texts["design"]
    assert {c.kind for c in formulated.criteria} == {"inclusion"}


def test_adjectives_of_an_outcome_list_keep_their_noun() -> None:
    pico = parse_pico("Does naproxen reduce gastrointestinal and cardiovascular harm in adults?")
    assert pico.outcomes == ("gastrointestinal harm", "cardiovascular harm")


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=200))
def test_every_element_is_taken_from_the_question(text: str) -> None:
    pico = parse_pico(text)
    flat = " ".join(text.split())
    assert all(part in flat for part in (pico.population, pico.intervention, pico.comparator))


@pytest.mark.parametrize("versus", ["compared with", "versus", "rather than"])
def test_a_comparator_behind_the_population_is_no_part_of_it(versus: str) -> None:
    asked = f"Does zinc reduce relapse in children with asthma {versus} usual care?"
    pico = parse_pico(asked)
    assert (pico.population, pico.comparator) == ("children with asthma", "usual care")
    assert (pico.intervention, pico.outcomes) == ("zinc", ("relapse",))


@pytest.mark.parametrize(
    ("question", "population", "intervention"),
    [
        (
            "Which nudges (changes in choice architecture) have been tested to change the behaviour"
            " of healthcare professionals, and do they work?",
            "healthcare professionals",
            "nudges (changes in choice architecture)",
        ),
        (
            "Metformin for the treatment of polycystic ovary syndrome: a systematic review",
            "polycystic ovary syndrome",
            "Metformin",
        ),
        (
            "Effects of aspirin versus placebo on mortality in adults with sepsis",
            "adults with sepsis",
            "aspirin",
        ),
        (
            "Can yoga help people with chronic low back pain?",
            "people with chronic low back pain",
            "yoga",
        ),
        ("What is the role of probiotics in preterm infants?", "preterm infants", "probiotics"),
        ("How effective is CBT for insomnia in adults?", "insomnia in adults", "CBT"),
        ("Which is better for gout, colchicine or naproxen?", "gout", "colchicine"),
        (
            "Should children with fever receive ibuprofen or paracetamol?",
            "children with fever",
            "ibuprofen",
        ),
        ("What is the best treatment for sciatica?", "sciatica", ""),
    ],
)
def test_further_forms_and_titles(question: str, population: str, intervention: str) -> None:
    pico = parse_pico(question)
    assert (pico.population, pico.intervention) == (population, intervention)


def test_each_comparison_is_a_question_of_its_own() -> None:
    found = formulate_all(
        "In people with gout, is colchicine better than naproxen (Aleve, or generic) or"
        " prednisolone in reducing pain? Does allopurinol reduce flares compared with febuxostat?"
    )
    compared = [(q.pico.population, q.pico.intervention, q.pico.comparator) for q in found]
    assert compared == [
        ("people with gout", "colchicine", "naproxen (Aleve, or generic)"),
        ("people with gout", "colchicine", "prednisolone"),
        ("people with gout", "allopurinol", "febuxostat"),
    ]
    assert found[2].text == "Does allopurinol reduce flares compared with febuxostat?"
    assert found[0].criteria[2].text == "Another arm receives naproxen (Aleve, or generic)."


@pytest.mark.parametrize(
    "text", ["Does metformin reduce mortality in type 2 diabetes?", "What is gout?", "x"]
)
def test_a_text_with_one_comparison_is_that_question(text: str) -> None:
    assert formulate_all(text) == (OfflineFormulator().formulate(text),)
