from __future__ import annotations

import pytest

from evidence.judgements import CriterionVerdict, ScreeningDecision
from evidence.question import ClinicalQuestion, EligibilityCriterion, Pico
from evidence.stages.screen import OfflineScreener
from indexers.records import Document, Record, Section, abstract_document, text_digest

DESIGN = (
    "The report is of a randomised trial of parallel or crossover design; it is not a protocol or a"
    " pooled analysis."
)


def criterion(name: str, text: str, kind: str = "inclusion") -> EligibilityCriterion:
    return EligibilityCriterion.model_validate({"criterion_id": name, "kind": kind, "text": text})


def question(*more: EligibilityCriterion, contrast: str = "") -> ClinicalQuestion:
    return ClinicalQuestion(
        text="?",
        pico=Pico(
            population="people with uncomplicated P. falciparum malaria (falciparum malaria)",
            intervention="dihydroartemisinin-piperaquine (DP)",
            comparator="artesunate-mefloquine (AS+MQ) or another artemisinin-based combination",
            outcomes=("treatment failure",),
        ),
        criteria=(
            criterion("population", f"The participants have falciparum malaria{contrast}."),
            criterion("intervention", "One arm receives dihydroartemisinin-piperaquine."),
            criterion("comparator", "Another arm receives another combination."),
            criterion("design", DESIGN),
            *more,
        ),
    )


def record(title: str, abstract: str = "") -> Document:
    return abstract_document(Record(record_id="r", source="test", title=title, abstract=abstract))


def full_text(title: str, abstract: str, **sections: str) -> Document:
    parts = [("Title", title), ("Abstract", abstract), *sections.items()]
    text, places = "", []
    for name, body in parts:
        start = len(text)
        text += (f"{name}\n" if name not in ("Title", "Abstract") else "") + body + "\n\n"
        places.append(Section(path=(name,), start=start, end=len(text)))
    return Document(
        document_digest=text_digest(text),
        record_id="r",
        kind="full_text",
        text=text,
        sections=tuple(places),
    )


def screen(
    document: Document, asked: ClinicalQuestion | None = None
) -> tuple[ScreeningDecision, dict[str, CriterionVerdict]]:
    phase = "title_abstract" if document.kind == "abstract" else "full_text"
    decision = OfflineScreener().screen(asked or question(), document, phase)
    return decision, {v.criterion_id: v for v in decision.criteria}


ELIGIBLE = record(
    "Dihydroartemisinin-piperaquine versus artesunate plus mefloquine: a randomised trial",
    "Background: Resistance is spreading.\n"
    "Methods: 150 patients with uncomplicated P. falciparum malaria were randomised to DP or A + M."
    "\nResults: Cure rates were 98% and 97%.",
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
