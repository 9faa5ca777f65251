"""Systems side by side: what is shown, and how often nothing is taken for something."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from eval.comparison import (
    LEAST_UNITS,
    NO_DIFFERENCE,
    comparison_table,
    paired,
    sense_of,
    side_by_side,
    signed,
)


def task(by_unit: dict[str, dict[str, float]]) -> dict[str, Any]:
    return {"metrics": {}, "by_unit": by_unit}


def units(values: np.ndarray, name: str = "wss_95") -> dict[str, dict[str, float]]:
    return {f"review {i}": {name: float(v)} for i, v in enumerate(values)}


def test_a_constant_gain_is_shown_however_unlike_the_reviews_are() -> None:
    hard = np.random.default_rng(0).random(12)
    gain = np.random.default_rng(1).normal(0.03, 0.01, 12)
    scores = {
        "offline": {"screening": task(units(hard + gain))},
        "peer": {"screening": task(units(hard))},
    }
    (found,) = side_by_side(scores, 0)
    assert (found.first, found.second, found.n_units) == ("offline", "peer", 12)
    assert found.value == pytest.approx(float(gain.mean()))
    assert found.ci95[0] > 0
    assert found.words == "offline is better"
    assert comparison_table([found]).rows[0][-1] == "offline is better"


def test_the_better_one_has_less_of_what_should_be_low() -> None:
    low = units(np.linspace(0.1, 0.2, 9), "average_time_to_discovery")
    high = units(np.linspace(0.3, 0.4, 9), "average_time_to_discovery")
    scores = {"a": {"screening": task(low)}, "b": {"screening": task(high)}}
    (found,) = side_by_side(scores, 0)
    assert found.value < 0
    assert found.words == "a is better"


def test_few_units_show_nothing() -> None:
    for n, words in ((LEAST_UNITS - 1, f"{NO_DIFFERENCE}: fewer than 6 units"),
                     (LEAST_UNITS, "a is better")):  # fmt: skip
        scores = {
            "a": {"screening": task(units(np.full(n, 0.9)))},
            "b": {"screening": task(units(np.full(n, 0.1)))},
        }
        assert [d.words for d in side_by_side(scores, 0)] == [words]


def test_only_units_that_both_have_count() -> None:
    ours = {"x": {"wss_95": 1.0}, "y": {"wss_95": 0.0}, "z": {"other": 5.0}}
    theirs = {"x": {"wss_95": 0.5}, "z": {"wss_95": 0.0}, "q": {"wss_95": 0.0}}
    found = paired(ours, theirs, "wss_95", 0)
    assert found is not None
    assert (found.n_units, found.value) == (1, 0.5)
    assert paired(ours, {}, "wss_95", 0) is None
    assert paired(ours, theirs, "nowhere", 0) is None


def test_precision_is_a_ratio_of_sums() -> None:
    ours = {"x": {"right": 9.0, "wrong": 1.0}, "y": {"right": 0.0, "wrong": 0.0}}
    theirs = {"x": {"right": 1.0, "wrong": 1.0}, "y": {"right": 1.0, "wrong": 1.0}}
    found = paired(ours, theirs, "precision", 0)
    assert found is not None
    assert found.value == pytest.approx(0.9 - 0.5)
    nothing = {unit: {"right": 0.0, "wrong": 0.0} for unit in "xy"}
    assert paired(ours, nothing, "precision", 0) is None


def test_groups_are_drawn_whole() -> None:
    """Ten prompts of each of ten articles, all alike: as much evidence as ten, not a hundred."""
    gains = np.random.default_rng(5).normal(0.1, 0.2, 10)
    ours = units(np.repeat(0.5 + gains, 10))
    theirs, articles = units(np.full(100, 0.5)), {f"review {i}": str(i // 10) for i in range(100)}
    apart = paired(ours, theirs, "wss_95", 0)
    together = paired(ours, theirs, "wss_95", 0, articles)
    assert apart is not None and together is not None
    assert (apart.n_units, together.n_units) == (100, 10)
    assert apart.value == pytest.approx(together.value)
    width = [d.ci95[1] - d.ci95[0] for d in (apart, together)]
    assert width[1] > 2.5 * width[0]


def test_a_system_under_two_names_is_compared_once() -> None:
    same, other = task(units(np.linspace(0, 1, 8))), task(units(np.zeros(8)))
    scores = {"offline": {"screening": same}, "offline:hybrid": {"screening": same},
              "random": {"screening": other}}  # fmt: skip
    assert [(d.first, d.second) for d in side_by_side(scores, 0)] == [("offline", "random")]


def test_the_same_seed_gives_the_same_intervals() -> None:
    random = np.random.default_rng(3)
    scores = {name: {"screening": task(units(random.random(20)))} for name in ("a", "b", "c")}
    assert side_by_side(scores, 5) == side_by_side(scores, 5)
    assert [d.ci95 for d in side_by_side(scores, 5)] != [d.ci95 for d in side_by_side(scores, 6)]


def test_between_alike_systems_a_difference_is_rarely_shown() -> None:
    """Holm holds the rate of any false difference in a family near 5 %; 15 pairs a run here."""
    random = np.random.default_rng(7)
    names, wrong = "abcdef", 0
    for _ in range(40):
        scores = {n: {"screening": task(units(random.normal(0.5, 0.1, 25)))} for n in names}
        wrong += any(d.shown for d in side_by_side(scores, 0))
    assert wrong <= 7  # of 40; the 99.9 % quantile of Bin(40, 0.07)


@pytest.mark.parametrize(
    ("metric", "sense"),
    [
        *(("wss_95", 1), ("recall", 1), ("brier_resolution", 1), ("certified_share", 1)),
        *(("hallucination_rate", -1), ("false_alarm_rate_verbatim", -1), ("smd_abs_error", -1)),
        *(("max_abs_log_error", -1), ("ece_equal_mass", -1), ("brier", -1), ("missed_at_5", -1)),
        *(("accuracy_majority_certainty", 0), ("brier_uncertainty", 0), ("derived_share", 0)),
    ],
)
def test_which_way_is_better(metric: str, sense: int) -> None:
    assert sense_of(metric) == sense


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert [signed(v) for v in (-0.00001, 0.0, 0.25, -0.25)] == [
        *("0.0000", "0.0000", "+0.2500", "-0.2500"),
    ]
