"""A guarantee checked by simulation: certificates made on one part, judged on the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retrievers.calibration import (
    Losses,
    Procedure,
    certified_columns,
    check_counts,
    checked_losses,
    hoeffding_bentkus_p_values,
    largest_first,
)

_ABSTAINED = -1
_SLACK = 1e-9  # a mean of losses that equals alpha may differ from it in the last bits


class Resplits(NamedTuple):
    """What happened in each random split; arrays are [n_resplits] unless said otherwise.

    `k` is 0 where the certificate abstained. `violated` judges by the held-out questions;
    `violated_overall` by all questions, of which the calibration questions are a random sample:
    this is what the theory bounds, because the held-out mean has noise of its own.
    `uncertified_k` is the smallest count whose mean loss on the calibration part is at most
    alpha, and `fixed_violated` is [n_resplits, n_counts].
    """

    k: NDArray[np.int64]
    mean_loss: Losses
    violated: NDArray[np.bool_]
    violated_overall: NDArray[np.bool_]
    uncertified_k: NDArray[np.int64]
    uncertified_violated: NDArray[np.bool_]
    fixed_violated: NDArray[np.bool_]


def resplit(
    losses: Losses,
    counts: Sequence[int],
    *,
    alpha: float,
    delta: float,
    n_resplits: int,
    n_calibration: int,
    seed: int,
    procedure: Procedure = "fixed_sequence",
) -> Resplits:
    """Split the questions at random, certify on the first part, look at the rest; repeat.

    Args:
        losses: [n_questions, n_counts], in [0, 1].
        counts: The count of each column.
        alpha: The highest risk that is allowed.
        delta: The highest probability of a higher risk.
        n_resplits: How often.
        n_calibration: Questions in the calibration part.
        seed: Of the splits; the same seed gives the same splits whatever alpha and delta.
        procedure: See `certify`.

    Raises:
        ValueError: One of the parts is empty, or losses and counts are not as described.
    """
    checked = checked_losses(losses, len(counts))
    check_counts(counts)
    n_questions = len(checked)
    if not 0 < n_calibration < n_questions:
        raise ValueError(f"expected 1 to {n_questions - 1} calibration questions")
    random = np.random.default_rng(seed)
    calibration = np.empty((n_resplits, len(counts)))
    for number in range(n_resplits):
        chosen = random.permutation(n_questions)[:n_calibration]
        calibration[number] = checked[chosen].mean(axis=0)
    overall = checked.mean(axis=0)
    n_held_out = n_questions - n_calibration
    held_out = (overall * n_questions - calibration * n_calibration) / n_held_out
    p_values = hoeffding_bentkus_p_values(calibration, n_calibration, alpha)
    order = largest_first(counts)
    used = np.full(n_resplits, _ABSTAINED)
    uncertified = np.full(n_resplits, order[0])
    for number in range(n_resplits):
        certified = certified_columns(p_values[number], order, delta, procedure)
        used[number] = min(certified, key=lambda c: counts[c], default=_ABSTAINED)
        enough = [c for c in order if calibration[number, c] <= alpha]
        uncertified[number] = min(enough, key=lambda c: counts[c], default=order[0])
    rows, answered = np.arange(n_resplits), used != _ABSTAINED
    of_counts = np.asarray(counts)
    return Resplits(
        k=np.where(answered, of_counts[used], 0),
        mean_loss=np.where(answered, held_out[rows, used], np.nan),
        violated=answered & (held_out[rows, used] > alpha + _SLACK),
        violated_overall=answered & (overall[used] > alpha + _SLACK),
        uncertified_k=of_counts[uncertified],
        uncertified_violated=held_out[rows, uncertified] > alpha + _SLACK,
        fixed_violated=held_out > alpha + _SLACK,
    )
