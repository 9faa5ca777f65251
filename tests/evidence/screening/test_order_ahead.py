"""Orders that are learned beside the screening: who decides never waits, and is told what lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event
from typing import cast

import numpy as np
import pytest

from evidence.entries import Entry
from evidence.errors import EvidenceError
from evidence.followed import Standing
from evidence.screening.features import ScreeningFeatures
from evidence.screening.kept_features import READERS
from evidence.screening.kept_orders import KeptOrders, KnownOrder
from evidence.screening.order_ahead import OrdersAhead
from evidence.screening.prioritise import LEARNERS
from evidence.state import ReviewFold, ReviewState
from indexers.errors import StoreError
from tests.evidence.screening.two_reviewers import TWO, found, said

LONG = 30.0
RECORDS = [f"r{n}" for n in range(6)]
NEARNESS = np.array([0.0, 1, 5, 4, 3, 2, 6])
NEAREST = ("r2", "r3", "r4", "r5", "r1", "r0")


class Review:
    """A log that grows, and a learner and features that wait until they are let go."""

    def __init__(self) -> None:
        self.fold = ReviewFold(TWO)
        self.go, self.begun, self.readable = Event(), Event(), Event()
        self.readable.set()
        self.n_features = 0
        self.add(found(*RECORDS))

    def add(self, entries: list[Entry]) -> None:
        self.fold.take(entries)
        self.state = self.fold.state()

    def now(self) -> Standing:
        return Standing((len(self.state.verdicts), ""), self.state)

    def features(self, state: ReviewState) -> ScreeningFeatures:
        from scipy.sparse import csr_matrix

        assert self.readable.wait(LONG)
        self.n_features += 1
        n = len(state.records)
        return ScreeningFeatures(
            tuple(state.records), csr_matrix((n, 1)), np.zeros((n, 1), np.float32), NEARNESS[:n], {}
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
    review.readable.set()


def large(review: Review) -> OrdersAhead:
    return OrdersAhead(review.now, review.features, at_once=0, pause=0.01)


def wait_until(holds: Callable[[], bool]) -> None:
    done = Event()
    for _ in range(6000):
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
    orders = large(review)
    assert orders.told("Ada") == ""
    review.readable.clear()
    assert orders.order("Ada") is None  # nothing is read yet, and nobody waits
    assert "until then" in orders.told("Ada")
    review.readable.set()
    first = orders.order("Ada", LONG)
    assert first is not None
    assert first.record_ids == NEAREST  # nothing is decided, so there is nothing to learn

    review.add([said("Ada", "include", "r0"), said("Ada", "exclude", "r1")])
    meanwhile = orders.order("Ada")
    assert meanwhile is not None
    assert (meanwhile.record_ids, meanwhile.n_learned_from, meanwhile.n_newer) == (
        NEAREST,
        0,
        2,
    )
    assert "by nearness to the question" in orders.told("Ada")
    assert "taking in 2 verdicts" in orders.told("Ada")
    review.go.set()
    wait_until(lambda: (order := orders.order("Ada")) is not None and not order.n_newer)
    last = orders.order("Ada")
    assert last is not None
    assert orders.told("Ada") == ""
    assert last.record_ids == ("r2", "r3", "r4", "r5", "r0", "r1")
    assert review.n_features == 1  # read once, for the records are the same


def test_no_list_tells_the_other_reviewers_verdict(review: Review) -> None:
    review.go.set()
    orders = large(review)
    review.add([said("Ada", "include", "r2")])
    assert orders.order("Ben", LONG) is not None
    wait_until(lambda: (order := orders.order("Ada")) is not None and not order.n_newer)
    ada, ben = orders.order("Ada"), orders.order("Ben")
    assert ada is not None
    assert ben is not None
    assert ada.record_ids[-1] == "r2"
    assert ben.record_ids == NEAREST


def test_what_fails_is_told_and_tried_again(review: Review) -> None:
    review.go.set()
    fails = [True]

    def features(state: ReviewState) -> ScreeningFeatures:
        if fails.pop() if fails else False:
            raise StoreError("the encoder is missing")
        return review.features(state)

    orders = OrdersAhead(review.now, features, at_once=0, pause=0.01)
    with pytest.raises(EvidenceError, match="missing"):
        orders.order("Ada", LONG)
    assert orders.order("Ada", LONG) is not None


def test_new_records_are_ordered_too(review: Review) -> None:
    review.go.set()
    orders = large(review)
    orders.order("Ada", LONG)
    review.add(found("new"))
    wait_until(lambda: (order := orders.order("Ada")) is not None and "new" in order.record_ids)
    assert review.n_features == 2


class Shelf:
    """Stands for the kept orders of a project."""

    def __init__(self, **orders: KnownOrder) -> None:
        self.orders = orders

    def load(self, reviewer: str, standing: Standing) -> KnownOrder | None:
        return self.orders.get(reviewer)

    def keep(self, reviewer: str, standing: Standing, order: KnownOrder) -> None:
        self.orders[reviewer] = order


def with_shelf(review: Review, shelf: Shelf, at_once: int = 0) -> OrdersAhead:
    kept = cast("KeptOrders", shelf)
    return OrdersAhead(review.now, review.features, at_once, kept=kept, pause=0.01)


@pytest.mark.parametrize("at_once", [0, 100])
def test_a_kept_order_of_the_same_verdicts_is_given_without_learning(
    review: Review, at_once: int
) -> None:
    backwards = KnownOrder(tuple(reversed(RECORDS)), {"r0": 1})
    orders = with_shelf(review, Shelf(ada=backwards), at_once)
    review.add([said("Ada", "include", "r0")])
    assert orders.is_at_hand("Ada")
    order = orders.order("Ada")
    assert order is not None
    assert (order.record_ids, order.n_learned_from, order.n_newer) == (backwards[0], 1, 0)
    assert orders.told("Ada") == ""
    # What the next verdict takes is read beside.
    wait_until(lambda: review.n_features == 1)
    assert not review.begun.is_set()


def test_a_kept_order_that_lacks_verdicts_says_so_until_it_is_learned_again(
    review: Review,
) -> None:
    shelf = Shelf(ada=KnownOrder(tuple(RECORDS), {"r0": 1}))
    orders = with_shelf(review, shelf)
    review.add([said("Ada", "include", "r0"), said("Ada", "exclude", "r1")])
    order = orders.order("Ada")
    assert order is not None
    assert (order.n_learned_from, order.n_newer) == (1, 1)
    assert "knows 1 verdict; 1 newer is" in orders.told("Ada")
    review.go.set()
    wait_until(lambda: orders.told("Ada") == "")
    assert shelf.orders["ada"].labels == {"r0": 1, "r1": 0}


def test_where_orders_are_learned_at_once_a_kept_one_that_lacks_verdicts_is_not_given(
    review: Review,
) -> None:
    review.go.set()
    orders = with_shelf(review, Shelf(ada=KnownOrder(tuple(RECORDS), {})), at_once=100)
    review.add([said("Ada", "include", "r0")])
    order = orders.order("Ada")
    assert order is not None
    assert (order.record_ids[-1], order.n_newer) == ("r0", 0)


def test_who_may_learn_from_the_same_verdicts_shares_an_order(review: Review) -> None:
    shelf = Shelf(ada=KnownOrder(tuple(RECORDS), {}))
    orders = with_shelf(review, shelf)
    assert not orders.is_at_hand("Ben")
    assert orders.is_at_hand("Ada")
    assert orders.is_at_hand("Ben")
    review.add([said("Ada", "include", "r0")])  # waits for Ben: it is for Ada's list alone
    orders.told("Ada")
    ben = orders.order("Ben")
    assert ben is not None
    assert (ben.n_learned_from, ben.n_newer) == (0, 0)
    assert not orders.is_at_hand("Cem") or orders.order("Cem") == ben


def test_the_thread_prepares_before_it_learns(review: Review) -> None:
    prepared: list[tuple[str, bool]] = []
    review.go.set()
    review.add([said("Ada", "include", "r0")])
    orders = OrdersAhead(
        review.now,
        review.features,
        0,
        pause=0.01,
        prepare=lambda packages: prepared.append((packages[-1], review.begun.is_set())),
    )
    wait_until(lambda: (order := orders.order("Ada")) is not None and not order.n_newer)
    assert prepared == [(READERS[-1], False), (LEARNERS[-1], False)]


def test_before_the_first_learning_the_nearest_come_first_and_nobody_waits_for_the_learner(
    review: Review,
) -> None:
    review.add([said("Ada", "include", "r2")])
    orders = large(review)
    first = orders.order("Ada", LONG)
    assert first is not None
    assert (first.record_ids, first.n_learned_from, first.n_newer) == (NEAREST, 0, 1)
    assert "nearness" in orders.told("Ada")
    review.go.set()
    wait_until(lambda: not orders.told("Ada"))
    learned = orders.order("Ada")
    assert learned is not None
    assert (learned.record_ids[-1], learned.n_learned_from) == ("r2", 1)


def test_nobody_waits_for_the_first_order_longer_than_once(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    review.readable.clear()
    orders = large(review)
    assert orders.order("Ada", 0.2) is None
    waits: list[float] = []
    monkeypatch.setattr(orders._changed, "wait_for", lambda _, most: waits.append(most))
    assert orders.order("Ada", 0.2) is None
    assert waits == [0.0]
