"""The rows of items.jsonl of `screening`: one a review and seed, and one a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eval.datasets import LabelledReview
from eval.metrics import discoveries
from eval.screening_engines import COUNTED, RANDOM, REMOVED, ScoredOrder, Screened


def review_row(review: LabelledReview) -> dict[str, Any]:
    """What a row tells of a review."""
    return {
        "unit": "review",
        "review": review.name,
        "n_records": len(review.records),
        "n_included": sum(review.included),
    }


def item_rows(
    engine: str,
    found: Mapping[str, Sequence[ScoredOrder]],
    reviews: Mapping[str, LabelledReview],
) -> list[dict[str, Any]]:
    """A row a review and seed, and a row a record; of random orders only their mean."""
    rows: list[dict[str, Any]] = []
    for name, orders in found.items():
        review = reviews[name]
        if engine == RANDOM:
            random = {"engine": engine, "seed": orders[0].screened.seed, "n_orders": len(orders)}
            rows.append(review_row(review) | random | {"failure": None} | mean_measures(orders))
            continue
        for order in orders:
            run = order.screened
            which = {"engine": engine, "seed": run.seed}
            told = {
                "failure": run.failure,
                "n_priors": run.n_priors,
                "n_read_to_last_included": discoveries(order.labels)[-1],
                "seconds": run.seconds,
                "kept_since": run.kept_since,
            }
            rows.append(review_row(review) | which | told | order.measures)
            if engine not in (COUNTED, REMOVED):  # the same order stands under the peer's name
                rows += _record_items(review, run)
    return rows


def _record_items(review: LabelledReview, run: Screened) -> list[dict[str, Any]]:
    place = {row: number for number, row in enumerate(run.order, 1)}
    return [
        {
            "unit": "record",
            "review": review.name,
            "engine": run.engine,
            "seed": run.seed,
            "record_id": record.record_id,
            "label": int(included),
            "place": place.get(row),
        }
        for row, (record, included) in enumerate(zip(review.records, review.included, strict=True))
    ]


def mean_measures(orders: Sequence[ScoredOrder]) -> dict[str, float]:
    """The measures of a review, averaged over its seeds."""
    return {
        name: sum(order.measures[name] for order in orders) / len(orders)
        for name in orders[0].measures
    }
