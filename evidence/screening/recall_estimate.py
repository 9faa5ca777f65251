"""An estimate of recall at any time: no certificate, and no ground to stop on.

Screening by priority finds less and less. The finds are taken for a Poisson process whose rate
falls exponentially with the number of records screened (Goel & Okumoto 1979, there for defects in
software; Sneyd & Stevenson 2019 fit Poisson processes to screening), from the middle one of the
included records on, because a ranker that learns is worse at the start. What the fitted rate
leaves for the unscreened records is the estimate.

The upper limit is the fit's own. The lower one is not, for the fit is too sure of itself once few
are left (from half-way on, its 95 % limit held in 72 to 89 % of the orders tried): it is the
bound of the test over the order of screening, which is careful while the order beats chance.

Tried and left: a power-law rate (Crow 1974) finds far too much left to find, recall 0.2 to 0.3 too
low; the learner's scores, calibrated on the records it learned from, far too little, 0.14 too high.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence.screening.quick_stop import quick_recall_low

FEWEST_INCLUDED = 6  # two finds after the middle one: no slope from fewer
_STEEPEST = 200.0  # fall over the fitted stretch, in powers of e; nothing is left beyond it
_FLAT = 1e-6


@dataclass(frozen=True)
class RecallEstimate:
    """Recall so far, its limits, and how many of the unscreened are expected to be included."""

    recall: float
    low: float
    high: float
    n_expected: float


def estimated_recall(
    labels: NDArray[np.int8], n_unscreened: int, confidence: float = 0.95
) -> RecallEstimate | None:
    """Recall so far, estimated from the order of screening alone.

    Args:
        labels: [n_screened] 1 included, 0 excluded, in the order of screening.
        n_unscreened: Records without a verdict.
        confidence: Of the interval, in (0, 1).

    Returns:
        None with fewer than six included records, which tell nothing.
    """
    places = np.flatnonzero(labels) + 1.0
    found = len(places)
    if found < FEWEST_INCLUDED:
        return None
    if n_unscreened == 0:
        return RecallEstimate(1.0, 1.0, 1.0, 0.0)
    middle = places[found // 2]
    expected, fewest = _left_to_find(
        places[places > middle] - middle, len(labels) - middle, n_unscreened, confidence
    )
    recall = found / (found + expected)
    low = quick_recall_low(labels, n_unscreened, (1 + confidence) / 2)
    return RecallEstimate(
        recall=recall, low=min(low, recall), high=found / (found + fewest), n_expected=expected
    )


def _left_to_find(
    places: NDArray[np.float64], length: float, n_unscreened: int, confidence: float
) -> tuple[float, float]:
    """The expected number of finds in the rest, and its lower confidence limit.

    Args:
        places: Where, in the stretch that is fitted, the included records were found.
        length: Of the stretch, in records.
        n_unscreened: Records that come after it.
        confidence: Two-sided.
    """
    from scipy.stats import norm, poisson

    rate = _rate_of_fall(float(places.mean()), length)
    error = 1 / math.sqrt(len(places) * _variance(rate, length))
    steepest = rate + float(norm.ppf((1 + confidence) / 2)) * error
    expected, fewest = (
        len(places) * _left(fall, length, n_unscreened) for fall in (rate, steepest)
    )
    lower = float(poisson.ppf((1 - confidence) / 2, fewest))
    return min(expected, float(n_unscreened)), min(lower, expected, float(n_unscreened))


def _rate_of_fall(mean_place: float, length: float) -> float:
    """The maximum-likelihood rate: an exponential cut off at `length` with this mean; never < 0."""
    from scipy.optimize import brentq

    def excess(rate: float) -> float:
        return 1 / rate - length / math.expm1(rate * length) - mean_place

    gentlest, steepest = _FLAT / length, _STEEPEST / length
    if mean_place >= length / 2 or excess(gentlest) <= 0:
        return 0.0
    return steepest if excess(steepest) >= 0 else float(brentq(excess, gentlest, steepest))


def _variance(rate: float, length: float) -> float:
    """The variance of a place: the Fisher information about the rate in one find."""
    fall = rate * length
    if fall < 1e-3:
        return length**2 / 12
    return 1 / rate**2 - length**2 * math.exp(-fall) / (1 - math.exp(-fall)) ** 2


def _left(rate: float, length: float, n_unscreened: int) -> float:
    """Finds in the rest for each find in the stretch."""
    if rate * length < _FLAT:
        return n_unscreened / length
    return -math.expm1(-rate * n_unscreened) / math.expm1(rate * length)
