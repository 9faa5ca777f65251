"""When each stopping rule would have ended a simulated screening, and the recall it had reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.results import Table
from eval.stopping_simulation import (
    RunSummary,
    StoppedRun,
    run_certified,
    run_of_excluded,
    run_quick,
    summarise,
)
from evidence.config import ScreeningSettings

CERTIFIED, QUICK = "certified", "quick"
RUNS_OF_EXCLUDED = (50, 100, 200)
_LOOKS = 2000  # of the quick test, at most some: each look costs more the longer the order is

StoppedRuns = dict[str, dict[str, list[StoppedRun]]]
"""Runs by rule and review; the certified mode has one a sample seed."""


def stop_orders(
    orders: Mapping[str, Sequence[Sequence[bool]]],
    seed: int,
    settings: ScreeningSettings,
    n_samples: int,
) -> StoppedRuns:
    """Every rule over the orders of each review.

    Args:
        orders: The labels of each review in the order they were read, one order a seed.
        seed: The first seed of the certified mode's samples.
        settings: Gives target recall and confidence.
        n_samples: Of the certified mode, an order: its guarantee is over samples.
    """
    target, confidence = settings.target_recall, settings.confidence
    rules: dict[str, Callable[[NDArray[np.int8]], list[StoppedRun]]] = {
        CERTIFIED: lambda labels: [
            run_certified(labels, target, confidence, seed + number) for number in range(n_samples)
        ],
        QUICK: lambda labels: [
            run_quick(labels, target, confidence, look_every=max(1, len(labels) // _LOOKS))
        ],
    }
    for n in RUNS_OF_EXCLUDED:
        rules[f"{n} excluded in a row"] = lambda labels, n=n: [  # type: ignore[misc]
            run_of_excluded(labels, target, n)
        ]
    return {
        rule: {
            name: [run for order in found for run in stops(np.array(order, dtype=np.int8))]
            for name, found in orders.items()
        }
        for rule, stops in rules.items()
    }


def stopping_items(runs: StoppedRuns, engine: str) -> list[dict[str, Any]]:
    """A row a rule, review and run."""
    return [
        {
            "unit": "stopping",
            "review": review,
            "engine": engine,
            "rule": rule,
            "run": number,
            "n_records": run.n_records,
            "n_read": run.n_screened,
            "recall": run.recall,
            "stopped": run.stopped,
            "below_target": run.violated,
            "n_samples": run.attempts,
        }
        for rule, by_review in runs.items()
        for review, found in by_review.items()
        for number, run in enumerate(found)
    ]


def stopping_tables(
    runs: StoppedRuns, engine: str, settings: ScreeningSettings
) -> tuple[Table, ...]:
    """All runs of each rule together, and each review on its own."""
    if not any(runs.values()):
        return ()
    goal = f"recall {settings.target_recall:g}, confidence {settings.confidence:g}"
    together = [
        (
            rule,
            *(f"{s.mean_work_saved:.4f}", f"{s.mean_recall:.4f}"),
            f"{s.n_violated} of {s.n_runs}",
            f"{s.violation_low:.4f} to {s.violation_high:.4f}",
            f"{s.stopped_share:.2f}",
        )
        for rule, s in summaries(runs).items()
    ]
    names = list(dict.fromkeys(name for by_review in runs.values() for name in by_review))
    return (
        Table(
            title=f"Stopping over the order of {engine}: {goal}",
            columns=("rule", "work saved", "recall", "below target", "95 % interval", "stopped"),
            rows=tuple(together),
        ),
        Table(
            title="Records read when a rule stops, and the recall truly reached",
            columns=("review", "records", *runs),
            rows=tuple(
                (
                    name,
                    str(next(iter(runs.values()))[name][0].n_records),
                    *(_read_and_reached(by_review[name]) for by_review in runs.values()),
                )
                for name in names
            ),
        ),
    )


def summaries(runs: StoppedRuns) -> dict[str, RunSummary]:
    """The runs of each rule taken together."""
    return {
        rule: summarise([run for found in by_review.values() for run in found])
        for rule, by_review in runs.items()
        if by_review
    }


def broken_guarantee(runs: StoppedRuns, settings: ScreeningSettings) -> str | None:
    """A line when the certified mode is below target surely more often than it allows."""
    found = summaries(runs).get(CERTIFIED)
    allowed = 1 - settings.confidence
    if found is None or found.violation_low <= allowed:
        return None
    return (
        f"certified stopping was below recall {settings.target_recall:g} in {found.n_violated} of "
        f"{found.n_runs} runs, more often than {allowed:.2g}"
    )


def _read_and_reached(runs: Sequence[StoppedRun]) -> str:
    n_read = float(np.mean([run.n_screened for run in runs]))
    recall = float(np.mean([run.recall for run in runs]))
    lowest = min(run.recall for run in runs)
    least = f", lowest {lowest:.3f}" if len(runs) > 1 else ""
    return f"{n_read:.0f} ({recall:.3f}{least})"
