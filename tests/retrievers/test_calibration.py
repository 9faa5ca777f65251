from __future__ import annotations

import json
from math import ceil, comb, e, exp, log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrievers.calibration import (
    answer_wrong,
    certify,
    certify_grid,
    hoeffding_bentkus_p_value,
    hoeffding_bentkus_p_values,
    least_questions,
    share_of_gold_missed,
)

REFERENCE = json.loads(
    (Path(__file__).parent.parent / "reference" / "hoeffding_bentkus.json").read_text()
)


def losses_with_means(means: list[float], n: int = 200) -> np.ndarray:
    return np.array([[float(row < mean * n) for mean in means] for row in range(n)])


def test_p_values_agree_with_mapie() -> None:
    for mean_loss, n, alpha, expected in REFERENCE["p_values"]:
        found = hoeffding_bentkus_p_value(mean_loss, n, alpha)
        assert found == pytest.approx(min(expected, 1.0), abs=1e-12, rel=1e-9)


def test_certified_counts_agree_with_mapie() -> None:
    counts = [50, 40, 30, 20, 10]
    kinds = set()
    for case in REFERENCE["certified"]:
        losses = np.random.default_rng(case["seed"]).beta(1, [12, 9, 7, 5, 3], (150, 5)).round(3)
        for procedure in ("fixed_sequence", "bonferroni"):
            expected = tuple(sorted(counts[column] for column in case[procedure]))
            assert certify(losses, counts, 0.18, 0.1, procedure) == expected
            kinds.add(expected)
    assert len(kinds) > 1  # the cases tell something apart


def test_p_value_by_hand() -> None:
    n, alpha, mean = 20, 0.3, 0.1
    divergence = mean * log(mean / alpha) + (1 - mean) * log((1 - mean) / (1 - alpha))
    at_most = ceil(n * mean)
    tail = sum(comb(n, i) * alpha**i * (1 - alpha) ** (n - i) for i in range(at_most + 1))
    expected = min(exp(-n * divergence), e * tail)
    assert hoeffding_bentkus_p_value(mean, n, alpha) == pytest.approx(expected, rel=1e-12)


@given(st.floats(0, 1), st.integers(1, 5000), st.floats(0.001, 0.999, exclude_max=True))
def test_p_value_is_a_probability_and_large_above_alpha(
    mean_loss: float, n: int, alpha: float
) -> None:
    found = hoeffding_bentkus_p_value(mean_loss, n, alpha)
    assert 0 <= found <= 1
    if mean_loss >= alpha:
        assert found > 0.9


def test_p_values_of_an_array_are_those_of_its_elements() -> None:
    means = np.array([[0.0, 0.1], [0.2, 1.0]])
    found = hoeffding_bentkus_p_values(means, 50, 0.25)
    assert found.shape == (2, 2)
    assert found[1, 0] == hoeffding_bentkus_p_value(0.2, 50, 0.25)


@pytest.mark.parametrize(
    ("mean_loss", "n", "alpha", "named"),
    [
        (1.2, 10, 0.1, "1.2"),
        (float("nan"), 10, 0.1, "nan"),
        (0.1, 0, 0.1, "0"),
        (0.1, 10, 0.0, "alpha"),
        (0.1, 10, 1.0, "alpha"),
    ],
)
def test_p_value_refuses(mean_loss: float, n: int, alpha: float, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        hoeffding_bentkus_p_value(mean_loss, n, alpha)


def test_the_fixed_sequence_stops_at_the_first_failure_from_the_largest() -> None:
    losses = losses_with_means([0.0, 0.5, 0.0, 0.0])
    assert certify(losses, [1, 2, 3, 4], 0.2, 0.1) == (3, 4)
    assert certify(losses, [1, 2, 3, 4], 0.2, 0.1, "bonferroni") == (1, 3, 4)
    assert certify(losses, [4, 3, 2, 1], 0.2, 0.1) == (4,)  # by count, not by column


def test_bonferroni_divides_delta_by_the_number_of_counts() -> None:
    losses = losses_with_means([0.12])
    p_value = hoeffding_bentkus_p_value(0.12, 200, 0.2)
    assert certify(losses, [5], 0.2, p_value * 1.01, "bonferroni") == (5,)
    twice = np.repeat(losses, 2, axis=1)
    assert certify(twice, [5, 6], 0.2, p_value * 1.01, "bonferroni") == ()
    assert certify(twice, [5, 6], 0.2, p_value * 2.01, "bonferroni") == (5, 6)


def test_nothing_is_certified_when_the_risk_is_too_high() -> None:
    assert certify(losses_with_means([0.3, 0.25]), [1, 2], 0.2, 0.1) == ()


@pytest.mark.parametrize(
    ("losses", "counts"),
    [
        (np.zeros((0, 2)), [1, 2]),
        (np.zeros((5, 3)), [1, 2]),
        (np.full((5, 2), 1.5), [1, 2]),
        (np.full((5, 2), np.nan), [1, 2]),
        (np.zeros((5, 2)), [1, 1]),
        (np.zeros((5, 2)), [0, 1]),
    ],
)
def test_certify_refuses(losses: np.ndarray, counts: list[int]) -> None:
    with pytest.raises(ValueError, match="expected"):
        certify(losses, counts, 0.2, 0.1)


def test_the_guarantee_holds_for_any_order_of_risks() -> None:
    """Exchangeable questions: a certified count's true risk is above alpha in <= delta of runs."""
    random = np.random.default_rng(3)
    true_risks = np.array([0.45, 0.31, 0.301, 0.18])  # counts 1, 2, 3, 4; two just above alpha
    alpha, delta, n_runs = 0.3, 0.1, 3000
    violations = {"fixed_sequence": 0, "bonferroni": 0}
    for _ in range(n_runs):
        losses = (random.random((100, 4)) < true_risks).astype(float)
        for procedure in violations:
            certified = certify(losses, [1, 2, 3, 4], alpha, delta, procedure)
            violations[procedure] += any(true_risks[k - 1] > alpha for k in certified)
    error = 3 * (delta * (1 - delta) / n_runs) ** 0.5
    for procedure, count in violations.items():
        assert count / n_runs <= delta + error, procedure
    assert violations["fixed_sequence"] > 0  # the simulation can fail


def test_the_grid_certifies_pairs() -> None:
    losses = np.zeros((300, 2, 2))
    losses[:, 0, 0] = 1.0  # count 1 with the tight threshold misses everything
    pairs = certify_grid(losses, [1, 10], [0.5, 2.0], 0.2, 0.1)
    assert pairs == ((1, 2.0), (10, 0.5), (10, 2.0))
    assert certify_grid(losses, [1, 10], [0.5, 2.0], 0.2, 0.1, "fixed_sequence") == pairs


def test_the_grid_pays_for_every_pair() -> None:
    losses = np.repeat(losses_with_means([0.12])[:, :, None], 3, axis=2)
    p_value = hoeffding_bentkus_p_value(0.12, 200, 0.2)
    for procedure in ("bonferroni", "fixed_sequence"):
        few = certify_grid(losses, [5], [0.1, 0.2, 0.3], 0.2, p_value * 2.9, procedure)
        enough = certify_grid(losses, [5], [0.1, 0.2, 0.3], 0.2, p_value * 3.1, procedure)
        assert (few, len(enough)) == ((), 3)


def test_the_grid_refuses_shapes_and_repeats() -> None:
    with pytest.raises(ValueError, match="shape"):
        certify_grid(np.zeros((5, 2, 1)), [1, 2], [0.5, 1.0], 0.2, 0.1)
    with pytest.raises(ValueError, match="thresholds"):
        certify_grid(np.zeros((5, 1, 2)), [1], [0.5, 0.5], 0.2, 0.1)


def test_share_of_gold_missed() -> None:
    ranked = ["x", "a", "y", "b"]
    found = share_of_gold_missed(ranked, ["a", "b", "c", "a"], [1, 2, 4, 100])
    assert found == pytest.approx([1, 2 / 3, 1 / 3, 1 / 3])
    with pytest.raises(ValueError, match="gold"):
        share_of_gold_missed(ranked, [], [1])


def test_an_unreadable_answer_is_a_wrong_answer() -> None:
    assert answer_wrong([True, False, None]).tolist() == [0.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("alpha", "delta"), [(0.2, 0.1), (0.05, 0.1), (0.5, 0.25), (0.01, 0.001), (0.99, 0.9)]
)
def test_the_least_questions_are_the_fewest_that_can_certify(alpha: float, delta: float) -> None:
    n = least_questions(alpha, delta)
    assert certify(np.zeros((n, 1)), [5], alpha, delta) == (5,)
    assert n == 1 or certify(np.zeros((n - 1, 1)), [5], alpha, delta) == ()


def test_the_least_questions_need_levels() -> None:
    for alpha, delta in ((0.0, 0.1), (0.1, 1.0)):
        with pytest.raises(ValueError, match="between 0 and 1"):
            least_questions(alpha, delta)
