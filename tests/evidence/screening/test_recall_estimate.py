from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evidence.screening.recall_estimate import estimated_recall


def falling_order(n_records: int, expected: float, fall: float, seed: int) -> NDArray[np.int8]:
    """An order in which the chance of an included record falls by e every `fall` records."""
    chance = expected / fall * np.exp(-np.arange(n_records) / fall)
    return (np.random.default_rng(seed).random(n_records) < chance).astype(np.int8)


def test_it_is_right_on_average_and_its_interval_holds_where_finds_fall_off_exponentially() -> None:
    errors, held = [], []
    for seed in range(120):
        labels = falling_order(2_000, 80, 250, seed)
        for screened in (300, 600):
            estimate = estimated_recall(labels[:screened], 2_000 - screened)
            assert estimate is not None
            truth = labels[:screened].sum() / labels.sum()
            errors.append(estimate.recall - truth)
            held.append(estimate.low <= truth <= estimate.high)
            assert estimate.low <= estimate.recall <= estimate.high
    assert abs(np.median(errors)) < 0.03
    assert np.mean(held) >= 0.95


def test_where_nothing_falls_off_the_rest_holds_its_share() -> None:
    labels = np.tile(np.array([0, 0, 0, 0, 1], dtype=np.int8), 100)
    estimate = estimated_recall(labels, 500)
    assert estimate is not None
    assert estimate.recall == pytest.approx(0.5, abs=0.02)
    assert estimate.n_expected == pytest.approx(100, rel=0.05)
    assert estimate.low < 0.5 < estimate.high


def test_a_short_rest_holds_less_than_a_long_one() -> None:
    labels = falling_order(300, 80, 250, 5)
    short, long = (estimated_recall(labels, n) for n in (20, 2_000))
    assert short is not None
    assert long is not None
    # Of what an endless rest holds, its first 20 records hold 1 - exp(-20 / 250), about 8 %.
    assert 0.03 < short.n_expected / long.n_expected < 0.2


def test_a_long_row_of_excluded_records_raises_the_estimate_and_its_lower_limit() -> None:
    found = falling_order(400, 60, 100, 3)
    rows = [np.concatenate([found, np.zeros(n, dtype=np.int8)]) for n in (0, 200, 800)]
    estimates = [estimated_recall(row, 2_000 - len(row)) for row in rows]
    lows = [e.low for e in estimates if e is not None]
    recalls = [e.recall for e in estimates if e is not None]
    assert lows == sorted(lows)
    assert recalls == sorted(recalls)
    assert recalls[-1] > 0.99


def test_too_few_finds_give_no_estimate_and_a_screened_pool_no_doubt() -> None:
    assert estimated_recall(np.array([1] * 5 + [0] * 50, dtype=np.int8), 100) is None
    done = estimated_recall(np.array([1] * 6, dtype=np.int8), 0)
    assert done is not None
    assert (done.recall, done.low, done.high, done.n_expected) == (1.0, 1.0, 1.0, 0.0)


@pytest.mark.parametrize("labels", [[1] * 12, [0] * 50 + [1] * 12, [1] * 12 + [0] * 5_000])
def test_odd_orders_give_a_recall(labels: list[int]) -> None:
    estimate = estimated_recall(np.array(labels, dtype=np.int8), 40)
    assert estimate is not None
    assert 0 < estimate.low <= estimate.recall <= estimate.high <= 1
    assert 0 <= estimate.n_expected <= 40


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(1, 400)), min_size=1, max_size=8),
    st.integers(0, 100_000),
)
def test_no_order_breaks_it(stretches: list[tuple[int, int]], n_unscreened: int) -> None:
    labels = np.concatenate([np.full(n, label, dtype=np.int8) for label, n in stretches])
    estimate = estimated_recall(labels, n_unscreened)
    if estimate is None:
        assert labels.sum() < 6
    else:
        assert 0 < estimate.low <= estimate.recall <= estimate.high <= 1
        assert 0 <= estimate.n_expected <= n_unscreened
