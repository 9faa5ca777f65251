from __future__ import annotations

import math

import numpy as np
import pytest

from eval.metrics import (
    average_precision,
    average_time_to_discovery,
    mean_with_interval,
    ndcg_at,
    recall_after,
    recall_at,
    reciprocal_rank,
    share_with_interval,
    work_saved_over_sampling,
)

RANKED = ["x", "a", "y", "b", "z"]
ORDER = [False, True, False, True, False, False, False, False, False, False]


def test_measures_of_a_ranking_by_hand() -> None:
    gold = ["a", "b", "c"]
    assert recall_at(RANKED, gold, 2) == pytest.approx(1 / 3)
    assert recall_at(RANKED, gold, 500) == pytest.approx(2 / 3)
    assert reciprocal_rank(RANKED, gold) == 0.5
    gain = 1 / math.log2(3) + 1 / math.log2(5)
    best = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert ndcg_at(RANKED, gold, 10) == pytest.approx(gain / best)
    assert ndcg_at(["a", "b", "c"], gold, 10) == 1.0
    assert ndcg_at(RANKED, gold, 1) == 0.0


def test_an_empty_ranking_has_the_worst_scores() -> None:
    assert recall_at([], ["a"], 20) == ndcg_at([], ["a"], 10) == reciprocal_rank([], ["a"]) == 0
    assert recall_at(["a"], [], 20) == ndcg_at(["a"], [], 10) == 0


def test_measures_of_screening_by_hand() -> None:
    assert work_saved_over_sampling(ORDER, 1.0) == pytest.approx(0.6)
    assert work_saved_over_sampling(ORDER, 0.95) == pytest.approx(0.6 - 0.05)
    assert work_saved_over_sampling(ORDER, 0.5) == pytest.approx(0.8 - 0.5)
    assert recall_after(ORDER, 1) == 0
    assert recall_after(ORDER, 2) == 0.5
    assert recall_after(ORDER, 50) == 1
    assert average_precision(ORDER) == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert average_time_to_discovery(ORDER) == pytest.approx(0.3)
    with pytest.raises(ValueError, match="included"):
        average_precision([False])


def test_a_recall_that_is_reached_exactly_needs_no_further_record() -> None:
    order = [True] * 19 + [False] * 80 + [True]
    assert work_saved_over_sampling(order, 0.95) == pytest.approx(0.81 - 0.05)


def test_the_bootstrap_interval_covers_the_mean() -> None:
    random = np.random.default_rng(5)
    covered = 0
    for seed in range(200):
        metric = mean_with_interval(random.random(60), seed)
        covered += metric.ci95[0] <= 0.5 <= metric.ci95[1]
    assert 180 <= covered <= 198
    assert mean_with_interval([0.25] * 9, 0).ci95 == (0.25, 0.25)
    assert mean_with_interval([0.0, 1.0, 1.0], 4) == mean_with_interval([0.0, 1.0, 1.0], 4)
    with pytest.raises(ValueError, match="value"):
        mean_with_interval([], 0)


def test_the_exact_interval_of_a_share() -> None:
    metric = share_with_interval(5, 100)
    assert metric.ci95 == pytest.approx((0.01643, 0.11283), abs=1e-5)  # R: binom.test(5, 100)
    assert share_with_interval(0, 10).ci95 == pytest.approx((0, 0.30850), abs=1e-5)
    assert share_with_interval(10, 10).ci95 == pytest.approx((0.69150, 1), abs=1e-5)
