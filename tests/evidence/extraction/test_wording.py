from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.extraction.time_points import same_time, time_points
from evidence.extraction.wording import find_name, fold, is_abbreviation, sentences


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("anaemia", "Anemia"),
        ("oedema", "edema"),
        ("haemoglobin", "hemoglobin"),
        ("randomisation", "randomization"),
        ("tumours", "tumor"),
        ("diarrhoea", "diarrhea"),
        ("gametocytes", "gametocyte"),
        ("sulphadoxine", "sulfadoxine"),
    ],
)
def test_spellings_agree(british: str, american: str) -> None:
    assert fold(british) == fold(american)


def test_abbreviations_keep_case_and_word_boundaries() -> None:
    assert is_abbreviation("AL")
    assert not is_abbreviation("Fever")
    assert find_name("AL", "They also took AL-treated children; al") == ((15, 17),)


def test_a_name_inside_a_larger_combination_is_not_found() -> None:
    assert not find_name("AS", "AS + MQ was given")
    assert not find_name("mefloquine", "artesunate-mefloquine was given")
    assert not find_name("formoterol", "Budesonide/formoterol (n = 58)")
    assert not find_name("GIK", "no GIK") or find_name("GIK", "GIK alone")


def test_a_combination_is_found_in_any_order_and_with_any_joiner() -> None:
    for text in ("artesunate plus mefloquine", "mefloquine–artesunate", "artesunate + mefloquine"):
        assert find_name("artesunate-mefloquine", text) == ((0, len(text)),)
    assert find_name("AS+AQ", "AQ + AS") == ((0, 7),)
    assert not find_name("control group", "group (control)")


def test_sentences_do_not_end_at_species_and_abbreviations() -> None:
    text = "Infection with P. falciparum vs. placebo was rare. Ten died."
    assert [text[s.start : s.end] for s in sentences(text, 0, len(text))] == [
        "Infection with P. falciparum vs. placebo was rare.",
        "Ten died.",
    ]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("on day 7", [7.0]),
        ("after 28 d of follow-up", [28.0]),
        ("42-day risk", [42.0]),
        ("W12", [84.0]),
        ("six weeks", [42.0]),
        ("at baseline", [0.0]),
        ("Overall (day 0 – day 7)", [None]),
        ("weeks 5–22", [None]),
        ("aged 6 months", []),
        ("60 months old", []),
    ],
)
def test_time_points(text: str, days: list[float | None]) -> None:
    assert [p.days for p in time_points(text)] == days


def test_half_a_year_is_26_weeks() -> None:
    assert same_time(182.0, 6 * 30.4375)
    assert not same_time(28.0, 30.4375)


@given(st.text(max_size=80))
def test_places_lie_inside_the_text(text: str) -> None:
    for point in time_points(text):
        assert text[point.start : point.end]
    for span in find_name("placebo", text):
        assert 0 <= span.start < span.end <= len(text)
