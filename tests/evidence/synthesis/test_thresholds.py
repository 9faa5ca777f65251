"""Information sizes, thresholds and what they make of imprecision."""

from __future__ import annotations

import pytest

from evidence.errors import SettingsError
from evidence.findings import ContinuousData, DichotomousData
from evidence.synthesis.imprecision import imprecision
from evidence.synthesis.information_size import continuous_information_size, information_size
from evidence.synthesis.thresholds import Thresholds, checked, effect_size, risk_ratios
from tests.evidence.findings_factory import effect, row, study

TRIVIAL_TO_LARGE = Thresholds(10, 30, 60)


def risk_row(estimate, low, high, difference, ends, **fields):
    given = {
        "comparator_risk_per_1000": 200.0,
        "difference_per_1000": difference,
        "difference_low_per_1000": ends[0],
        "difference_high_per_1000": ends[1],
        "n_participants": 20_000,
        **fields,
    }
    return row(pooled=effect(estimate, low, high), **given)


def mean_row(estimate, low, high, n, sd=10.0):
    data = ContinuousData(
        mean_intervention=1,
        sd_intervention=9,
        n_intervention=n // 2,
        mean_comparator=2,
        sd_comparator=sd,
        n_comparator=n // 2,
    )
    pooled = effect(estimate, low, high, "MD")
    return row(pooled=pooled, n_participants=n, studies=(study(data=data),))


def test_continuous_information_size():
    # 2 (1.95996 + 0.84162)² (10 / 5)² = 62.79 an arm
    assert continuous_information_size(10, 5) == 126
    assert continuous_information_size(1, 0.2) == 786


def test_where_the_information_size_comes_from():
    row_ = mean_row(-5, -8, -2, 100)
    assert information_size(row_, None)[:3] == (400, 100, "participants")
    told = information_size(row_, 5.0)
    assert told[:3] == (126, 100, "participants")
    assert "difference of 5.00 with a standard deviation of 10.00" in told.basis
    hazard = row(pooled=effect(0.8, 0.6, 1.1, "HR"), comparator_risk_per_1000=200.0)
    told = information_size(hazard, None)
    assert told.needed == 1812 and "over the studies' time" in told.basis
    unknown = row(pooled=effect(0.8, 0.6, 1.1), comparator_risk_per_1000=None)
    assert information_size(unknown, None)[:3] == (300, 42, "events")
    assert information_size(row(pooled=effect(1, 0, 2), n_participants=0), None) is None
    few = row(pooled=effect(0.8, 0.6, 1.1, "HR"), n_participants=90, studies=())
    assert information_size(few, None)[:3] == (300, 90, "participants")


@pytest.mark.parametrize(
    ("difference", "ends", "levels", "words"),
    [
        (-30, (-50, -12), 0, "lies on one side of the thresholds of importance (±10.00)"),
        (0, (-8, 8), 0, "lies on one side"),
        (-30, (-50, -5), 1, "crosses one threshold"),
        (-30, (-59, 30), 2, "crosses both thresholds"),
        (-10, (-70, 65), 3, "reaches from large benefit to large harm (±60.00)"),
        (-30, (-70, 59), 2, "crosses both thresholds"),
    ],
)
def test_thresholds_in_absolute_terms_decide(difference, ends, levels, words):
    domain = imprecision(risk_row(0.9, 0.7, 1.2, difference, ends), None, TRIVIAL_TO_LARGE)
    assert domain.levels_down == levels
    assert words in domain.reason
    assert "per 1000" in domain.reason


def test_too_little_information_counts_where_the_interval_crosses_nothing():
    far = risk_row(0.5, 0.3, 0.9, -100, (-140, -20), n_participants=500)
    assert imprecision(far, None, TRIVIAL_TO_LARGE).levels_down == 2
    near = risk_row(0.5, 0.3, 0.9, -100, (-140, -20), n_participants=1000)
    assert imprecision(near, None, TRIVIAL_TO_LARGE).levels_down == 1
    no_risk = row(pooled=effect(0.5, 0.3, 0.9), n_participants=20_000)
    assert "no effect" in imprecision(no_risk, None, TRIVIAL_TO_LARGE).reason


def test_sizes_of_effects():
    assert effect_size(risk_row(0.9, 0.7, 1.2, -8, (-9, 9)), TRIVIAL_TO_LARGE) == "trivial"
    assert effect_size(risk_row(0.9, 0.7, 1.2, -10, (-9, 9)), TRIVIAL_TO_LARGE) == "small"
    assert effect_size(risk_row(0.9, 0.7, 1.2, 45, (-9, 99)), TRIVIAL_TO_LARGE) == "moderate"
    assert effect_size(risk_row(0.9, 0.7, 1.2, -60, (-99, 9)), TRIVIAL_TO_LARGE) == "large"
    ratios = {2.0: "large", 0.5: "large", 0.7: "moderate", 1.2: "small", 0.97: "trivial"}
    for ratio, size in ratios.items():
        assert effect_size(row(pooled=effect(ratio, 0.1, 9)), None) == size
    assert effect_size(row(pooled=effect(-0.3, -1, 1, "SMD")), None) == "small"
    assert effect_size(mean_row(-5, -8, -2, 100), None) is None
    assert effect_size(mean_row(-5, -8, -2, 100), Thresholds(6)) == "trivial"


def test_the_size_of_an_odds_ratio_is_that_of_its_risk_ratio():
    """OR 0.5 at a risk of 0.3: 0.15 / 0.85 = 0.1765, a risk ratio of 0.59 and not of 0.5."""
    common = row(pooled=effect(0.5, 0.3, 0.9, "OR"), comparator_risk_per_1000=300.0)
    assert risk_ratios(common, [0.5]) == pytest.approx([0.15 / 0.85 / 0.3])
    assert effect_size(common, None) == "moderate"
    rare = row(pooled=effect(0.5, 0.3, 0.9, "OR"), comparator_risk_per_1000=1.0)
    assert risk_ratios(rare, [0.5]) == pytest.approx([0.5], rel=1e-3)
    unknown = row(pooled=effect(0.5, 0.3, 0.9, "OR"), comparator_risk_per_1000=None)
    assert effect_size(unknown, None) == "large"
    assert risk_ratios(row(pooled=effect(0.5, 0.3, 0.9)), [0.5]) == (0.5,)


def test_an_odds_ratio_is_as_imprecise_as_its_risk_ratio():
    """OR 0.50 (0.28 to 0.88) at 297 per 1000 is RR 0.59 (0.36 to 0.91): moderate, one level."""
    fields = {"comparator_risk_per_1000": 297.0, "n_participants": 296}
    odds = imprecision(row(pooled=effect(0.50, 0.28, 0.88, "OR"), **fields))
    risks = imprecision(row(pooled=effect(0.587, 0.356, 0.913), **fields))
    assert odds.levels_down == risks.levels_down == 1
    assert "0.28 to 0.88 (as risk ratios 0.36 to 0.91), excludes no effect" in odds.reason
    assert "as risk ratios" not in risks.reason


def test_an_interval_of_odds_ratios_is_held_against_thresholds_of_risks():
    """OR 0.72 to 1.30 at 500 per 1000 is RR 0.84 to 1.13, which no threshold lies in."""
    fields = {"comparator_risk_per_1000": 500.0, "n_participants": 20_000}
    assert imprecision(row(pooled=effect(0.97, 0.72, 1.30, "OR"), **fields)).levels_down == 0
    assert imprecision(row(pooled=effect(0.97, 0.72, 1.30), **fields)).levels_down == 2


@pytest.mark.parametrize("wrong", [Thresholds(0), Thresholds(3, 2), Thresholds(1, 2, 2)])
def test_thresholds_rise(wrong):
    with pytest.raises(SettingsError, match="positive numbers that rise"):
        checked(wrong)
    assert checked(TRIVIAL_TO_LARGE) is TRIVIAL_TO_LARGE


def test_events_that_are_not_counted_are_not_guessed():
    studies = (study(), study(data=DichotomousData(events_intervention=3)))
    unknown = row(pooled=effect(0.8, 0.6, 1.1), studies=studies)
    assert information_size(unknown, None) is None
