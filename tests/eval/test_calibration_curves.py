"""Calibration of what items claim: which rows claim, and how honest claims differ from others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from eval.calibration_curves import (
    METRICS,
    Claims,
    calibration_metrics,
    claims_by_engine,
    curve_table,
    reliability_curve,
    with_metrics,
)
from eval.results import EngineScores, Metric, TaskResult


def claims(n: int = 600, power: float = 1.0, seed: int = 0) -> Claims:
    """Claims that come true with the claimed probability to a power, twelve units."""
    random = np.random.default_rng(seed)
    claimed = random.random(n)
    came_true = (random.random(n) < claimed**power).astype(float)
    return Claims(claimed, came_true, tuple(f"u{i % 12}" for i in range(n)))


def test_honest_claims_have_small_errors_and_boastful_ones_do_not() -> None:
    honest, boastful = (calibration_metrics(claims(power=p), 0) for p in (1.0, 3.0))
    for name in ("ece_equal_mass", "ece_equal_width", "brier", "brier_reliability"):
        assert boastful[name].value > honest[name].value
    assert honest["ece_equal_mass"].value < 0.06 < 0.15 < boastful["ece_equal_mass"].value
    assert boastful["mean_claimed"].value > boastful["share_true"].value + 0.15
    assert tuple(honest) == METRICS
    for metric in honest.values():
        assert metric.n == 600
        assert metric.ci95[0] <= metric.value <= metric.ci95[1]


def test_intervals_resample_units_and_are_the_same_for_the_same_seed() -> None:
    found = claims(200)
    assert calibration_metrics(found, 3) == calibration_metrics(found, 3)
    one_unit = found._replace(units=("u",) * 200)
    metric = calibration_metrics(one_unit, 0)["brier"]
    assert metric.ci95 == pytest.approx((metric.value, metric.value))


def test_the_curve_counts_every_claim_once() -> None:
    curve = reliability_curve(claims())
    assert [b.n for b in curve] == [60] * 10
    means = [b.mean_claimed for b in curve]
    assert means == sorted(means)
    for b in curve:
        assert b.ci95[0] <= b.share_true <= b.ci95[1]
    assert len(curve_table({"offline": curve}).rows) == 10


def rows(**changes: Any) -> list[dict[str, Any]]:
    return [
        {"engine": "offline", "unit": f"u{i}", "claimed": i / 20, "came_true": i % 2 == 0} | changes
        for i in range(20)
    ]


def test_rows_that_claim() -> None:
    (found,) = claims_by_engine(rows()).values()
    assert found.claimed.tolist() == [i / 20 for i in range(20)]
    assert found.came_true.sum() == 10
    assert found.units[:2] == ("u0", "u1")
    assert claims_by_engine(rows(claimed=None)) == {}
    assert claims_by_engine(rows()[:9]) == {}  # too few to tell anything


def test_a_direction_claims_its_own_score_and_an_abstention_claims_nothing() -> None:
    given = {"scores": {"increased": 0.7, "decreased": 0.3}, "direction": "decreased",
             "right": True, "article_id": "PMC1", "claimed": None}  # fmt: skip
    (found,) = claims_by_engine(rows(**given)).values()
    assert set(found.claimed.tolist()) == {0.3}
    assert found.came_true.tolist() == [1.0] * 20
    assert set(found.units) == {"PMC1"}
    assert claims_by_engine(rows(**given | {"direction": "unclear", "scores": {}})) == {}


def test_further_metrics_never_replace_those_of_the_contract() -> None:
    metric, other = Metric(0.5, 3, (0.4, 0.6)), Metric(0.1, 3, (0.0, 0.2))
    result = TaskResult(
        "screening", {"offline": EngineScores({"wss_95": metric}, {}),
                      "peer": EngineScores({}, {})}, [],
    )  # fmt: skip
    found = with_metrics(result, {"offline": {"wss_95": other, "brier": other}})
    assert found.scores["offline"].metrics == {"wss_95": metric, "brier": other}
    assert found.scores["peer"].metrics == {}
