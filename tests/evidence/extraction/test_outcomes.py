from __future__ import annotations

import pytest

from evidence.extraction.abbreviations import Abbreviation
from evidence.extraction.outcomes import find_outcome, match_label, outcome_concept


@pytest.mark.parametrize(
    ("outcome", "label"),
    [
        ("anaemia", "Anemia, n (%)"),
        ("serious adverse events (SAE)", "At least one SAE"),
        ("vomiting", "Number of patients with vomiting"),
        ("gametocyte carriage (gametocytes)", "Gametocyte prevalence^1"),
        ("scores of amotivation", "Amotivation"),
        ("sore throat", "Sore throat (%)"),
    ],
)
def test_a_label_in_the_outcomes_words_is_an_exact_match(outcome: str, label: str) -> None:
    match = match_label(outcome_concept(outcome, ()), label)
    assert match is not None
    assert match.exact
    assert not match.complement


@pytest.mark.parametrize(
    ("outcome", "label"),
    [
        ("pain", "Abdominal pain"),
        ("vomiting", "Nausea or vomiting"),
        ("serious adverse events (SAE)", "At least one drug-related SAE"),
        ("anaemia", "Severe anaemia"),
        ("treatment failure", "Early treatment failure"),
        ("sustained progression", "no sustained progression"),
        ("HbA1c", "HbA1c < 6.5 % with medication"),
        ("fever", "Fever clearance"),
    ],
)
def test_another_outcome_is_no_match(outcome: str, label: str) -> None:
    assert match_label(outcome_concept(outcome, ()), label) is None


def test_a_longer_wording_is_a_match_to_be_checked() -> None:
    concept = outcome_concept("recurrent malaria (recurrent parasitaemia)", ())
    match = find_outcome(concept, "the risk of recurrent falciparum parasitemia was lower")
    assert match is not None
    assert not match.exact


def test_only_a_synonym_with_not_is_a_complement() -> None:
    concept = outcome_concept("treatment failure (not cured)", ())
    match = match_label(concept, "Cure rate")
    assert match is not None
    assert match.complement
    assert match_label(outcome_concept("treatment failure", ()), "Cure rate") is None
    first = match_label(outcome_concept("no resection", ()), "No resection")
    assert first is not None
    assert not first.complement


def test_the_reports_abbreviations_widen_an_outcome() -> None:
    definition = Abbreviation("BMI", "body mass index", 0, 1)
    assert match_label(outcome_concept("Body mass index", (definition,)), "BMI (kg/m^2)")
    assert match_label(outcome_concept("Body mass index", ()), "BMI (kg/m^2)") is None
