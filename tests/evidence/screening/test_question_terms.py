"""The words of a question in a text: which are marked, and that no mark lies over another."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from evidence.question import ClinicalQuestion, EligibilityCriterion, Pico
from evidence.screening.question_terms import term_spans, topics
from tests.evidence.trial_factory import QUESTION

TEXT = (
    "Solvane for gleam fever. Adults with acute gleam fever were randomized to solvane or placebo; "
    "animals were not. Nausea, and relapse by day 28, in 2 of 40 adults."
)


def marked(text: str, question: ClinicalQuestion = QUESTION) -> list[tuple[str, str]]:
    return [(text[s.start : s.end], s.name) for s in term_spans(text, topics(question))]


def test_words_of_criteria_and_of_pico_are_found_in_the_order_of_the_text() -> None:
    assert marked(TEXT) == [
        ("Solvane", "pico-intervention"),
        ("gleam", "population"),
        ("fever", "population"),
        ("Adults", "population"),
        ("acute gleam fever", "population"),
        ("randomized", "design"),
        ("solvane", "pico-intervention"),
        ("placebo", "pico-comparator"),
        ("animals", "animals"),
        ("Nausea", "pico-outcomes"),
        ("relapse", "pico-outcomes"),
        ("adults", "population"),
    ]


def test_an_element_that_a_criterion_is_about_is_no_topic_of_its_own() -> None:
    assert [(t.name, t.sign) for t in topics(QUESTION)] == [
        ("design", "1"),
        ("population", "2"),
        ("animals", "3"),
        ("pico-intervention", "I"),
        ("pico-comparator", "C"),
        ("pico-outcomes", "O"),
    ]


def test_a_topic_that_is_left_out_marks_nothing() -> None:
    names = {s.name for s in term_spans(TEXT, topics(QUESTION), {"population", "pico-outcomes"})}
    assert names == {"design", "animals", "pico-intervention", "pico-comparator"}


def test_what_a_criterion_rules_out_is_no_word_of_it() -> None:
    question = ClinicalQuestion(
        text="q",
        criteria=(
            EligibilityCriterion(
                criterion_id="setting",
                kind="inclusion",
                text="Hospital wards (not: nursing homes), without surgery",
            ),
        ),
    )
    assert marked("Surgery in nursing homes and hospital wards", question) == [
        ("hospital", "setting"),
        ("wards", "setting"),
    ]


def test_a_question_without_pico_and_criteria_has_no_topics() -> None:
    assert topics(ClinicalQuestion(text="q", pico=Pico())) == ()


@given(st.text(max_size=300))
def test_no_mark_lies_over_another_whatever_the_text(text: str) -> None:
    found = term_spans(text + TEXT + text, topics(QUESTION))
    assert found == sorted(found)
    for one, next_one in pairwise(found):
        assert one.start < one.end <= next_one.start


def test_of_two_topics_on_one_place_the_longer_term_stays() -> None:
    setting = EligibilityCriterion(
        criterion_id="setting", kind="inclusion", text="Seen in clinics (acute gleam fever clinic)"
    )
    question = QUESTION.model_copy(update={"criteria": (*QUESTION.criteria, setting)})
    assert marked("An acute gleam fever clinic.", question) == [
        ("acute gleam fever clinic", "setting")
    ]
