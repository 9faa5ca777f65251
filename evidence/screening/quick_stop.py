"""The quick mode: a test on the order of screening, not strictly guaranteed.

Callaghan & Müller-Hansen 2020 (doi 10.1186/s13643-020-01521-4), as their `buscarpy` computes it:
the last records screened are taken for a random sample of what was unscreened before them. Since
they were read by priority, they hold more included records than a random sample would, which
makes the test careful; but it is looked at again and again and takes the best of many samples,
so its level is not kept strictly, and an order that is worse than chance breaks it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evidence.screening.stopping import as_written, least_missing_target

_ROUNDING = 1e-6  # of the terms' logarithms, generously


class QuickTest(NamedTuple):
    """The p-value of "recall is below the target" and the lower bound of recall."""

    p_value: float
    recall_low: float


def quick_test(
    labels: NDArray[np.int8], n_unscreened: int, target_recall: float, confidence: float
) -> QuickTest:
    """The test of one target, and the recall that it would still reject at this confidence.

    Args:
        labels: [n_screened] 1 included, 0 excluded, in the order of screening.
        n_unscreened: Records without a verdict.
        target_recall: In (0, 1).
        confidence: In (0, 1).
    """
    return QuickTest(
        quick_p_value(labels, n_unscreened, target_recall),
        quick_recall_low(labels, n_unscreened, confidence),
    )


def quick_p_value(labels: NDArray[np.int8], n_unscreened: int, target_recall: float) -> float:
    """The smallest p-value over the samples that end with the last record screened."""
    total = least_missing_target(0, int(labels.sum()), target_recall)
    return _least_p_value(_samples(labels, n_unscreened), total)


def quick_recall_low(labels: NDArray[np.int8], n_unscreened: int, confidence: float) -> float:
    """The largest recall that the test rejects at this confidence."""
    samples, found = _samples(labels, n_unscreened), int(labels.sum())
    if found == 0:
        return 0.0 if n_unscreened else 1.0
    alpha = float(1 - as_written(confidence))
    low, high = found, found + n_unscreened
    while low < high:
        middle = (low + high + 1) // 2
        if _least_p_value(samples, middle, alpha) > alpha:
            low = middle
        else:
            high = middle - 1
    return found / low


def _samples(labels: NDArray[np.int8], n_unscreened: int) -> NDArray[np.int64]:
    """The samples worth testing.

    Of those with the same included records only the longest is needed, the one that starts right
    after an included record: one more excluded record in the sample lowers the p-value.

    Returns:
        [4, n_included + 1]: included in the sample, records drawn from, included before them, size.
    """
    starts = np.concatenate([[0], np.flatnonzero(labels) + 1])
    before = np.arange(len(starts))
    sizes = len(labels) - starts
    return np.stack([len(starts) - 1 - before, sizes + n_unscreened, before, sizes])


def _least_p_value(samples: NDArray[np.int64], total: int, limit: float = 1.0) -> float:
    """The smallest p-value of "there are `total` included records or more" over the samples.

    A distribution function is dear. It is at least its last term, which is cheap, and at least a
    half from one above the mean on (mean and median differ by less than one); so only samples
    whose bound is below a p-value already known, and at most `limit`, are looked at: what is
    returned is exact up to the limit, and above the limit when all p-values are.
    """
    from scipy.stats import hypergeom

    included, population, before, sizes = samples
    missing = total - before
    if (missing > population).any():
        return 0.0
    bounds = np.exp(hypergeom.logpmf(included, population, missing, sizes))
    above = included >= sizes * (missing / population) + 1
    bounds = np.where(above, np.maximum(bounds, 0.5), bounds)
    least = int(np.argmin(bounds))
    p_value = float(hypergeom.cdf(included[least], population[least], missing[least], sizes[least]))
    rivals = np.flatnonzero(bounds <= min(p_value, limit) * (1 + _ROUNDING))
    p_values = hypergeom.cdf(included[rivals], population[rivals], missing[rivals], sizes[rivals])
    return min(1.0, p_value, float(p_values.min(initial=1.0)))
