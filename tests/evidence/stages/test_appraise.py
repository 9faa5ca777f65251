from __future__ import annotations

import pytest

from evidence.appraisal.answers import Answer
from evidence.appraisal.rob2 import judge_domain
from evidence.appraisal.rob2_questions import questions_of
from evidence.judgements import RiskOfBiasJudgement
from evidence.stages.appraise import OfflineAppraiser
from indexers.records import Document, Section, text_digest
from tests.evidence.appraisal.trial_report import report


def _applying(told: dict[str, Answer]) -> dict[str, Answer]:
    return {question_id: answer for question_id, answer in told.items() if answer != "NA"}


def appraise(document: Document) -> dict[str, RiskOfBiasJudgement]:
    judged = OfflineAppraiser().appraise(document)
    for judgement in judged:
        assert judgement.record_id == "r"
        for quote in judgement.quotes:
            assert document.text[quote.start : quote.end] == quote.text
        assert judgement.quotes or judgement.judgement == "unclear"
        answered = [a for a in judgement.answers if a.answer not in ("NI", "NA")]
        assert all(answer.quotes and not answer.by_person for answer in answered)
        assert set(judgement.quotes) == {q for a in judgement.answers for q in a.quotes}
        told = {answer.question_id: answer.answer for answer in judgement.answers}
        assert list(told) == [q.question_id for q in questions_of(judgement.domain)]
        if judgement.judgement != "unclear":  # it follows from the answers, whoever computes it
            assert judgement.judgement == judge_domain(judgement.domain, _applying(told)).level
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
        (
            "A computer-generated list was used for randomisation. "
            "Numbered sealed opaque envelopes held it.",
            "low",
        ),
        ("A computer-generated list assigned patients.", "some_concerns"),
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
        ("This was a double-blind trial. Analysis was by intention to treat.", "low"),
        ("This was a double\u2010blind trial. Analysis was by intention to treat.", "low"),
        ("This was an open-label trial. Analysis was by intention to treat.", "some_concerns"),
        ("The trial was not blinded. Analysis was by intention to treat.", "some_concerns"),
        # How the analysis was done is half of the domain: without a word on it, 2.7 decides.
        ("This was a double-blind trial.", "unclear"),
        ("This was an open-label trial.", "unclear"),
        # Who of those in the trial was blinded is not said.
        ("This single-blind trial lasted a year.", "unclear"),
        ("A double-blind phase came before an open-label trial.", "unclear"),
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
        ("By the last visit 2 (1.5%) were lost to follow-up.", "low"),
        # Whether losses could depend on the outcome (3.3, 3.4) no sentence of a report can say.
        ("There were 126 (84%) who completed the study.", "unclear"),
        ("By the last visit 38 (7.2%) were lost to follow-up.", "unclear"),
        ("Five patients withdrew.", "unclear"),
        ("Pain fell by 95% in the completed diaries.", "unclear"),
    ],
)
def test_missing_outcome_data(results: str, expected: str) -> None:
    assert appraise(report(results=results))["missing_outcome_data"].judgement == expected


def test_the_share_that_was_read_stands_in_the_answer_of_an_open_domain() -> None:
    judged = appraise(report(results="There were 126 (84%) who completed the study."))
    first = judged["missing_outcome_data"].answers[0]
    assert (first.answer, first.reason) == ("PN", "84 % completed")
    reason = judged["missing_outcome_data"].provenance.reason
    assert reason.endswith("open: 3.2, 3.3, 3.4 (low to high)")


def test_losses_that_were_only_planned_for_are_no_losses() -> None:
    planned = "The sample size allowed for 20% lost to follow-up."
    for document in (report(methods=planned), report(results=planned)):
        judged = appraise(document)["missing_outcome_data"]
        assert (judged.judgement, judged.answers[0].answer) == ("unclear", "NI")


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ("This was a double-blind, placebo-controlled trial.", "low"),
        (
            "Outcomes were assessed in the same way in both groups. "
            "Open-label trial. Assessors were blinded to the treatment.",
            "low",
        ),
        # Whether outcomes were measured alike (4.2) is not said: some concerns on the chart.
        ("Open-label trial. Assessors were blinded to the treatment.", "some_concerns"),
        ("Open-label trial. The primary outcome was mortality at day 28.", "some_concerns"),
        ("This was a double-blind trial.", "some_concerns"),
        # Assessors who knew could be led by it (4.5): a person judges.
        ("This was an open-label trial.", "unclear"),
        ("Outcome assessors were not blinded.", "unclear"),
        ("Two readers were blinded to each other's results.", "unclear"),
        ("Open-label trial. The primary outcome was a pain score and death.", "unclear"),
    ],
)
def test_measurement(methods: str, expected: str) -> None:
    assert appraise(report(methods=methods))["measurement"].judgement == expected


@pytest.mark.parametrize(
    ("methods", "answer"),
    [
        ("The statistical analysis plan was final before unblinding.", "Y"),
        ("We followed the statistical analysis plan.", "PY"),
        ("Registered as NCT01234567. The trial protocol has been published.", "NI"),
        ("It was retrospectively registered as NCT01234567.", "PN"),
    ],
)
def test_selective_reporting_is_a_person_s_whatever_plan_there_was(
    methods: str, answer: str
) -> None:
    judged = appraise(report(methods=methods))["selective_reporting"]
    assert (judged.judgement, judged.answers[0].answer) == ("unclear", answer)
    assert judged.quotes  # the person finds what was read


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
    answers = appraise(document)["randomisation"].answers
    assert [answer.reason for answer in answers[:2]] == [
        "only said to be randomised",
        "no sentence of the report answers it",
    ]
