"""When to begin with a stopping sample: advice, on which no guarantee depends."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence.screening.stopping import sample_size

WAIT_SHARE = 0.5
FEWEST_EXCLUDED = 10


@dataclass(frozen=True)
class StoppingAdvice:
    """Whether to draw a sample now, what it would cost, and why.

    Attributes:
        begin: Draw it now.
        n_needed: Records that it takes to certify when none of them is included.
        n_excluded_in_row: Records screened since the last included one.
        n_to_wait: About how many more excluded in a row until it is time; 0 when it is.
        reason: In words.
    """

    begin: bool
    n_needed: int
    n_excluded_in_row: int
    n_to_wait: int
    reason: str


def advise(
    labels: NDArray[np.int8],
    n_unscreened: int,
    target_recall: float,
    confidence: float,
    size: Callable[[int, int, float, float], int] = sample_size,
) -> StoppingAdvice:
    """Whether to draw a sample now or to go on by priority.

    It is time when the records screened since the last included one are half as many as the
    sample takes. As with renting or buying, what is waited for in vain then costs at most half of
    the sample; and the dearer the sample, the more it takes to risk that it fails. Of the waiting
    rules tried on nine reviews (a fixed number, a share of the records screened, a multiple of the
    mean gap, 0.05 to 1 times the sample) this one left most records unread.

    Args:
        labels: [n_screened] 1 included, 0 excluded, in the order of screening.
        n_unscreened: Records without a verdict.
        target_recall: In (0, 1).
        confidence: Of the next attempt (`attempt_confidence`).
        size: `sample_size`, or what remembers its answers.
    """
    included = np.flatnonzero(labels)
    in_row = len(labels) - (int(included[-1]) + 1 if len(included) else 0)
    if n_unscreened == 0:
        return StoppingAdvice(False, 0, in_row, 0, "every record is screened")
    needed = size(n_unscreened, len(included), target_recall, confidence)
    if needed == 0:
        reason = (
            f"with {len(included)} included, the {n_unscreened} unscreened records cannot bring "
            "recall below the target: no sample is needed"
        )
        return StoppingAdvice(True, 0, in_row, 0, reason)
    wait_until = max(FEWEST_EXCLUDED, WAIT_SHARE * needed)
    said = f"the last {in_row} records were excluded; a sample takes {needed} of {n_unscreened}"
    if in_row >= wait_until:
        spared = n_unscreened - needed
        reason = f"{said} and, if none of them is included, spares {spared}: draw it now"
        return StoppingAdvice(True, needed, in_row, 0, reason)
    # Each excluded record adds one to the row and takes its share off the sample.
    to_wait = math.ceil((wait_until - in_row) / (1 + WAIT_SHARE * needed / n_unscreened))
    to_wait = min(max(1, to_wait), n_unscreened)
    reason = f"{said}: go on by priority, about {to_wait} more without an included one"
    return StoppingAdvice(False, needed, in_row, to_wait, reason)
