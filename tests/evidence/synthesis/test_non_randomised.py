"""GRADE with studies that are not randomised: where it starts, and what ROBINS-I takes off."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from evidence.appraisal.by_person import robins_i_judgement
from evidence.appraisal.rob2_questions import DOMAINS as ROB_2_DOMAINS
from evidence.appraisal.robins_i import Level
from evidence.config import SynthesisSettings
from evidence.findings import DichotomousData, StudyResult, SummaryOfFindingsRow
from evidence.judgements import MACHINE, Provenance, RiskOfBiasJudgement, RobinsIJudgement
from evidence.synthesis.grade import rate_certainty
from evidence.synthesis.summary_of_findings import summarise_outcome
from tests.evidence.cohort_factory import judged_in_full


def study(name: str, a: int, n1: int, c: int, n2: int) -> StudyResult:
    data = DichotomousData(
        events_intervention=a, total_intervention=n1, events_comparator=c, total_comparator=n2
    )
    return StudyResult(record_id=name, study=name, data=data, comparator="none")


# Together A has 52 % of the weight, B 48 %; the effect is clear and precise.
A, B = study("A", 150, 1000, 300, 1000), study("B", 140, 1000, 290, 1000)
SMALL = study("C", 15, 100, 30, 100)


def low_by_rob_2(*studies: StudyResult) -> list[RiskOfBiasJudgement]:
    return [
        RiskOfBiasJudgement(
            record_id=each.record_id,
            domain=domain,
            judgement="low",
            provenance=Provenance(actor=MACHINE, engine="offline"),
        )
        for each in studies
        for domain in ROB_2_DOMAINS
    ]


def rated(
    studies: Sequence[StudyResult],
    outlined: dict[str, list[RobinsIJudgement]],
    trials: Sequence[StudyResult] = (),
) -> SummaryOfFindingsRow:
    row = summarise_outcome(
        "cure", studies, SynthesisSettings(), low_by_rob_2(*trials), non_randomised=outlined
    )
    assert row.domains[0].domain == "risk_of_bias"
    return row


def told(row: SummaryOfFindingsRow) -> tuple[str, str | None, int]:
    return row.certainty_start, row.certainty, row.domains[0].levels_down


@pytest.mark.parametrize(
    ("worst", "expected"),
    [
        ("low", ("high", "high", 0)),
        ("moderate", ("high", "moderate", 1)),
        ("serious", ("high", "low", 2)),
        ("no_information", ("high", "low", 2)),
        ("critical", ("high", "very_low", 3)),
    ],
)
def test_judged_in_full_it_starts_high_and_goes_down_as_robins_i_says(
    worst: Level, expected: tuple[str, str, int]
) -> None:
    outlined = {name: judged_in_full(name, confounding=worst) for name in "AB"}
    row = rated([A, B], outlined)
    assert told(row) == expected
    reason = row.domains[0].reason
    assert "The evidence starts at high certainty, because what is not randomised (A, B)" in reason
    assert ("against pooling studies at critical risk" in reason) == (worst == "critical")


def test_not_judged_it_starts_low_and_says_why() -> None:
    row = rated([A, B], {"A": [], "B": []})
    assert told(row) == ("low", "very_low", 1)
    reason = row.domains[0].reason
    assert "The evidence starts at low certainty" in reason
    assert "because A, B are not randomised and not judged in full with ROBINS-I." in reason
    assert "waits for a person's judgement" in reason


def test_one_study_that_is_not_judged_in_full_keeps_the_start_low() -> None:
    outlined = {"A": judged_in_full("A"), "B": judged_in_full("B")[:6]}
    row = rated([A, B], outlined)
    assert told(row) == ("low", "low", 0)
    assert "because B is not randomised" in row.domains[0].reason


def test_a_low_start_has_taken_off_what_robins_i_finds_up_to_serious() -> None:
    serious = judged_in_full("A", confounding="serious")
    critical = judged_in_full("A", confounding="critical")
    assert told(rated([A, SMALL], {"A": serious, "C": []})) == ("low", "low", 0)
    row = rated([A, SMALL], {"A": critical, "C": []})
    assert told(row) == ("low", "very_low", 1)
    assert "against pooling studies at critical risk" in row.domains[0].reason


def test_a_level_counts_from_a_quarter_of_the_weight_on() -> None:
    small = {"A": judged_in_full("A"), "C": judged_in_full("C", selection="critical")}
    assert told(rated([A, SMALL], small)) == ("high", "high", 0)
    half = {"A": judged_in_full("A"), "B": judged_in_full("B", selection="serious")}
    assert told(rated([A, B], half)) == ("high", "low", 2)


def test_trials_and_other_studies_are_weighed_together() -> None:
    row = rated([A, B], {"B": judged_in_full("B", confounding="moderate")}, trials=[A])
    assert told(row) == ("high", "moderate", 1)
    assert row.domains[0].reason == (
        "Of the weight, 48 % is from studies at moderate risk by ROBINS-I, 52 % from studies at "
        "low risk. The evidence starts at high certainty, because what is not randomised (B) is "
        "judged in full with ROBINS-I."
    )


def test_trials_alone_are_rated_as_ever() -> None:
    row = rated([A, B], {"somebody else": []}, trials=[A, B])
    assert told(row) == ("high", "high", 0)
    assert row.domains[0].reason == "Of the weight, 100 % is from studies at low risk."
    assert "certainty_start" not in row.model_dump(mode="json")


def test_the_last_judgement_on_a_domain_counts() -> None:
    judged = [*judged_in_full("A", confounding="critical"), *judged_in_full("A")]
    assert told(rated([A], {"A": judged})) == ("high", "high", 0)


def test_nothing_is_raised_where_robins_i_was_asked() -> None:
    """Confounding belongs to risk of bias then: a large effect is not counted twice."""
    large = [study("A", 3, 100, 30, 100), study("B", 29, 1000, 290, 1000)]
    row = summarise_outcome("cure", large, SynthesisSettings(), low_by_rob_2(*large))
    raised = rate_certainty(row, low_by_rob_2(*large), start="low")
    assert raised.certainty == "high"
    one = [robins_i_judgement("A", "confounding", "low", "Ada", "read it")]
    rating = rate_certainty(
        row, (), start="low", non_randomised={"A": one, "B": judged_in_full("B")}
    )
    assert all(domain.levels_down == 0 for domain in rating.domains)
    assert rating.certainty == "low"
