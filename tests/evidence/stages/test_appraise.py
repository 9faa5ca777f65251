from __future__ import annotations

import pytest

from evidence.judgements import RiskOfBiasJudgement
from evidence.stages.appraise import OfflineAppraiser
from indexers.records import Document, Section, text_digest


def report(*, methods: str = "", results: str = "", discussion: str = "") -> Document:
    text, places = "A trial of aspirin\n\n", [Section(path=("Title",), start=0, end=20)]
    for name, body in (("Methods", methods), ("Results", results), ("Discussion", discussion)):
        start = len(text)
        text += f"{name}\n{body}\n\n"
        places.append(Section(path=(name,), start=start, end=len(text)))
    return Document(
        document_digest=text_digest(text),
        record_id="r",
        kind="full_text",
        text=text,
        sections=tuple(places),
    )


def appraise(document: Document) -> dict[str, RiskOfBiasJudgement]:
    judged = OfflineAppraiser().appraise(document)
    for judgement in judged:
        assert judgement.record_id == "r"
        for quote in judgement.quotes:
            assert document.text[quote.start : quote.end] == quote.text
        assert bool(judgement.quotes) == (judgement.judgement != "unclear")
    return {judgement.domain: judgement for judgement in judged}


def test_a_report_that_says_nothing_is_unclear_in_all_five_domains() -> None:
    judged = appraise(report(methods="Aspirin was bought."))
    assert list(judged) == [
        "randomisation",
        "deviations",
        "missing_outcome_data",
        "measurement",
        "selective_reporting",
    ]
    assert {j.judgement for j in judged.values()} == {"unclear"}


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ("A computer-generated list was used. Sealed opaque envelopes held it.", "low"),
        ("A computer-generated list was used.", "some_concerns"),
        ("Patients were randomly assigned.", "some_concerns"),
        ("Patients were allocated alternately to two groups.", "high"),
        ("A random number table was used. Allocation was not concealed.", "high"),
        ("A random number table was used without concealment.", "high"),
        ("Patients were allocated to take aspirin on alternate days.", "unclear"),
    ],
)
def test_randomisation(methods: str, expected: str) -> None:
    assert appraise(report(methods=methods))["randomisation"].judgement == expected


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ("This was a double-blind trial.", "low"),
        ("This was a double\u2010blind trial.", "low"),
        ("Neither patients nor investigators were aware of the allocation.", "low"),
        ("This was an open-label trial.", "some_concerns"),
        ("This single-blind trial lasted a year.", "some_concerns"),
        ("The trial was not blinded.", "some_concerns"),
        ("Double-blinding was not possible.", "some_concerns"),
        ("The trial was done without blinding.", "some_concerns"),
        ("A double-blind phase came before an open-label trial.", "some_concerns"),
    ],
)
def test_deviations(methods: str, expected: str) -> None:
    assert appraise(report(methods=methods))["deviations"].judgement == expected


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("Of 421 participants, 417 (99%) completed follow-up.", "low"),
        ("In all, 98 of 100 patients completed the study.", "low"),
        ("All participants completed the study.", "low"),
        ("There were 126 (84%) who completed the study.", "some_concerns"),
        ("By the last visit 38 (7.2%) were lost to follow-up.", "some_concerns"),
        ("By the last visit 2 (1.5%) were lost to follow-up.", "low"),
        ("Five patients withdrew.", "some_concerns"),
        ("Pain fell by 95% in the completed diaries.", "unclear"),
    ],
)
def test_missing_outcome_data(results: str, expected: str) -> None:
    assert appraise(report(results=results))["missing_outcome_data"].judgement == expected


def test_losses_that_were_only_planned_for_are_no_losses() -> None:
    planned = "The sample size allowed for 20% lost to follow-up."
    assert appraise(report(methods=planned))["missing_outcome_data"].judgement == "unclear"
    assert appraise(report(results=planned))["missing_outcome_data"].judgement == "unclear"


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ("Open-label trial. Assessors were blinded to the treatment.", "low"),
        ("Open-label trial. The primary outcome was mortality at day 28.", "low"),
        ("This was an open-label trial.", "some_concerns"),
        ("Outcome assessors were not blinded.", "some_concerns"),
        ("Two readers were blinded to each other's results.", "unclear"),
        ("Open-label trial. The primary outcome was a pain score and death.", "some_concerns"),
    ],
)
def test_measurement(methods: str, expected: str) -> None:
    assert appraise(report(methods=methods))["measurement"].judgement == expected


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ("Registered as NCT01234567. The trial protocol has been published.", "low"),
        ("Registered as NCT01234567.", "some_concerns"),
        ("The trial protocol has been published.", "some_concerns"),
        (
            "It was retrospectively registered as NCT01234567. The protocol was published.",
            "some_concerns",
        ),
    ],
)
def test_selective_reporting(methods: str, expected: str) -> None:
    assert appraise(report(methods=methods))["selective_reporting"].judgement == expected


def test_what_a_discussion_says_of_other_trials_does_not_count() -> None:
    discussion = "Another trial was double-blind with sealed opaque envelopes (NCT01234567)."
    judged = appraise(report(methods="Aspirin was bought.", discussion=discussion))
    assert {j.judgement for j in judged.values()} == {"unclear"}


def test_a_heading_is_no_statement() -> None:
    text = "Aspirin\n\nMethods\nAllocation concealment\nPatients were randomly assigned."
    document = Document(
        document_digest=text_digest(text),
        record_id="r",
        kind="full_text",
        text=text,
        sections=(
            Section(path=("Title",), start=0, end=9),
            Section(path=("Methods",), start=9, end=len(text)),
            Section(path=("Methods", "Allocation concealment"), start=17, end=len(text)),
        ),
    )
    assert appraise(document)["randomisation"].provenance.reason == "only said to be randomised"
