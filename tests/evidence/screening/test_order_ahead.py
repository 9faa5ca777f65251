"""Orders that are learned beside the screening: who decides never waits, and is told what lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event

import numpy as np
import pytest

from evidence.entries import Entry
from evidence.errors import EvidenceError
from evidence.screening.features import ScreeningFeatures
from evidence.screening.order_ahead import OrdersAhead
from evidence.state import ReviewFold, ReviewState
from indexers.errors import StoreError
from tests.evidence.screening.two_reviewers import TWO, found, said

LONG = 30.0
RECORDS = [f"r{n}" for n in range(6)]


class Review:
    """A log that grows, and a learner that waits until it is let go."""

    def __init__(self) -> None:
        self.fold = ReviewFold(TWO)
        self.go, self.begun = Event(), Event()
        self.n_features = 0
        self.add(found(*RECORDS))

    def add(self, entries: list[Entry]) -> None:
        self.fold.take(entries)
        self.state = self.fold.state()

    def now(self) -> ReviewState:
        return self.state

    def features(self, state: ReviewState) -> ScreeningFeatures:
        from scipy.sparse import csr_matrix

        self.n_features += 1
        n = len(state.records)
        return ScreeningFeatures(
            tuple(state.records), csr_matrix((n, 1)), np.zeros((n, 1), np.float32), np.zeros(n), {}
        )

    def best(
        self, features: ScreeningFeatures, state: ReviewState, due: list[str], reviewer: str
    ) -> list[str]:
        """Stands for the learner: what this reviewer's list may learn from comes last."""
        from evidence.screening.reading_order import known_labels

        self.begun.set()
        assert self.go.wait(LONG)
        labels = known_labels(state, reviewer)
        return sorted(due, key=lambda record_id: record_id in labels)


@pytest.fixture
def review(monkeypatch: pytest.MonkeyPatch) -> Iterator[Review]:
    review = Review()
    monkeypatch.setattr("evidence.screening.order_ahead.best_first", review.best)
    yield review
    review.go.set()


def wait_until(holds: Callable[[], bool]) -> None:
    done = Event()
    for _ in range(1000):
        if holds():
            return
        done.wait(0.01)
    pytest.fail("waited in vain")


def test_a_small_project_is_ordered_at_once(review: Review) -> None:
    review.go.set()
    orders = OrdersAhead(review.now, review.features)
    review.add([said("Ada", "include", "r0")])
    order = orders.order("Ada")
    assert order is not None
    assert (order.record_ids[-1], order.n_learned_from, order.n_newer) == ("r0", 1, 0)


def test_a_large_one_goes_on_with_the_order_it_has_and_tells_what_it_lacks(
    review: Review,
) -> None:
    orders = OrdersAhead(review.now, review.features, at_once=0)
    assert orders.told("Ada") == ""
    assert orders.order("Ada") is None  # nothing is learned yet, and nobody waits
    assert "until then" in orders.told("Ada")
    review.go.set()
    first = orders.order("Ada", LONG)
    assert first is not None
    assert first.record_ids == tuple(RECORDS)

    review.go.clear()
    review.begun.clear()
    review.add([said("Ada", "include", "r0"), said("Ada", "exclude", "r1")])
    meanwhile = orders.order("Ada")
    assert meanwhile is not None
    assert (meanwhile.record_ids, meanwhile.n_learned_from, meanwhile.n_newer) == (
        tuple(RECORDS),
        0,
        2,
    )
    assert "knows 0 verdicts; 2 newer" in orders.told("Ada")
    review.go.set()
    wait_until(lambda: (order := orders.order("Ada")) is not None and not order.n_newer)
    last = orders.order("Ada")
    assert last is not None
    assert orders.told("Ada") == ""
    assert last.record_ids == ("r2", "r3", "r4", "r5", "r0", "r1")
    assert review.n_features == 1  # read once, for the records are the same


def test_no_list_tells_the_other_reviewers_verdict(review: Review) -> None:
    review.go.set()
    orders = OrdersAhead(review.now, review.features, at_once=0)
    review.add([said("Ada", "include", "r0")])
    ada, ben = orders.order("Ada", LONG), orders.order("Ben", LONG)
    assert ada is not None
    assert ben is not None
    assert ada.record_ids[-1] == "r0"
    assert ben.record_ids == tuple(RECORDS)


def test_what_fails_is_told_and_tried_again(review: Review) -> None:
    review.go.set()
    fails = [True]

    def features(state: ReviewState) -> ScreeningFeatures:
        if fails.pop() if fails else False:
            raise StoreError("the encoder is missing")
        return review.features(state)

    orders = OrdersAhead(review.now, features, at_once=0)
    with pytest.raises(EvidenceError, match="missing"):
        orders.order("Ada", LONG)
    assert orders.order("Ada", LONG) is not None


def test_new_records_are_ordered_too(review: Review) -> None:
    review.go.set()
    orders = OrdersAhead(review.now, review.features, at_once=0)
    orders.order("Ada", LONG)
    review.add(found("new"))
    wait_until(lambda: (order := orders.order("Ada")) is not None and "new" in order.record_ids)
    assert review.n_features == 2
