"""Do scores that are read as probabilities come true as often as they say?

*Reliability curve*: claims in bins of equal mass (as many claims each), the mean claim against the
share that came true, with its exact interval. *Expected calibration error*: the mean distance of
the two, weighted by claims (Naeini et al. 2015), in ten bins of equal mass (`ece_equal_mass`) and
of equal width (`ece_equal_width`). *Brier score* (Brier 1950) with Murphy's parts (1973) over the
equal-mass bins: reliability − resolution + uncertainty, which add up to the Brier score of claims
rounded to the mean of their bin; what rounding leaves out is `brier_within_bins`. Intervals
resample whole units, because the claims of one review or article are alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.metrics import share_with_interval
from eval.results import EngineScores, Metric, Table, TaskResult

N_BINS = 10
FEW_CLAIMS = 10
"""Below so many claims nothing is told: a bin would hold less than one."""
_RESAMPLES = 1000
METRICS = (
    *("brier", "brier_reliability", "brier_resolution", "brier_uncertainty", "brier_within_bins"),
    *("ece_equal_mass", "ece_equal_width", "mean_claimed", "share_true"),
)


class Claims(NamedTuple):
    """Probabilities [n] in [0, 1], whether each came true [n], and the unit of each [n]."""

    claimed: NDArray[np.float64]
    came_true: NDArray[np.float64]
    units: tuple[str, ...]


class Bin(NamedTuple):
    """A point of the reliability curve; the interval is of `share_true`."""

    mean_claimed: float
    share_true: float
    n: int
    ci95: tuple[float, float]


def claims_by_engine(items: Iterable[Mapping[str, Any]]) -> dict[str, Claims]:
    """What the rows of items.jsonl claim, by engine.

    A row claims when it has `claimed` and `came_true`; a row of the direction of an effect claims
    the score of the direction that it gives. A row of a failure claims nothing.
    """
    rows: dict[str, list[tuple[float, float, str]]] = {}
    for item in items:
        claim = _claim(item)
        if claim is not None:
            unit = str(item.get("article_id") or item.get("review") or item.get("unit") or "")
            rows.setdefault(str(item["engine"]), []).append((*claim, unit))
    return {
        engine: Claims(
            np.array([row[0] for row in found]),
            np.array([row[1] for row in found]),
            tuple(row[2] for row in found),
        )
        for engine, found in rows.items()
        if len(found) >= FEW_CLAIMS
    }


def _claim(item: Mapping[str, Any]) -> tuple[float, float] | None:
    if item.get("claimed") is not None:
        return float(item["claimed"]), float(item["came_true"])
    scores = item.get("scores")
    if isinstance(scores, Mapping) and item.get("direction") in scores:
        return float(scores[item["direction"]]), float(item["right"])
    return None


def equal_mass_bins(claimed: NDArray[np.float64], n_bins: int = N_BINS) -> NDArray[np.int64]:
    """The bin [n] of each claim: as many claims each, equal claims always in one bin."""
    edges = np.quantile(claimed, np.arange(1, n_bins) / n_bins, method="inverted_cdf")
    return np.searchsorted(np.unique(edges), claimed, side="left").astype(np.int64)


def equal_width_bins(claimed: NDArray[np.float64], n_bins: int = N_BINS) -> NDArray[np.int64]:
    """The bin [n] of each claim: [0, 0.1), [0.1, 0.2), … and the last with its upper end."""
    # Rounding first, or a claim at an edge falls below it: 0.29 * 100 is 28.999999999999996.
    return np.minimum(np.floor(np.round(claimed * n_bins, 9)), n_bins - 1).astype(np.int64)


def expected_calibration_error(
    claimed: NDArray[np.float64], came_true: NDArray[np.float64], bins: NDArray[np.int64]
) -> float:
    """Mean |mean claim − share that came true| over bins, weighted by claims."""
    n, sums_claimed, sums_true = _sums(claimed, came_true, bins)
    return float(np.abs(sums_claimed - sums_true).sum() / n.sum())


def brier_parts(
    claimed: NDArray[np.float64], came_true: NDArray[np.float64], bins: NDArray[np.int64]
) -> dict[str, float]:
    """The Brier score and Murphy's parts over the bins.

    `brier` = reliability − resolution + uncertainty + within_bins, exactly.
    """
    n, sums_claimed, sums_true = _sums(claimed, came_true, bins)
    share, whole = sums_true / n, float(came_true.mean())
    brier = float(np.mean((claimed - came_true) ** 2))
    reliability = float((n * (sums_claimed / n - share) ** 2).sum() / n.sum())
    resolution = float((n * (share - whole) ** 2).sum() / n.sum())
    uncertainty = whole * (1 - whole)
    return {
        "brier": brier,
        "brier_reliability": reliability,
        "brier_resolution": resolution,
        "brier_uncertainty": uncertainty,
        "brier_within_bins": brier - (reliability - resolution + uncertainty),
    }


def _sums(
    claimed: NDArray[np.float64], came_true: NDArray[np.float64], bins: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Claims, their sum and those that came true, of each bin that is not empty."""
    n = np.bincount(bins).astype(np.float64)
    sums = [np.bincount(bins, weights=values).astype(np.float64) for values in (claimed, came_true)]
    return n[n > 0], sums[0][n > 0], sums[1][n > 0]


def reliability_curve(claims: Claims) -> list[Bin]:
    """The points of the curve, lowest claims first."""
    bins = equal_mass_bins(claims.claimed)
    curve = []
    for number in np.unique(bins):
        inside = bins == number
        share = share_with_interval(int(claims.came_true[inside].sum()), int(inside.sum()))
        mean = float(claims.claimed[inside].mean())
        curve.append(Bin(mean, share.value, share.n, share.ci95))
    return curve


def calibration_figures(
    claimed: NDArray[np.float64], came_true: NDArray[np.float64]
) -> dict[str, float]:
    """Every figure of `METRICS`."""
    mass = equal_mass_bins(claimed)
    return {
        **brier_parts(claimed, came_true, mass),
        "ece_equal_mass": expected_calibration_error(claimed, came_true, mass),
        "ece_equal_width": expected_calibration_error(
            claimed, came_true, equal_width_bins(claimed)
        ),
        "mean_claimed": float(claimed.mean()),
        "share_true": float(came_true.mean()),
    }


def calibration_metrics(claims: Claims, seed: int) -> dict[str, Metric]:
    """The figures with bootstrap intervals over units, named as scores.json holds them.

    An ECE is biased upwards in small samples, and a resample's more so: its interval is
    stretched to hold the figure where it would not.
    """
    whole = calibration_figures(claims.claimed, claims.came_true)
    rows: dict[str, list[int]] = {}
    for row, unit in enumerate(claims.units):
        rows.setdefault(unit, []).append(row)
    members = [np.array(found) for found in rows.values()]
    random, drawn = np.random.default_rng(seed), []
    for _ in range(_RESAMPLES):
        units = random.integers(0, len(members), len(members))
        sample = np.concatenate([members[unit] for unit in units])
        drawn.append(calibration_figures(claims.claimed[sample], claims.came_true[sample]))
    metrics = {}
    for name in METRICS:
        low, high = np.quantile([row[name] for row in drawn], [0.025, 0.975])
        interval = (min(float(low), whole[name]), max(float(high), whole[name]))
        metrics[name] = Metric(whole[name], len(claims.claimed), interval)
    return metrics


def curve_table(curves: Mapping[str, Sequence[Bin]]) -> Table:
    """The reliability curves in figures."""
    return Table(
        title="Reliability of claimed probabilities, in bins of equal mass",
        columns=("engine", "mean claim", "came true", "95 % interval", "claims"),
        rows=tuple(
            (
                *(engine, f"{b.mean_claimed:.3f}", f"{b.share_true:.3f}"),
                *(f"{b.ci95[0]:.3f} to {b.ci95[1]:.3f}", str(b.n)),
            )
            for engine, curve in curves.items()
            for b in curve
        ),
    )


def with_metrics(result: TaskResult, found: Mapping[str, Mapping[str, Metric]]) -> TaskResult:
    """The result with further metrics by engine; names that are taken stay as they are."""
    scores = {
        engine: EngineScores(_joined(own.metrics, found.get(engine, {})), own.by_unit)
        for engine, own in result.scores.items()
    }
    return replace(result, scores=scores)


def _joined(own: Mapping[str, Metric], further: Mapping[str, Metric]) -> dict[str, Metric]:
    return {**own, **{name: metric for name, metric in further.items() if name not in own}}
