"""A number of contexts that nobody certified: the same k for every corpus and question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.metrics import share_with_interval
from eval.resplits import Resplits
from eval.results import EngineScores, Metric
from retrievers.calibration import Losses

FIXED = (5, 10, 20)
_SLACK = 1e-9


def fixed_counts(
    ids: Sequence[str], losses: Losses, counts: Sequence[int], runs: Resplits, alpha: float
) -> dict[str, EngineScores]:
    """`baseline:fixed_K` for each of `FIXED`, on the retriever that the program uses.

    Args:
        ids: The units.
        losses: Share of gold missed, [n_units, n_counts].
        counts: The count of each column.
        runs: The splits that certificates were judged on; a fixed count is judged on the same.
        alpha: The highest mean loss that is allowed.
    """
    n = len(runs.k)
    scores = {}
    for k in FIXED:
        column = counts.index(k)
        overall = bool(losses[:, column].mean() > alpha + _SLACK)
        metrics = {
            "violation_rate": share_with_interval(int(runs.fixed_violated[:, column].sum()), n),
            "violation_rate_overall": Metric(float(overall), n, (float(overall), float(overall))),
            "certified_share": Metric(0.0, n, (0.0, 0.0)),
            "mean_k": Metric(float(k), n, (float(k), float(k))),
        }
        missed = np.asarray(losses[:, column], dtype=np.float64).tolist()
        by_unit = {unit: {"missed_at_used": m} for unit, m in zip(ids, missed, strict=True)}
        scores[f"baseline:fixed_{k}"] = EngineScores(metrics, by_unit)
    return scores
