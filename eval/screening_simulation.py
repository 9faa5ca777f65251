"""Simulated screening of a labelled review: a record is read, its label is revealed, and so on.

An order is a list of rows of the review (0-based places in `LabelledReview.records`), as they are
screened. What ranks the records sees labels of 1, 0 and -1: included, excluded, not screened yet.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.datasets import LabelledReview
from indexers.lexical_index import LexicalIndex, LexicalWriter
from indexers.records import Record, text_digest

OrderOf = Callable[[NDArray[np.int8]], Sequence[int]]
"""The unscreened places, best first, by the labels [n_records] revealed so far."""

RANDOM_ORDERS = 100
_NOT_SCREENED = -1


def screen(
    included: Sequence[bool],
    order_of: OrderOf,
    *,
    retrain_every: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[int]:
    """The order in which the records are screened, starting without a label.

    The first records of the ranking are screened and their labels revealed; then everything is
    ranked again. After the last included record the rest keeps one last ranking.

    Args:
        included: The labels; they reach `order_of` only as they are revealed.
        order_of: Ranks the unscreened records.
        retrain_every: How many records are screened between rankings.
        progress: Called with included records found, and how many there are.

    Raises:
        ValueError: The ranking is not one of the unscreened records.
    """
    labels = np.full(len(included), _NOT_SCREENED, dtype=np.int8)
    screened: list[int] = []
    n_found, n_included = 0, sum(included)
    while n_found < n_included:
        for place in _checked(order_of(labels.copy()), labels)[:retrain_every]:
            labels[place] = included[place]
            n_found += included[place]
            screened.append(place)
        progress(n_found, n_included)
    if len(screened) < len(included):
        screened += _checked(order_of(labels.copy()), labels)
    return screened


def _checked(order: Sequence[int], labels: NDArray[np.int8]) -> list[int]:
    unscreened = np.flatnonzero(labels == _NOT_SCREENED)
    if not np.array_equal(np.sort(np.asarray(order, dtype=np.int64)), unscreened):
        raise ValueError("expected a ranking of the records that are not screened yet")
    return [int(place) for place in order]


def screened_labels(order: Iterable[int], included: Sequence[bool]) -> list[bool]:
    """The label of every record in the order; what the order leaves out comes last, included last.

    Args:
        order: Rows; it may stop before the end.
        included: The label of each row.
    """
    read = list(order)
    rest = set(range(len(included))).difference(read)
    return [*(included[row] for row in read), *sorted(included[row] for row in rest)]


def shuffled(review: LabelledReview, seed: int) -> list[int]:
    """All rows in an order that the file's own does not shape: files may be sorted by label."""
    return sorted(
        range(len(review.records)),
        key=lambda row: hashlib.sha256(
            f"{seed} {row} {review.records[row].record_id}".encode()
        ).digest(),
    )


def random_orders(review: LabelledReview, seed: int) -> list[NDArray[np.int64]]:
    """Random orders of the rows, the same for the same name and seed."""
    random = np.random.default_rng([seed, int(text_digest(review.name)[:8], 16)])
    return [random.permutation(len(review.records)) for _ in range(RANDOM_ORDERS)]


def bm25_order(records: Sequence[Record], question: str, among: Sequence[int]) -> list[int]:
    """Rows by BM25 of the question's words over title (twice) and abstract.

    Args:
        records: All records of the review.
        question: Its words are the query.
        among: The rows in the order that breaks ties; rows without any of the words come last.
    """
    place = {row: number for number, row in enumerate(among)}
    # An opened index may still write its lock while the folder is taken away.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "lexical"
        with LexicalWriter(path) as writer:
            for row, record in enumerate(records):
                writer.add(row, record)
        scores = dict(LexicalIndex(path).search(question, len(records)))
    return sorted(among, key=lambda row: (-scores.get(row, 0.0), place[row]))
