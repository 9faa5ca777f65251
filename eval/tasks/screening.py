"""`screening`, zero-shot: records ranked by their nearness to the question, no label seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from eval.datasets import LabelledReview
from eval.encoding import KeepingEncoder
from eval.metrics import (
    average_precision,
    average_time_to_discovery,
    mean_with_interval,
    recall_after,
    work_saved_over_sampling,
)
from eval.plots import Interval, interval_plot
from eval.rankings import Progress
from eval.results import EngineScores, TaskResult
from indexers.vectors import embedded_text

_DECIMALS = 6  # below it, cosines differ from processor to processor
MEASURES: dict[str, Callable[[Sequence[bool]], float]] = {
    "wss_95": lambda order: work_saved_over_sampling(order, 0.95),
    "wss_100": lambda order: work_saved_over_sampling(order, 1.0),
    "recall_at_10_percent": lambda order: recall_after(order, -(-len(order) // 10)),
    "recall_at_20": lambda order: recall_after(order, 20),
    "recall_at_50": lambda order: recall_after(order, 50),
    "average_precision": average_precision,
    "average_time_to_discovery": average_time_to_discovery,
}


def run_screening(
    reviews: Sequence[LabelledReview], encoder: KeepingEncoder, seed: int, progress: Progress
) -> TaskResult:
    """Work saved, recall and precision of the ranking of each review, and their means.

    A review without a question is a failure and scores as the worst order, all included records
    last. A review that includes nothing has no recall: it is listed, and left out of the means.
    """
    by_unit: dict[str, dict[str, float]] = {}
    items: list[dict[str, Any]] = []
    for review in reviews:
        row: dict[str, Any] = {
            "review": review.name,
            "n_records": len(review.records),
            "n_included": sum(review.included),
            "failure": None,
        }
        if not any(review.included):
            items.append(row | {"failure": "no record is included"})
            continue
        if review.question is None:
            row["failure"] = "questions.json has no question for it"
            order = sorted(review.included)
        else:
            order = [review.included[i] for i in _ranked(review, encoder, progress)]
        by_unit[review.name] = {name: measure(order) for name, measure in MEASURES.items()}
        items.append(row | by_unit[review.name])
    metrics = {
        name: mean_with_interval([row[name] for row in by_unit.values()], seed)
        for name in (MEASURES if by_unit else ())
    }
    return TaskResult(
        task="screening",
        scores={"offline": EngineScores(metrics, by_unit)},
        items=items,
        plots=tuple(
            interval_plot(
                name,
                [Interval(unit, row[name], row[name], row[name]) for unit, row in by_unit.items()],
            )
            for name in ("wss_95", "average_precision")
        ),
        notes=(
            "Zero-shot: cosine similarity of question and record, no label was used. Means and "
            "intervals are over reviews. average_time_to_discovery is a share of the records; "
            "lower is better.",
        ),
        measured={"encoder": encoder.name, "encoder_digest": encoder.digest},
    )


def _ranked(review: LabelledReview, encoder: KeepingEncoder, progress: Progress) -> list[int]:
    """The places of the records, nearest to the question first; blank records come last."""
    texts = [embedded_text(record) for record in review.records]
    vectors = encoder.encode(texts, lambda done, total: progress(review.name, done, total))
    query = encoder.encode([review.question or ""])[0]
    encoder.keep()
    nearness = np.round(vectors.astype(np.float64) @ query.astype(np.float64), _DECIMALS)
    return sorted(range(len(texts)), key=lambda i: (not texts[i].strip(), -float(nearness[i]), i))
