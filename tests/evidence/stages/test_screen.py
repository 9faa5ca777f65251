from __future__ import annotations

import pytest

from evidence.question import ClinicalQuestion, Pico
from tests.evidence.stages.screen_factory import (
    ELIGIBLE,
    criterion,
    full_text,
    question,
    record,
    screen,
)


def test_an_eligible_trial_meets_every_criterion_with_the_deciding_quote() -> None:
    decision, verdicts = screen(ELIGIBLE)
    assert decision.verdict == "include"
    assert decision.score == 1.0
    assert decision.exclusion_reason is None
    assert {v.verdict for v in verdicts.values()} == {"met"}
    assert "150 patients with uncomplicated" in verdicts["population"].quotes[0].text
    assert verdicts["comparator"].quotes[0].text.startswith("Dihydroartemisinin-piperaquine versus")
    for verdict in verdicts.values():
        for quote in verdict.quotes:
            assert ELIGIBLE.text[quote.start : quote.end] == quote.text


def test_another_species_is_not_the_population() -> None:
    document = record(
        "Dihydroartemisinin-piperaquine versus artesunate-mefloquine in vivax malaria: a randomised"
        " trial",
        "Methods: Patients with P. vivax malaria were randomised.",
    )
    assert screen(document)[1]["population"].verdict == "unclear"
    asked = question(contrast=" (not: vivax, severe malaria)")
    decision, verdicts = screen(document, asked)
    assert verdicts["population"].verdict == "not_met"
    assert "vivax" in verdicts["population"].quotes[0].text
    assert decision.verdict == "exclude"
    assert decision.exclusion_reason == "Wrong population: not falciparum malaria"


def test_an_excluded_contrast_does_not_exclude_the_trial() -> None:
    document = record(
        ELIGIBLE.text.split("\n")[0],
        "Methods: Patients with uncomplicated P. falciparum malaria were randomised to DP or A + M."
        " Patients with severe malaria or P. vivax were excluded.",
    )
    asked = question(contrast=" (not: vivax, severe malaria)")
    assert screen(document, asked)[1]["population"].verdict == "met"


@pytest.mark.parametrize(
    "title",
    [
        "Pharmacokinetics of dihydroartemisinin-piperaquine in healthy volunteers",
        "Dihydroartemisinin-piperaquine in mice: a randomised study",
    ],
)
def test_volunteers_and_animals_are_not_people_with_the_disease(title: str) -> None:
    abstract = "Background: DP treats uncomplicated falciparum malaria.\nMethods: 16 were studied."
    verdict = screen(record(title, abstract))[1]["population"]
    assert verdict.verdict == "not_met"
    assert verdict.quotes[0].text == title


def test_people_with_the_disease_who_were_excluded_are_no_participants() -> None:
    document = record(
        "Dihydroartemisinin-piperaquine for fever",
        "Methods: We enrolled children with fever. We excluded children with uncomplicated P."
        " falciparum malaria.",
    )
    assert screen(document)[1]["population"].verdict == "unclear"


def test_prevention_of_the_disease_is_not_its_treatment() -> None:
    document = record(
        "Dihydroartemisinin-piperaquine for prevention of falciparum malaria in schoolchildren",
        "Methods: Children were randomised to DP or placebo.",
    )
    assert screen(document)[1]["population"].verdict == "unclear"


def test_treatment_and_control_of_the_disease_is_its_treatment() -> None:
    document = record(
        "DP for treatment and transmission control of uncomplicated Plasmodium falciparum malaria"
    )
    assert screen(document)[1]["population"].verdict == "met"


def test_a_drug_in_the_background_only_is_no_arm() -> None:
    document = record(
        "Chloroquine versus artesunate-mefloquine for uncomplicated falciparum malaria",
        "Background: Patients are treated with dihydroartemisinin-piperaquine, widely used."
        "\nMethods: Patients were given"
        " chloroquine or artesunate-mefloquine.",
    )
    verdict = screen(document)[1]["intervention"]
    assert verdict.verdict == "unclear"
    assert "widely used" in verdict.quotes[0].text


def test_a_drug_that_is_nowhere_is_not_met_and_the_title_is_quoted() -> None:
    document = record(
        "Quinine for malaria: a randomised trial", "Methods: 40 patients got quinine."
    )
    verdict = screen(document)[1]["intervention"]
    assert verdict.verdict == "not_met"
    assert verdict.quotes[0].text == "Quinine for malaria: a randomised trial"
    assert "none of 'dihydroartemisinin-piperaquine', 'DP' occurs" in verdict.reason


def test_without_an_abstract_absence_decides_nothing() -> None:
    decision, verdicts = screen(record("A trial of quinine"))
    assert {v.verdict for v in verdicts.values()} == {"unclear"}
    assert decision.verdict == "unclear"
    assert decision.score == 0.5


def test_what_every_arm_gets_is_no_arm_and_no_comparator() -> None:
    document = full_text(
        "Primaquine to stop transmission: a randomised trial",
        "Adults with uncomplicated falciparum malaria were randomised to primaquine or none.",
        Methods="All participants received dihydroartemisinin-piperaquine for three days. They were"
        " then randomised to primaquine or no primaquine.",
    )
    decision, verdicts = screen(document)
    assert verdicts["intervention"].verdict == "unclear"
    assert verdicts["intervention"].reason == "every arm gets it"
    assert "All participants received" in verdicts["intervention"].quotes[0].text
    assert verdicts["comparator"].verdict == "not_met"
    assert decision.verdict == "exclude"


def test_the_intervention_is_not_its_own_comparator() -> None:
    document = record(
        "Dihydroartemisinin-piperaquine, an artemisinin-based combination, versus quinine",
        "Methods: Patients with falciparum malaria were randomised to DP or quinine.",
    )
    assert screen(document)[1]["comparator"].verdict != "met"


def test_a_part_of_the_intervention_is_no_comparator() -> None:
    asked = ClinicalQuestion(
        text="?",
        pico=Pico(intervention="dihydroartemisinin-piperaquine", comparator="piperaquine"),
        criteria=(criterion("comparator", "Another arm receives piperaquine."),),
    )
    title = "Dihydroartemisinin-piperaquine versus {}: a randomised trial"
    assert screen(record(title.format("quinine")), asked)[1]["comparator"].verdict == "unclear"
    assert screen(record(title.format("piperaquine")), asked)[1]["comparator"].verdict == "met"


def test_rescue_treatment_in_a_full_text_is_no_arm() -> None:
    document = full_text(
        "Dihydroartemisinin-piperaquine versus quinine: a randomised trial",
        "Patients with uncomplicated falciparum malaria were randomised to DP or quinine.",
        Methods="Treatment failures in either group were given rescue artesunate-mefloquine.",
    )
    assert screen(document)[1]["comparator"].verdict == "not_met"


def test_a_protocol_fails_the_design_and_a_full_text_tells_randomisation() -> None:
    document = record("DP for malaria: study protocol for a randomised trial")
    assert screen(document)[1]["design"].verdict == "not_met"
    silent = full_text(
        "DP for malaria", "We studied DP.", Methods="Patients were randomly assigned."
    )
    verdict = screen(silent)[1]["design"]
    assert verdict.verdict == "met"
    assert verdict.quotes[0].text == "Patients were randomly assigned."
