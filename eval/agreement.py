"""Agreement of two ratings on ordered levels, from tables of counts; any leading axes are kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def weighted_kappa(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Cohen's kappa with linear weights from counts [..., level, level] (Cohen 1968).

    0 where one side gave one level throughout: observed and expected disagreement are then equal.
    """
    n = counts.shape[-1]
    distance = np.abs(np.arange(n)[:, None] - np.arange(n))
    total = np.maximum(counts.sum(axis=(-2, -1)), 1)
    rows, columns = counts.sum(axis=-1), counts.sum(axis=-2)
    observed = (counts * distance).sum(axis=(-2, -1))
    expected = np.einsum("...i,ij,...j->...", rows, distance, columns) / total
    one_level = (np.count_nonzero(rows, axis=-1) < 2) | (np.count_nonzero(columns, axis=-1) < 2)
    return np.where(one_level, 0.0, 1 - observed / np.where(one_level, 1, expected))


def macro_f1(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean F1 over levels that occur on either side, from counts [..., level, level]."""
    right = np.diagonal(counts, axis1=-2, axis2=-1)
    both = counts.sum(axis=-1) + counts.sum(axis=-2)
    f1 = 2 * right / np.maximum(both, 1)
    return np.asarray(f1.sum(axis=-1) / np.maximum(np.count_nonzero(both, axis=-1), 1))


def accuracy(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of equal levels, from counts [..., level, level]."""
    right = np.trace(counts, axis1=-2, axis2=-1)
    return np.asarray(right / np.maximum(counts.sum(axis=(-2, -1)), 1))
