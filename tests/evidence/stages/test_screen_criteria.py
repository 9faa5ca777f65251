from __future__ import annotations

import pytest

from evidence.question import ClinicalQuestion, Pico
from tests.evidence.stages.screen_factory import (
    DESIGN,
    ELIGIBLE,
    criterion,
    full_text,
    question,
    record,
    screen,
)


def test_a_met_exclusion_criterion_excludes_and_counts_against_the_record() -> None:
    exclusion = criterion("publication", "The report is a study protocol.", "exclusion")
    asked = ClinicalQuestion(text="?", criteria=(exclusion,))
    decision, verdicts = screen(record("Study protocol for a randomised trial of DP"), asked)
    assert verdicts["publication"].verdict == "met"
    assert (decision.verdict, decision.score) == ("exclude", 0.0)
    decision, verdicts = screen(ELIGIBLE, asked)
    assert verdicts["publication"].verdict == "not_met"
    assert (decision.verdict, decision.score) == ("include", 1.0)


def test_a_criterion_the_rules_do_not_know_stays_unclear() -> None:
    verdicts = screen(ELIGIBLE, question(criterion("language", "The report is in English.")))[1]
    assert verdicts["language"].verdict == "unclear"
    asked = question(criterion("setting", "The trial was done in a clinic (India, cure rates)."))
    assert screen(ELIGIBLE, asked)[1]["setting"].verdict == "met"


def test_an_outcome_an_abstract_leaves_out_is_unclear() -> None:
    asked = question(criterion("outcome", "Treatment failure is reported."))
    assert screen(ELIGIBLE, asked)[1]["outcome"].verdict == "unclear"


@pytest.mark.parametrize(
    ("title", "verdict"),
    [
        ("Zinc for diarrhoea in children: a randomised trial", "met"),
        ("Zinc for diarrhea in adults: a randomised trial", "not_met"),
        ("Zinc for diarrhoea: a randomised trial", "unclear"),
    ],
)
def test_the_group_of_people_has_to_fit_as_well(title: str, verdict: str) -> None:
    asked = ClinicalQuestion(
        text="?",
        pico=Pico(population="children with diarrhoea"),
        criteria=(criterion("population", "The participants are children with diarrhoea."),),
    )
    assert screen(record(title), asked)[1]["population"].verdict == verdict


def test_controls_without_a_word_on_what_they_got_leave_usual_care_open() -> None:
    asked = ClinicalQuestion(
        text="?",
        pico=Pico(intervention="exercise", comparator="usual care"),
        criteria=(criterion("comparator", "Another arm receives usual care."),),
    )
    abstract = "Methods: Patients were randomised to exercise or the control group."
    assert screen(record("Exercise", abstract), asked)[1]["comparator"].verdict == "unclear"
    abstract = "Methods: Patients were randomised to exercise or treatment as usual."
    assert screen(record("Exercise", abstract), asked)[1]["comparator"].verdict == "met"


def asked_in_words(population: str, intervention: str) -> ClinicalQuestion:
    return ClinicalQuestion(
        text="?",
        pico=Pico(population=population, intervention=intervention),
        criteria=(
            criterion("population", f"The participants are {population}."),
            criterion("intervention", f"One arm of the trial receives {intervention}."),
            criterion("design", DESIGN),
        ),
    )


def test_a_synonym_and_a_drug_of_the_class_meet_a_criterion() -> None:
    document = record(
        "Enalapril versus amlodipine: a randomised trial",
        "Methods: 120 patients with high blood pressure were randomised to enalapril or"
        " amlodipine.",
    )
    asked = asked_in_words("adults with hypertension", "ACE inhibitors")
    decision, verdicts = screen(document, asked)
    assert {v.verdict for v in verdicts.values()} == {"met"}
    assert decision.verdict == "include"
    assert "high blood pressure" in verdicts["population"].quotes[0].text


def test_a_name_near_the_condition_keeps_a_record_from_exclusion() -> None:
    document = record(
        "Aspirin for pain: a randomised trial",
        "Methods: 40 people were randomised. Results: Angioedema was rare.",
    )
    asked = asked_in_words("adults with urticaria", "cetirizine")
    verdict = screen(document, asked)[1]["population"]
    assert verdict.verdict == "unclear"
    assert verdict.reason == "a related name, 'Angioedema'"


def test_what_no_vocabulary_knows_is_not_excluded_for_a_missing_word() -> None:
    document = record("Order sets for antibiotics", "Methods: Forms were changed in 12 wards.")
    asked = asked_in_words("adults with gout", "nudges (changes in choice architecture)")
    verdict = screen(document, asked)[1]["intervention"]
    assert verdict.verdict == "unclear"
    assert "names that the rules do not know" in verdict.reason


def test_an_abstract_that_names_the_intervention_may_leave_the_population_unsaid() -> None:
    asked = asked_in_words("adults with hypertension", "ACE inhibitors")
    abstract = "Methods: 90 people were randomised to {} or placebo."
    named = screen(record("A trial in the ward", abstract.format("captopril")), asked)
    other = screen(record("A trial in the ward", abstract.format("zinc")), asked)
    assert named[1]["population"].verdict == "unclear"
    assert named[0].verdict == "unclear"
    assert other[1]["population"].verdict == "not_met"
    body = full_text("A trial in the ward", abstract.format("captopril"), Methods="We met them.")
    assert screen(body, asked)[1]["population"].verdict == "not_met"


@pytest.mark.parametrize(
    ("title", "sentence", "verdict"),
    [
        ("Captopril in healthy volunteers", "We gave captopril.", "not_met"),
        ("Kinetics of captopril", "Healthy volunteers were given captopril.", "unclear"),
        ("Kinetics of zinc", "Healthy volunteers were given zinc.", "not_met"),
    ],
)
def test_healthy_volunteers_given_the_intervention_decide_in_the_title(
    title: str, sentence: str, verdict: str
) -> None:
    asked = asked_in_words("adults with hypertension", "ACE inhibitors")
    document = record(title, f"Methods: {sentence}")
    assert screen(document, asked)[1]["population"].verdict == verdict


def test_healthy_people_may_be_who_is_asked_for() -> None:
    asked = asked_in_words("postmenopausal women", "oestrogens")
    document = record("Bone loss", "Methods: Healthy postmenopausal women were randomised to zinc.")
    assert screen(document, asked)[1]["population"].verdict == "met"
    document = record("Bone loss after menopause", "Methods: Healthy women were given zinc.")
    assert screen(document, asked)[1]["population"].verdict == "unclear"


def test_an_abstract_that_may_be_a_secondary_analysis_is_left_to_a_person() -> None:
    text = f"{DESIGN} It is not a secondary analysis."
    asked = ClinicalQuestion(text="?", criteria=(criterion("design", text),))
    cue = "This was a post hoc analysis of a randomised trial."
    assert screen(record("Captopril", f"Methods: {cue}"), asked)[1]["design"].verdict == "unclear"
    titled = record("Captopril: a post hoc analysis", f"Methods: {cue}")
    assert screen(titled, asked)[1]["design"].verdict == "not_met"


def test_an_observational_abstract_decides_where_it_is_named_or_in_the_title() -> None:
    cue = "Methods: This cohort study followed 40 patients on zinc."
    wanted = ClinicalQuestion(text="?", criteria=(criterion("design", "A randomised trial."),))
    named = ClinicalQuestion(
        text="?",
        criteria=(criterion("design", "A randomised trial (not: observational study)."),),
    )
    assert screen(record("Zinc for colds", cue), wanted)[1]["design"].verdict == "unclear"
    assert screen(record("Zinc for colds", cue), named)[1]["design"].verdict == "not_met"
    titled = record("Zinc for colds: a cohort study", cue)
    assert screen(titled, wanted)[1]["design"].verdict == "not_met"
