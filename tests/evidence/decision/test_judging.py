from __future__ import annotations

import pytest

from evidence.decision.judging import judge_balance, judge_certainty, judge_effects
from evidence.findings import SummaryOfFindingsRow
from evidence.synthesis.thresholds import Thresholds
from tests.evidence.findings_factory import ABSOLUTE, effect, row

LARGE = effect(0.4, 0.3, 0.6)
MODERATE = effect(0.7, 0.6, 0.9)
WORSE = effect(1.6, 1.2, 2.1)
NEITHER = effect(0.9, 0.7, 1.2)
NONE = effect(1.0, 0.97, 1.03)
SIZED = Thresholds(small=50, moderate=150, large=300)


@pytest.mark.parametrize(
    ("rows", "desirable", "undesirable"),
    [
        ((), "don't know", "don't know"),
        ((row("relapse", MODERATE),), "moderate", "trivial"),
        ((row("relapse", MODERATE), row("pain", LARGE)), "large", "trivial"),
        ((row("relapse", MODERATE), row("pain", WORSE)), "moderate", "moderate"),
        ((row("relapse", MODERATE), row("pain", WORSE, "very_low")), "moderate", "don't know"),
        ((row("relapse", MODERATE), row("pain", None)), "moderate", "don't know"),
        ((row("relapse", NONE),), "trivial", "trivial"),
        ((row("relapse", NEITHER),), "don't know", "don't know"),
        ((row("relapse", effect(0.9, 0.8, 1.03)),), "don't know", "trivial"),
        ((row("cure", effect(0.9, 0.8, 1.03)),), "trivial", "don't know"),
        ((row("relapse", effect(-3, -4, -1, "MD")),), "don't know", "trivial"),
        ((row("relapse", effect(-3, -4, -1, "MD")), row("pain", LARGE)), "large", "trivial"),
        (
            (row("relapse", effect(-3, -4, -1, "MD")), row("pain", MODERATE)),
            "don't know",
            "trivial",
        ),
        ((row("zinc level", WORSE),), "don't know", "don't know"),
    ],
)
def test_the_largest_effect_that_counts_decides(
    rows: tuple[SummaryOfFindingsRow, ...], desirable: str, undesirable: str
) -> None:
    assert judge_effects(rows, "intervention", {}).judgement == desirable
    assert judge_effects(rows, "comparator", {}).judgement == undesirable


def test_thresholds_that_people_set_decide_instead_of_the_defaults() -> None:
    found = row("relapse", MODERATE, **ABSOLUTE)  # 100 fewer per 1000, 150 to 4.2 fewer
    assert judge_effects((found,), "intervention", {"relapse": SIZED}).judgement == "small"
    assert judge_effects((found,), "intervention", {"pain": SIZED}).judgement == "moderate"
    open_ended = row("relapse", NEITHER, **ABSOLUTE | {"difference_high_per_1000": 40.0})
    judged = judge_effects((open_ended,), "comparator", {"relapse": SIZED})
    assert judged.judgement == "trivial"  # at most 40 more per 1000
    assert judge_effects((open_ended,), "comparator", {}).judgement == "don't know"


def test_the_rows_that_decide_and_those_that_do_not_tell() -> None:
    rows = (row("relapse", MODERATE), row("pain", WORSE), row("fever", NEITHER))
    judged = judge_effects(rows, "intervention", {})
    assert [r.outcome for r in judged.decided_by] == ["relapse"]
    assert [r.outcome for r in judged.untold] == ["fever"]


@pytest.mark.parametrize(
    ("rows", "certainty", "drivers"),
    [
        ((row("relapse", MODERATE, "high"),), "high", ["relapse"]),
        ((row("relapse", MODERATE, "high"), row("pain", LARGE, "low")), "low", ["relapse", "pain"]),
        ((row("relapse", MODERATE, "high"), row("pain", LARGE, "very_low")), "high", ["relapse"]),
        ((row("relapse", MODERATE, "high"), row("pain", NEITHER, "low")), "high", ["relapse"]),
        ((row("relapse", MODERATE, "very_low"),), "very low", ["relapse"]),
        ((row("relapse", MODERATE, None),), None, ["relapse"]),
        ((row("relapse", None, None, studies=()),), "no included studies", ["relapse"]),
    ],
)
def test_the_certainty_is_the_lowest_of_what_drives_the_decision(
    rows: tuple[SummaryOfFindingsRow, ...], certainty: str | None, drivers: list[str]
) -> None:
    judged = judge_certainty(rows[0], rows)
    assert judged.judgement == certainty
    assert [r.outcome for r in judged.drivers] == drivers


@pytest.mark.parametrize(
    ("judged", "balance"),
    [
        (("for", "high", "large", "trivial"), "favours the intervention"),
        (("for", "low", "large", "trivial"), "probably favours the intervention"),
        (("for", "high", "large", "don't know"), "probably favours the intervention"),
        (("against", "moderate", "trivial", "small"), "favours the comparison"),
        (("against", "low", "trivial", "small"), "probably favours the comparison"),
        (("none", "high", "trivial", "trivial"), "does not favour either"),
        (("none", "high", "large", "large"), "don't know"),
        (("none", None, "don't know", "trivial"), "don't know"),
    ],
)
def test_the_balance_goes_with_the_direction(
    judged: tuple[str, str | None, str, str], balance: str
) -> None:
    assert judge_balance(*judged) == balance  # type: ignore[arg-type]
