from __future__ import annotations

import pytest

from evidence.reading.study_design import detect_designs, read_design_statement
from indexers.records import Document, Record, abstract_document


def document(title: str, abstract: str = "") -> Document:
    return abstract_document(Record(record_id="r", source="test", title=title, abstract=abstract))


def designs(title: str, abstract: str = "") -> dict[str, str]:
    read = document(title, abstract)
    return {f.design: read.text[f.start : f.end] for f in detect_designs(read)}


@pytest.mark.parametrize(
    ("title", "design"),
    [
        ("Aspirin for colds: study protocol for a randomised trial", "protocol"),
        ("Rationale and design of the COLD trial", "protocol"),
        ("Pooled analysis of two trials of aspirin", "pooled_analysis"),
        ("Aspirin: an integrated analysis of individual patient data", "pooled_analysis"),
        ("Aspirin for colds: a systematic review", "review"),
        ("Aspirin and age: a post hoc analysis of the COLD trial", "secondary_analysis"),
        ("Erratum: aspirin for colds", "correction"),
        ("Aspirin for colds: a cohort study", "observational"),
        ("Aspirin for colds: a quasi-experimental study", "non_randomised"),
        ("Aspirin in rats with colds", "animal"),
        ("Aspirin for colds: a cluster randomised trial", "cluster"),
    ],
)
def test_titles_tell_the_design_and_are_quoted(title: str, design: str) -> None:
    assert designs(title)[design] == title


def test_a_randomised_trial_is_found_by_how_people_were_assigned() -> None:
    assigned = "Forty patients were randomly assigned to aspirin or placebo."
    found = designs("Aspirin for colds", f"Background: Colds are common.\nMethods: {assigned}")
    assert found == {"randomised": f"Methods: {assigned}"}


def test_a_trial_that_is_only_called_for_is_no_design() -> None:
    abstract = "Methods: We followed 40 patients.\nConclusions: A randomised trial should follow."
    assert "randomised" not in designs("Aspirin for colds", abstract)


@pytest.mark.parametrize("word", ["non-randomised", "Nonrandomized", "quasi-randomised"])
def test_not_randomised_is_not_randomised(word: str) -> None:
    found = designs(f"Aspirin for colds: a {word} trial")
    assert "randomised" not in found
    assert "non_randomised" in found


def test_a_cohort_inside_a_randomised_trial_makes_no_cohort_study() -> None:
    abstract = "Methods: This cohort study was a randomised controlled trial of 40 patients."
    assert set(designs("Aspirin: a randomised trial", abstract)) == {"randomised"}


def test_the_future_tense_shows_a_protocol() -> None:
    assert "protocol" in designs("Aspirin", "Methods: Patients will be randomised to aspirin.")


def test_the_abstract_label_of_protocols_shows_one() -> None:
    assert "protocol" in designs("Aspirin", "Methods/design: This is a randomised trial.")
    assert "protocol" not in designs("Aspirin", "Methods: This is a randomised trial.")


@pytest.mark.parametrize("before", ["To study vitamin D.\n", "To study pain, fever etc.\n"])
def test_a_sentence_ends_at_a_line_break_and_behind_a_letter(before: str) -> None:
    sentence = "Methods: Patients with P. vivax were randomly assigned to A or B."
    found = designs("Vitamin D", f"Objectives: {before}{sentence} Others were not.")
    assert found["randomised"] == sentence


def test_a_criterion_names_designs_it_wants_and_does_not_want() -> None:
    statement = read_design_statement(
        "A randomised trial of crossover design, not a protocol or a pooled analysis."
    )
    assert statement.wanted == ("randomised", "crossover")
    assert statement.unwanted == ("protocol", "pooled_analysis")


@pytest.mark.parametrize(
    ("title", "design"),
    [
        ("Zolmitriptan and sumatriptan: issues in migraine trial design", "protocol"),
        ("Hand hygiene: compliance with recommended guidelines", "review"),
        ("Reminders: evidence from a controlled trial", "secondary_analysis"),
    ],
)
def test_a_title_on_a_design_is_no_report_of_that_design(title: str, design: str) -> None:
    assert design not in designs(title)


def test_a_guideline_is_told_by_its_title() -> None:
    assert "review" in designs("Clinical practice guidelines for gout")
    assert "review" in designs("Gout: European consensus guideline")
