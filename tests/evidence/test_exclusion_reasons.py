from __future__ import annotations

import pytest

from evidence.exclusion_reasons import REASONS, exclusion_reason, reason_of
from evidence.question import EligibilityCriterion


def criterion(name: str, text: str, kind: str = "inclusion") -> EligibilityCriterion:
    return EligibilityCriterion.model_validate({"criterion_id": name, "kind": kind, "text": text})


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        (
            "population",
            "The participants are adults with gout.",
            "Wrong population: not adults with gout",
        ),
        (
            "intervention",
            "One arm of the trial receives DHA (DP; twice a day).",
            "Wrong intervention: not DHA",
        ),
        ("comparator", "Another arm receives placebo.", "Wrong comparator: not placebo"),
        ("outcomes", "Pain is reported.", "Wrong outcomes: not met: Pain is reported"),
        (
            "design",
            "A randomised trial; it is not a protocol.",
            "Wrong study design: not a randomised trial",
        ),
        ("language", "The report is in English.", "Wrong language: not in English"),
    ],
)
def test_an_inclusion_criterion_gives_what_is_wrong_and_what_was_asked(
    name: str, text: str, reason: str
) -> None:
    assert exclusion_reason(criterion(name, text)) == reason


def test_an_exclusion_criterion_gives_its_own_words() -> None:
    assert exclusion_reason(criterion("population", "Adults.", "exclusion")) == (
        "Wrong population: adults"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Experiments in rats", "Wrong population"),
        ("Cohort studies and case-control studies", "Wrong study design"),
        ("RCTs only", "Wrong study design"),
        ("Letters and editorials", "Wrong publication type"),
        ("A study protocol", "Wrong publication type"),
        ("Published before 1990", "Wrong date"),
        ("Set in primary care", "Wrong setting"),
        ("Mean follow-up under 12 weeks", "Wrong follow-up"),
        ("Versus usual care", "Wrong comparator"),
        ("Treated with aspirin", "Wrong intervention"),
        ("Zebra crossings", "Not eligible"),
    ],
)
def test_an_id_that_tells_nothing_leaves_it_to_the_text(text: str, reason: str) -> None:
    assert reason_of(criterion("c1", text, "exclusion")) == reason
    assert reason in REASONS


def test_an_id_is_read_by_its_words() -> None:
    assert reason_of(criterion("candidate_gene", "Zebra crossings")) == "Not eligible"
    assert reason_of(criterion("date_of_report", "Zebra crossings")) == "Wrong date"
