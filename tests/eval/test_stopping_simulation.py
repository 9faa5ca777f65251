from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.stopping_simulation import (
    StoppedRun,
    run_certified,
    run_of_excluded,
    run_quick,
    summarise,
)
from evidence.screening.quick_stop import quick_p_value


def order(*stretches: tuple[int, int]) -> NDArray[np.int8]:
    """Stretches of (label, length)."""
    return np.concatenate([np.full(n, label, dtype=np.int8) for label, n in stretches])


GOOD = order((1, 60), (0, 440))


def test_a_good_order_is_certified_at_the_first_attempt_and_saves_work() -> None:
    run = run_certified(GOOD, 0.95, 0.95, seed=1)
    assert run.stopped
    assert not run.violated
    assert (run.attempts, run.recall) == (1, 1.0)
    assert 0.2 < run.work_saved < 0.5
    assert run.n_screened == round((1 - run.work_saved) * 500)


def test_a_failed_sample_is_given_up_and_screening_goes_on() -> None:
    late = order((1, 60), (0, 300), (1, 12), (0, 300))
    runs = [run_certified(late, 0.95, 0.95, seed) for seed in range(12)]
    assert any(run.attempts > 1 for run in runs)
    assert all(run.n_screened <= 672 for run in runs)
    assert len({run.n_screened for run in runs}) > 1
    assert run_certified(late, 0.95, 0.95, 3) == runs[3]


@pytest.mark.parametrize("missed", [2, 3, 8])
def test_the_guarantee_holds_where_the_order_is_as_bad_as_it_can_be(missed: int) -> None:
    # The ranker hides what is missed behind everything else, and it is just too much to miss.
    hidden = order((1, 30), (0, 170), (1, missed))
    summary = summarise([run_certified(hidden, 0.95, 0.9, seed) for seed in range(300)])
    assert summary.violation_rate > 0.03 or missed > 2  # two are really at stake
    assert summary.violation_rate <= 0.1


def test_a_chance_order_keeps_the_guarantee_too() -> None:
    random = np.random.default_rng(2)
    labels = order((1, 40), (0, 260))
    runs = [run_certified(random.permutation(labels), 0.8, 0.9, seed) for seed in range(150)]
    assert summarise(runs).violation_rate <= 0.1


def test_the_quick_mode_stops_at_the_first_look_that_rejects() -> None:
    run = run_quick(GOOD, 0.95, 0.95)
    n = run.n_screened
    assert run.stopped
    assert quick_p_value(GOOD[:n], 500 - n, 0.95) <= 0.05
    assert quick_p_value(GOOD[: n - 1], 501 - n, 0.95) > 0.05
    assert run_quick(GOOD, 0.95, 0.95, look_every=50).n_screened == -(-n // 50) * 50


def test_a_row_of_excluded_records_stops_whatever_is_missed() -> None:
    labels = order((1, 5), (0, 20), (1, 5), (0, 30))
    run = run_of_excluded(labels, 0.95, 20)
    assert (run.n_screened, run.n_found, run.stopped, run.violated) == (25, 5, True, True)
    never = run_of_excluded(labels, 0.95, 60)
    assert (never.n_screened, never.stopped, never.violated) == (60, False, False)


def test_recall_that_equals_the_target_is_no_violation() -> None:
    labels = order((1, 19), (0, 20), (1, 1), (0, 20))
    assert not run_of_excluded(labels, 0.95, 20).violated
    assert run_of_excluded(labels, 0.96, 20).violated


def test_the_summary_counts_violations_with_their_exact_interval() -> None:
    kept = StoppedRun(100, 40, 10, 10, True, False, 1)
    missed = StoppedRun(100, 20, 10, 9, True, True, 3)
    summary = summarise([kept] * 19 + [missed])
    assert (summary.n_runs, summary.n_violated, summary.violation_rate) == (20, 1, 0.05)
    assert summary.violation_low == pytest.approx(0.00126509, abs=1e-7)
    assert summary.violation_high == pytest.approx(0.24873276, abs=1e-7)
    assert summary.mean_work_saved == pytest.approx(0.61)
    assert summary.median_work_saved == pytest.approx(0.6)
    assert summary.mean_recall == pytest.approx(0.995)
    assert (summary.stopped_share, summary.mean_attempts) == (1.0, 1.1)
