from __future__ import annotations

from typing import Literal

import pytest

from evidence.eligibility import aggregate
from evidence.judgements import CriterionVerdict
from evidence.question import EligibilityCriterion

CRITERIA = (
    EligibilityCriterion(criterion_id="in1", kind="inclusion", text="A trial."),
    EligibilityCriterion(criterion_id="in2", kind="inclusion", text="Adults."),
    EligibilityCriterion(criterion_id="out", kind="exclusion", text="Animals."),
)
Word = Literal["met", "unclear", "not_met"]


def verdicts(**words: Word) -> list[CriterionVerdict]:
    return [CriterionVerdict(criterion_id=key, verdict=word) for key, word in words.items()]


@pytest.mark.parametrize(
    ("in1", "in2", "out", "verdict", "reason"),
    [
        ("met", "met", "not_met", "include", None),
        ("met", "met", "unclear", "unclear", None),
        ("met", "unclear", "not_met", "unclear", None),
        ("unclear", "unclear", "unclear", "unclear", None),
        ("not_met", "met", "not_met", "exclude", "Not eligible: not a trial"),
        ("unclear", "not_met", "unclear", "exclude", "Wrong population: not adults"),
        ("met", "met", "met", "exclude", "Wrong population: animals"),
        ("not_met", "not_met", "met", "exclude", "Not eligible: not a trial"),
    ],
)
def test_one_criterion_excludes_and_all_include(
    in1: Word, in2: Word, out: Word, verdict: str, reason: str | None
) -> None:
    given = verdicts(out=out, in2=in2, in1=in1)
    assert aggregate(CRITERIA, given) == (verdict, reason)


def test_a_criterion_without_verdict_is_unclear() -> None:
    assert aggregate(CRITERIA, verdicts(in1="met", out="not_met")) == ("unclear", None)
    assert aggregate(CRITERIA, []) == ("unclear", None)


def test_verdicts_that_contradict_each_other_are_unclear() -> None:
    given = verdicts(in1="met", in2="met", out="not_met") + verdicts(in1="not_met")
    assert aggregate(CRITERIA, given) == ("unclear", None)


def test_verdicts_on_other_criteria_decide_nothing() -> None:
    given = verdicts(in1="met", in2="met", out="not_met", other="not_met")
    assert aggregate(CRITERIA, given) == ("include", None)


def test_a_question_without_criteria_includes_nothing() -> None:
    assert aggregate((), verdicts(in1="met")) == ("unclear", None)


def test_exclusion_criteria_alone_can_include() -> None:
    assert aggregate(CRITERIA[2:], verdicts(out="not_met")) == ("include", None)
