from __future__ import annotations

import numpy as np
import pytest

from eval.resplits import resplit
from retrievers.calibration import certify

COUNTS = (1, 5, 20)


def losses(n: int, risks: tuple[float, ...], seed: int = 1) -> np.ndarray:
    return (np.random.default_rng(seed).random((n, 1)) < np.array(risks)).astype(float)


def test_each_resplit_is_what_certify_says() -> None:
    matrix = losses(300, (0.6, 0.26, 0.15))
    runs = resplit(matrix, COUNTS, alpha=0.3, delta=0.1, n_resplits=40, n_calibration=100, seed=9)
    random = np.random.default_rng(9)
    for number in range(40):
        order = random.permutation(300)
        certified = certify(matrix[order[:100]], COUNTS, 0.3, 0.1)
        assert runs.k[number] == (certified[0] if certified else 0)
        held_out = matrix[order[100:]].mean(axis=0)
        assert runs.fixed_violated[number].tolist() == (held_out > 0.3).tolist()
        if certified:
            column = COUNTS.index(certified[0])
            assert runs.mean_loss[number] == pytest.approx(held_out[column])
            assert runs.violated[number] == (held_out[column] > 0.3)
    assert len(set(runs.k.tolist())) > 1


def test_the_guarantee_holds_where_the_uncertified_choice_breaks() -> None:
    """Risks just above alpha: a plug-in choice takes them, a certificate does not."""
    matrix = losses(1000, (0.5, 0.32, 0.1))
    assert matrix.mean(axis=0)[1] > 0.3
    runs = resplit(matrix, COUNTS, alpha=0.3, delta=0.1, n_resplits=1000, n_calibration=200, seed=2)
    assert runs.violated_overall.mean() <= 0.1
    assert runs.violated.mean() <= 0.1 + 3 * (0.09 / 1000) ** 0.5
    assert runs.uncertified_violated.mean() > 0.15
    assert (runs.k > 0).all()


def test_abstention_violates_nothing() -> None:
    runs = resplit(
        np.ones((50, 3)), COUNTS, alpha=0.3, delta=0.1, n_resplits=10, n_calibration=25, seed=2
    )
    assert not runs.k.any()
    assert not runs.violated.any()
    assert runs.uncertified_k.tolist() == [20] * 10
    assert runs.uncertified_violated.all()


@pytest.mark.parametrize("n_calibration", [0, 50])
def test_both_parts_hold_questions(n_calibration: int) -> None:
    with pytest.raises(ValueError, match="calibration"):
        resplit(
            np.ones((50, 3)),
            COUNTS,
            alpha=0.3,
            delta=0.1,
            n_resplits=10,
            n_calibration=n_calibration,
            seed=2,
        )
