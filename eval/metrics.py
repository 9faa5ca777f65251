"""Measures of rankings, and their intervals. A failure is an item with the worst score."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from eval.results import Metric

_RESAMPLES = 2000
_CHUNK = 100


def recall_at(ranked_ids: Sequence[str], gold_ids: Collection[str], k: int) -> float:
    """The share of the gold that is among the first k."""
    gold = set(gold_ids)
    return len(gold.intersection(ranked_ids[:k])) / len(gold) if gold else 0.0


def ndcg_at(ranked_ids: Sequence[str], gold_ids: Collection[str], k: int) -> float:
    """Normalised discounted cumulative gain with gains of 0 and 1 (Järvelin & Kekäläinen 2002)."""
    gold = set(gold_ids)
    gain = sum(1 / math.log2(i + 2) for i, found in enumerate(ranked_ids[:k]) if found in gold)
    best = sum(1 / math.log2(i + 2) for i in range(min(k, len(gold))))
    return gain / best if gold else 0.0


def reciprocal_rank(ranked_ids: Sequence[str], gold_ids: Collection[str]) -> float:
    """One over the rank of the first gold record; 0 when none was found."""
    gold = set(gold_ids)
    return next((1 / rank for rank, found in enumerate(ranked_ids, 1) if found in gold), 0.0)


def work_saved_over_sampling(included: Sequence[bool], recall: float) -> float:
    """WSS (Cohen et al. 2006): records left when `recall` is reached, less those chance would.

    Args:
        included: Whether each record is included, in the order they are screened.
        recall: The recall to reach, in (0, 1].
    """
    needed = math.ceil(recall * sum(included) - 1e-9)
    screened = discoveries(included)[needed - 1]
    return (len(included) - screened) / len(included) - (1 - recall)


def recall_after(included: Sequence[bool], n_screened: int) -> float:
    """The share of the included records among the first `n_screened`."""
    return sum(included[:n_screened]) / sum(included)


def average_precision(included: Sequence[bool]) -> float:
    """The mean, over included records, of the precision at their place."""
    places = discoveries(included)
    return sum(found / place for found, place in enumerate(places, 1)) / len(places)


def average_time_to_discovery(included: Sequence[bool]) -> float:
    """The mean share of all records screened when an included one is found; lower is better."""
    places = discoveries(included)
    return sum(places) / len(places) / len(included)


def discoveries(included: Sequence[bool]) -> list[int]:
    """The 1-based places of the included records.

    Raises:
        ValueError: None is included.
    """
    places = [place for place, found in enumerate(included, 1) if found]
    if not places:
        raise ValueError("expected at least one included record")
    return places


def recall_ceiling(n_included: int, n_screened: int) -> float:
    """The highest recall that `n_screened` records can have."""
    return min(1.0, n_screened / n_included)


def recall_curve(orders: Sequence[Sequence[bool]], n_points: int) -> list[float]:
    """Recall after 0, 1, ..., `n_points` equal shares of the records, averaged over the orders."""
    curves = []
    for included in orders:
        found = np.concatenate([[0], np.cumsum(included)])
        after = np.arange(n_points + 1) * len(included) // n_points
        curves.append(found[after] / found[-1])
    return [float(recall) for recall in np.mean(curves, axis=0)]


def paired_difference(
    ours: Mapping[str, float], theirs: Mapping[str, float], seed: int
) -> Metric | None:
    """The mean of ours less theirs over the units that both have; None when there are none.

    The interval resamples units, so what a unit does to both drops out.
    """
    both = [ours[unit] - value for unit, value in theirs.items() if unit in ours]
    return mean_with_interval(both, seed) if both else None


def mean_with_interval(values: Sequence[float] | NDArray[np.float64], seed: int) -> Metric:
    """The mean and its percentile bootstrap interval over units (2,000 resamples).

    Raises:
        ValueError: No values.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or len(numbers) == 0:
        raise ValueError("expected at least one value")
    random = np.random.default_rng(seed)
    means = np.concatenate(
        [
            numbers[random.integers(0, len(numbers), (_CHUNK, len(numbers)))].mean(axis=1)
            for _ in range(_RESAMPLES // _CHUNK)
        ]
    )
    low, high = np.quantile(means, [0.025, 0.975])
    return Metric(float(numbers.mean()), len(numbers), (float(low), float(high)))


def share_with_interval(n_true: int, n: int) -> Metric:
    """A share and its exact 95 % interval (Clopper & Pearson 1934).

    Raises:
        ValueError: The counts are no share.
    """
    from scipy.special import betaincinv

    if not 0 <= n_true <= n or n < 1:
        raise ValueError(f"expected a share, got {n_true} of {n}")
    low = float(betaincinv(n_true, n - n_true + 1, 0.025)) if n_true else 0.0
    high = float(betaincinv(n_true + 1, n - n_true, 0.975)) if n_true < n else 1.0
    return Metric(n_true / n, n, (low, high))


def grouped_samples(groups: Sequence[str], seed: int) -> list[list[int]]:
    """Rows of whole groups drawn with replacement, 2,000 times: rows of one group are alike.

    Args:
        groups: The group of each row: its article, say.
        seed: Of the draws.
    """
    rows: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        rows.setdefault(group, []).append(row)
    members = list(rows.values())
    random = np.random.default_rng(seed)
    return [
        [row for g in random.integers(0, len(members), len(members)) for row in members[g]]
        for _ in range(_RESAMPLES)
    ]
