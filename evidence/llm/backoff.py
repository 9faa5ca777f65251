"""Trying again when a server is busy or an answer is lost: exponential backoff with full jitter.

The wait before try n + 1 is drawn evenly between 0 and min(longest, base · 2ⁿ⁻¹), so that clients
that were turned away together do not come back together (M. Brooker, "Exponential Backoff And
Jitter", AWS Architecture Blog, 2015). It is never shorter than what the server asks for.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from evidence.errors import EngineError
from evidence.llm.faults import BusyServer, LostAnswer

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0

Result = TypeVar("Result")


@dataclass(frozen=True)
class Backoff:
    """How often and how long a call is tried.

    Attributes:
        max_tries: How many times in all.
        max_seconds: No try begins later than this after the first.
        sleep: Waits so many seconds.
        clock: Seconds that only go up.
    """

    max_tries: int
    max_seconds: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def call(self, make: Callable[[], Result], seed: str) -> Result:
        """The result of the first try that has one.

        Args:
            make: One try.
            seed: Decides the waits; different for each call, so that calls spread out.

        Raises:
            EngineError: The last try's, and at once one that another try would not mend.
        """
        began = self.clock()
        jitter = random.Random(seed)  # noqa: S311 - spreads calls, hides nothing
        n_tries = 1
        while True:
            try:
                return make()
            except (BusyServer, LostAnswer) as error:
                wait = jitter.uniform(0, _most(n_tries))
                if isinstance(error, BusyServer) and error.wait_seconds is not None:
                    wait = max(wait, error.wait_seconds)
                late = self.clock() - began + wait > self.max_seconds
                if late or n_tries >= self.max_tries:
                    raise _last(error, n_tries) from None
            self.sleep(wait)
            n_tries += 1


def _most(n_tries: int) -> float:
    return float(min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (n_tries - 1)))


def _last(error: EngineError, n_tries: int) -> EngineError:
    if n_tries == 1:
        return error
    return EngineError(f"{error}; tried {n_tries} times", retryable=True)
