from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.reading.concepts import read_concept
from evidence.reading.matching import (
    defined_abbreviations,
    find_any,
    find_near,
    find_term,
    initialism,
    is_abbreviation,
)


def matched(term: str, text: str) -> list[str]:
    return [text[start:end] for start, end in find_term(term, text)]


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("anaemia", "severe anemia", ["anemia"]),
        ("anemia", "Anaemia was rare", ["Anaemia"]),
        ("anaesthesia", "anesthesia", ["anesthesia"]),
        ("tumors", "a tumour", ["tumour"]),
        ("randomised", "randomized", ["randomized"]),
        ("paediatric", "pediatric wards", ["pediatric"]),
        ("hypoglycemia", "hypoglycaemia", ["hypoglycaemia"]),
        ("oestrogen", "estrogens", ["estrogens"]),
        ("children", "one child", ["child"]),
        ("therapies", "this therapy", ["therapy"]),
        ("non-steroidal", "nonsteroidal, non‑steroidal", ["nonsteroidal", "non‑steroidal"]),
        ("nonsteroidal", "non-steroidal", ["non-steroidal"]),
        ("type 2 diabetes", "type-2 diabetes", ["type-2 diabetes"]),
    ],
)
def test_spelling_number_and_hyphens_vary(term: str, text: str, expected: list[str]) -> None:
    assert matched(term, text) == expected


@pytest.mark.parametrize(
    "written",
    [
        "artesunate-mefloquine",
        "artesunate–mefloquine",
        "artesunate + mefloquine",
        "artesunate/mefloquine",
        "artesunate plus mefloquine",
        "artesunate and mefloquine",
        "artesunate with mefloquine",
        "artesunate (AS) plus mefloquine",
        "mefloquine-artesunate",
    ],
)
def test_a_combination_matches_however_it_is_joined(written: str) -> None:
    assert matched("artesunate-mefloquine", f"received {written} for 3 days") == [written]


def test_a_combination_is_not_one_of_its_parts() -> None:
    assert matched("artesunate-mefloquine", "artesunate or mefloquine; artesunate alone") == []


def test_abbreviations_keep_case_and_end_at_word_boundaries() -> None:
    assert matched("AL", "AL, ALN, al., MAL and AL-treated") == ["AL", "AL"]
    assert matched("AS+MQ", "AS + MQ or as mq") == ["AS + MQ"]
    assert matched("A + M", "DP and A + M; a m; A M") == ["A + M"]
    assert matched("A", "A trial of vitamin A") == []


def test_words_inside_other_words_do_not_match() -> None:
    assert matched("malaria", "antimalarial malarial malaria") == ["malaria"]
    assert matched("pain", "Spain painful") == []


def test_a_genus_may_be_abbreviated_or_missing() -> None:
    text = "uncomplicated P. falciparum malaria, uncomplicated falciparum malaria"
    assert len(matched("uncomplicated Plasmodium falciparum malaria", text)) == 2
    assert matched("Plasmodium falciparum", "P. vivax") == []


def test_a_class_of_drugs_matches_the_names_made_from_its_stem() -> None:
    assert matched("statins", "atorvastatin, nystatin, statin") == ["atorvastatin", "statin"]


def test_overlapping_matches_leave_the_longest() -> None:
    text = "uncomplicated falciparum malaria"
    assert find_any(["malaria", "falciparum malaria"], text) == [(14, 32)]


def test_words_of_a_term_may_stand_apart_but_must_all_be_there() -> None:
    sentence = "uncomplicated multi-drug resistant Plasmodium falciparum malaria"
    assert find_near("uncomplicated Plasmodium falciparum malaria", sentence) == [(0, 64)]
    assert find_near("type 2 diabetes", "type 1 diabetes") == []


def test_abbreviations_are_read_where_the_text_defines_them() -> None:
    text = "dihydroartemisinin-piperaquine (DHP) or placebo (see below)"
    assert defined_abbreviations(["dihydroartemisinin-piperaquine", "placebo"], text) == ("DHP",)


def test_initials_are_made_of_longer_terms_only() -> None:
    assert initialism("attention deficit hyperactivity disorder") == "ADHD"
    assert initialism("people with asthma") is None
    assert is_abbreviation("DHA-PQP")
    assert not is_abbreviation("DHA-piperaquine")


def test_a_concept_has_terms_examples_contrasts_and_other_members() -> None:
    concept = read_concept(
        "artesunate-mefloquine (AS+MQ, A + M) or antihistamines such as cetirizine and loratadine"
        " or another combination (not: vivax, severe malaria)"
    )
    assert concept.terms[:2] == ("artesunate-mefloquine", "antihistamines")
    assert {"cetirizine", "loratadine"} <= set(concept.terms)
    assert {"AS+MQ", "A + M"} <= set(concept.terms)
    assert concept.contrasts == ("vivax", "severe malaria")
    assert concept.others == ("combination",)


def test_a_lone_adjective_takes_the_noun_of_the_next_alternative() -> None:
    assert read_concept("seasonal or perennial allergic rhinitis").terms == (
        "seasonal allergic rhinitis",
        "perennial allergic rhinitis",
    )


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.text(max_size=80))
def test_any_term_gives_offsets_inside_any_text(term: str, text: str) -> None:
    for start, end in find_term(term, text) + find_near(term, text):
        assert 0 <= start < end <= len(text)


def test_behaviour_and_behavioural_are_one_word() -> None:
    for text in ("cognitive behavior therapy", "Cognitive-behavioural therapies"):
        assert find_term("cognitive behavioural therapy", text)
    assert not find_term("behaviour", "misbehaviourist")
