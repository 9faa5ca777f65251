"""Stopping rules tried on labelled reviews: what is read, what is missed, how often too much.

A run takes the labels in the order of screening by priority. The order stays as it is when a
sample is screened in between; a learner would profit from the sample's labels, so the work saved
is, if anything, understated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evidence.screening.quick_stop import quick_p_value
from evidence.screening.sampling import draw_sample
from evidence.screening.stopping import (
    SampleCounts,
    as_written,
    attempt_confidence,
    least_missing_target,
    reaches_target,
    sample_size,
)
from evidence.screening.stopping_advice import FEWEST_EXCLUDED, advise


class StoppedRun(NamedTuple):
    """Where a run ended.

    `stopped` is False when everything was screened because the rule never fired; `violated` means
    that recall was below the target. `attempts` counts drawn samples.
    """

    n_records: int
    n_screened: int
    n_included: int
    n_found: int
    stopped: bool
    violated: bool
    attempts: int = 0

    @property
    def work_saved(self) -> float:
        """The share of the records that nobody had to read."""
        return 1 - self.n_screened / self.n_records

    @property
    def recall(self) -> float:
        """The share of the included records that were found."""
        return self.n_found / self.n_included if self.n_included else 1.0


class RunSummary(NamedTuple):
    """Runs taken together; the interval is exact (Clopper-Pearson, 95 %)."""

    n_runs: int
    n_violated: int
    violation_low: float
    violation_high: float
    mean_work_saved: float
    median_work_saved: float
    mean_recall: float
    stopped_share: float
    mean_attempts: float

    @property
    def violation_rate(self) -> float:
        """The share of runs that stopped below the target."""
        return self.n_violated / self.n_runs


def run_certified(
    labels: NDArray[np.int8], target_recall: float, confidence: float, seed: int
) -> StoppedRun:
    """Screen by priority until the advice says draw; screen the sample; stop or go on.

    A sample that can no longer succeed is given up at once, and screening goes on by priority
    until the next attempt.

    Args:
        labels: [n_records] 1 included, 0 excluded, in the order of priority.
        target_recall: In (0, 1).
        confidence: Of all attempts together.
        seed: Of the samples; attempt j draws with `seed` and j.
    """
    screened = np.zeros(len(labels), dtype=bool)
    seen: list[int] = []
    attempt = 1
    while not screened.all():
        level = attempt_confidence(attempt, confidence)
        _screen_until_advised(labels, screened, seen, target_recall, level)
        rest = np.flatnonzero(~screened)
        n = _sample_size(len(rest), sum(seen), target_recall, level)
        if n == 0 or _screen_sample(
            labels, screened, seen, target_recall, level, n, seed * 1000 + attempt
        ):
            drawn = attempt if n else attempt - 1
            return _ended(labels, seen, target_recall, stopped=True, attempts=drawn)
        attempt += 1
    return _ended(labels, seen, target_recall, stopped=False, attempts=attempt - 1)


def run_quick(
    labels: NDArray[np.int8], target_recall: float, confidence: float, look_every: int = 1
) -> StoppedRun:
    """Stop at the first look at which the quick test rejects."""
    alpha = float(1 - as_written(confidence))
    return _first_stop(
        labels,
        target_recall,
        lambda n: (
            n % look_every == 0
            and quick_p_value(labels[:n], len(labels) - n, target_recall) <= alpha
        ),
    )


def run_of_excluded(labels: NDArray[np.int8], target_recall: float, n_in_row: int) -> StoppedRun:
    """Stop after so many excluded records in a row, which promises nothing."""
    return _first_stop(
        labels, target_recall, lambda n: n >= n_in_row and not labels[n - n_in_row : n].any()
    )


def summarise(runs: Sequence[StoppedRun]) -> RunSummary:
    """Violations with their exact interval, work saved and recall over runs."""
    from scipy.stats import binomtest

    n_violated = sum(run.violated for run in runs)
    interval = binomtest(n_violated, len(runs)).proportion_ci(0.95, method="exact")
    saved = [run.work_saved for run in runs]
    return RunSummary(
        n_runs=len(runs),
        n_violated=n_violated,
        violation_low=float(interval.low),
        violation_high=float(interval.high),
        mean_work_saved=float(np.mean(saved)),
        median_work_saved=float(np.median(saved)),
        mean_recall=float(np.mean([run.recall for run in runs])),
        stopped_share=float(np.mean([run.stopped for run in runs])),
        mean_attempts=float(np.mean([run.attempts for run in runs])),
    )


_sample_size = lru_cache(maxsize=200_000)(sample_size)


def _screen_until_advised(
    labels: NDArray[np.int8],
    screened: NDArray[np.bool_],
    seen: list[int],
    target_recall: float,
    confidence: float,
) -> None:
    """Screen by priority until the advice is to draw; marks `screened`, extends `seen`."""
    look_at, found = 0, sum(seen)
    for place in np.flatnonzero(~screened):
        n_unscreened = len(labels) - len(seen)
        settled = least_missing_target(found, 0, target_recall) > n_unscreened
        if len(seen) >= look_at or settled:
            advice = advise(
                np.array(seen, dtype=np.int8),
                n_unscreened,
                target_recall,
                confidence,
                size=_sample_size,
            )
            if advice.begin:
                return
            # The wait is not exact, but by half of it no advice changes; a find starts a new row.
            look_at = len(seen) + max(1, advice.n_to_wait // 2)
        screened[place] = True
        seen.append(int(labels[place]))
        if labels[place]:
            found += 1
            look_at = len(seen) + FEWEST_EXCLUDED


def _screen_sample(
    labels: NDArray[np.int8],
    screened: NDArray[np.bool_],
    seen: list[int],
    target_recall: float,
    confidence: float,
    n: int,
    seed: int,
) -> bool:
    """Screen a sample of `n` until it is done or lost; whether it certifies."""
    rest = {str(place): int(place) for place in np.flatnonzero(~screened)}
    before, found = sum(seen), 0
    for record_id in draw_sample(list(rest), n, seed):
        place = rest[record_id]
        screened[place] = True
        seen.append(int(labels[place]))
        if labels[place]:
            found += 1
            best = SampleCounts(len(rest), n, found, before, found, n - found)
            if not reaches_target(best, target_recall, confidence):
                return False
    return True


def _first_stop(
    labels: NDArray[np.int8], target_recall: float, fires: Callable[[int], bool]
) -> StoppedRun:
    for n in range(1, len(labels)):
        if fires(n):
            return _ended(labels, labels[:n].tolist(), target_recall, stopped=True)
    return _ended(labels, labels.tolist(), target_recall, stopped=False)


def _ended(
    labels: NDArray[np.int8],
    seen: Sequence[int],
    target_recall: float,
    *,
    stopped: bool,
    attempts: int = 0,
) -> StoppedRun:
    found, included = sum(seen), int(labels.sum())
    return StoppedRun(
        n_records=len(labels),
        n_screened=len(seen),
        n_included=included,
        n_found=found,
        stopped=stopped,
        violated=found < as_written(target_recall) * included,
        attempts=attempts,
    )
