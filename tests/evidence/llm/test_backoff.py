from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from evidence.errors import EngineError
from evidence.llm.backoff import LONGEST_WAIT_SECONDS, Backoff
from evidence.llm.faults import BusyServer, LostAnswer, RefusedRequest, Unreached, UnusableAnswer

BUSY = BusyServer("busy", None)


@dataclass
class Timed:
    """A clock that only sleeping and calls move on."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def backoff(self, max_tries: int = 4, max_seconds: float = 1e6) -> Backoff:
        return Backoff(max_tries, max_seconds, self.sleep, lambda: self.now)


def failing(*errors: EngineError) -> Callable[[], str]:
    left = list(errors)

    def make() -> str:
        if left:
            raise left.pop(0)
        return "answer"

    return make


def test_a_call_that_works_is_made_once() -> None:
    timed = Timed()
    assert timed.backoff().call(failing(), "seed") == "answer"
    assert timed.waits == []


@pytest.mark.parametrize("error", [BUSY, LostAnswer("too slow")])
def test_it_is_tried_as_often_as_allowed_and_the_last_error_says_so(error: EngineError) -> None:
    timed = Timed()
    assert timed.backoff(3).call(failing(error, error), "seed") == "answer"
    with pytest.raises(EngineError, match=f"^{error}; tried 3 times$") as caught:
        timed.backoff(3).call(failing(error, error, error), "seed")
    assert caught.value.retryable


@pytest.mark.parametrize(
    "error",
    [
        Unreached("no connection", retryable=True),
        RefusedRequest("refused"),
        UnusableAnswer("empty"),
    ],
)
def test_what_another_try_would_not_mend_is_not_tried_again(error: EngineError) -> None:
    timed = Timed()
    with pytest.raises(EngineError) as caught:
        timed.backoff().call(failing(error), "seed")
    assert caught.value is error
    assert timed.waits == []


def test_waits_fill_a_range_that_doubles_up_to_the_longest() -> None:
    by_try: list[list[float]] = [[] for _ in range(7)]
    for seed in range(400):
        timed = Timed()
        with pytest.raises(EngineError):
            timed.backoff(8).call(failing(*[BUSY] * 8), str(seed))
        for waits, wait in zip(by_try, timed.waits, strict=True):
            waits.append(wait)
    for n, waits in enumerate(by_try):
        most = min(LONGEST_WAIT_SECONDS, 2.0**n)
        assert 0 <= min(waits) < 0.05 * most
        assert 0.95 * most < max(waits) <= most
        assert statistics.mean(waits) == pytest.approx(most / 2, rel=0.15)


def test_the_server_is_given_the_time_it_asks_for() -> None:
    timed = Timed()
    assert timed.backoff().call(failing(BusyServer("busy", 12.5)), "seed") == "answer"
    assert timed.waits == [12.5]


def test_no_try_begins_after_the_limit() -> None:
    timed = Timed()
    with pytest.raises(EngineError, match="tried 2 times"):
        timed.backoff(9, 20.0).call(failing(*[BusyServer("busy", 12.0)] * 9), "seed")
    assert timed.waits == [12.0]


def test_a_server_that_asks_for_more_than_the_limit_is_not_waited_for() -> None:
    timed = Timed()
    asked = BusyServer("busy, come back in 3600 s", 3600.0)
    with pytest.raises(EngineError) as caught:
        timed.backoff(9, 60.0).call(failing(asked), "seed")
    assert caught.value is asked
    assert timed.waits == []
