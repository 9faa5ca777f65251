from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.extraction.arm_alternatives import alternatives, asked_arms
from evidence.question import Pico


@pytest.mark.parametrize(
    ("concept", "texts"),
    [
        ("A (x or y) or B", ["A (x or y)", "B"]),
        # A dose alone takes its drug from its neighbour.
        ("canagliflozin 100 or 300 mg", ["canagliflozin 100 mg", "canagliflozin 300 mg"]),
        ("iron 5, 10 or 15 mg daily", ["iron 5, 10 mg", "iron 15 mg daily"]),
        ("gantenerumab 105 mg or 225", ["gantenerumab 105 mg", "gantenerumab 225 mg"]),
        ("0 % or 1 % glucose", ["0 % glucose", "1 % glucose"]),
        # Numbers of a list close no bracket.
        ("1) training; 2) skills", ["1) training", "2) skills"]),
        ("breathing with or without biofeedback", ["breathing with or without biofeedback"]),
        ("diet and/or exercise", ["diet and/or exercise"]),
        ("enhanced usual care or EUC", ["enhanced usual care (EUC)"]),
        ("5 or 10", ["5", "10"]),
    ],
)
def test_alternatives_of_a_concept(concept: str, texts: list[str]) -> None:
    assert [text for text, _ in alternatives(concept)] == texts


def test_what_is_optional_is_no_name() -> None:
    assert alternatives("breathing with or without biofeedback")[0][1] == ("breathing",)


def test_an_abbreviation_is_a_name_of_the_words_before_it() -> None:
    assert alternatives("usual care or UC")[0][1] == ("usual care", "UC")


def test_a_baseline_is_no_arm() -> None:
    asked = asked_arms(Pico(intervention="garlic", comparator="baseline", outcomes=("pain",)))
    assert [(a.role, a.text) for a in asked] == [("intervention", "garlic")]


@given(st.text(max_size=120))
@settings(max_examples=200, deadline=None)
def test_any_concept_can_be_read(concept: str) -> None:
    for text, names in alternatives(concept):
        assert text and names
