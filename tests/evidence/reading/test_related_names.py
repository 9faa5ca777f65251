from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.reading.related_names import NameIndex, PlacedWords, related_names


def found(names: list[str], text: str) -> list[str]:
    return [text[start:end] for start, end in NameIndex(names).spans(PlacedWords(text))]


def test_names_are_found_whole_cut_and_across_hyphens() -> None:
    text = "ACE-inhibitors (enalapril, Lisinopril) in hypertensive rats; the rate fell."
    assert found(["ace inhibitor*", "lisinopril*", "hypertens*", "rat"], text) == [
        "ACE-inhibitors",
        "Lisinopril",
        "hypertensive",
    ]


def test_the_longest_name_at_a_place_counts_and_names_inside_it_do_not() -> None:
    assert found(["heart", "heart failure", "failure"], "Heart failure, failure") == [
        "Heart failure",
        "failure",
    ]


def test_letters_that_change_their_length_in_lower_case_move_no_offset() -> None:
    text = "İİİ migraine"
    assert found(["migraine*"], text) == ["migraine"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=12), max_size=6), st.text(max_size=60))
def test_any_names_give_offsets_inside_any_text(names: list[str], text: str) -> None:
    last = 0
    for start, end in NameIndex(names).spans(PlacedWords(text)):
        assert last <= start < end <= len(text)
        last = end


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("angiotensin-converting-enzyme inhibitors", "Trandolapril"),
        ("oral and injectable triptans", "zolmitriptan"),
        ("non-steroidal anti-inflammatory drugs", "etoricoxib"),
    ],
)
def test_a_class_has_its_drugs_as_names(asked: str, text: str) -> None:
    names = related_names(asked, "intervention")
    assert names.known
    assert names.same.spans(PlacedWords(text))


def test_a_disease_has_its_synonyms() -> None:
    names = related_names("adults with type 2 diabetes", "population")
    assert names.known
    assert names.same.spans(PlacedWords("maturity-onset diabetes"))
    assert not names.same.spans(PlacedWords("type 1 diabetes"))


def test_what_no_vocabulary_holds_is_not_known() -> None:
    assert not related_names("nudges (changes in choice architecture)", "intervention").known
    assert related_names("dihydroartemisinin-piperaquine (DP)", "intervention").known


def test_a_combination_has_no_part_of_it_as_its_own_name() -> None:
    names = related_names("dihydroartemisinin-piperaquine (DP)", "intervention")
    assert not names.same.spans(PlacedWords("piperaquine alone"))


def test_what_does_not_count_is_no_name() -> None:
    asked = "falciparum malaria (P. falciparum; not: vivax, severe malaria)"
    names = related_names(asked, "population")
    assert not names.near.spans(PlacedWords("severe vivax malaria"))
