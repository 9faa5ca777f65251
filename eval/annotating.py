"""What a task's result gets besides its own figures, the same for every task.

Calibration of what its items claim, pairs of systems, bars by unit, and what the run took.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eval.calibration_curves import (
    calibration_metrics,
    claims_by_engine,
    curve_table,
    reliability_curve,
    with_metrics,
)
from eval.comparison import (
    MAIN_METRICS,
    Difference,
    as_rows,
    comparison_table,
    sense_of,
    side_by_side,
)
from eval.cost import Cost, Meter, cost_table, measured
from eval.plots import (
    Interval,
    Plot,
    bar_plot,
    calibration_plot,
    difference_plot,
    interval_plot,
)
from eval.results import EngineScores, Scores, TaskResult
from eval.running import run_task

if TYPE_CHECKING:
    from indexers.encoder import Encoder

MOST_BARS = 20
_HAVE_OWN_BARS = ("screening",)
_UNIT_NAMES = ("question_id", "prompt_id", "case_id", "review", "unit")
"""What a row of items.jsonl calls its unit, the most special first."""


def run_measured(
    options: argparse.Namespace, encoder: Encoder | None
) -> tuple[TaskResult, dict[str, Any]]:
    """`run_task`, annotated, with what it took.

    Raises:
        EvidenceError: As `run_task`.
    """
    with measured() as meter:
        result, manifest = run_task(options, encoder)
    return annotate(result, manifest, meter, options.seed)


def annotate(
    result: TaskResult, manifest: dict[str, Any], meter: Meter, seed: int
) -> tuple[TaskResult, dict[str, Any]]:
    """The result and the manifest with calibration, pairs of systems and cost.

    Args:
        result: Of a task.
        manifest: Of its run.
        meter: What it took; the units of its costs are counted here.
        seed: Of all bootstraps.
    """
    result = _calibrated(result, seed)
    articles = {
        str(item["prompt_id"]): str(item["article_id"])
        for item in result.items
        if "prompt_id" in item and "article_id" in item  # prompts of one article are alike
    }
    pairs = side_by_side(result.scores_json(), seed, articles)
    took = _costs(meter, result)
    tables = (comparison_table(pairs),) if pairs else ()
    annotated = replace(
        result,
        items=_with_costs(result.items, meter.units),
        tables=(*result.tables, *tables, cost_table({result.task: took})),
        plots=(*result.plots, *_unit_bars(result), *_forests(pairs)),
    )
    return annotated, manifest | {"systems_side_by_side": as_rows(pairs), "cost": took}


def _costs(meter: Meter, result: TaskResult) -> dict[str, Any]:
    """The whole run, and under `engines` each system that was told apart."""
    n_units = {engine: len(found.by_unit) for engine, found in result.scores.items()}
    meter.total.n_units = max(n_units.values(), default=0)
    for engine, cost in meter.engines.items():
        cost.n_units = n_units.get(engine, meter.total.n_units)
    took = meter.total.as_manifest()
    if not meter.engines:
        return took
    return took | {"engines": {e: cost.as_manifest() for e, cost in meter.engines.items()}}


def _with_costs(
    items: Sequence[dict[str, Any]], units: Mapping[tuple[str, str], Cost]
) -> list[dict[str, Any]]:
    """The rows; the first of a system and unit tells what that took, as `cost`."""
    left = dict(units)
    rows = []
    for item in items:
        asked = [(str(item.get("engine")), str(item.get(name))) for name in _UNIT_NAMES]
        known = next((key for key in asked if key in left), None)
        rows.append(item if known is None else item | {"cost": left.pop(known).as_manifest()})
    return rows


def _calibrated(result: TaskResult, seed: int) -> TaskResult:
    """With metrics, table and plot of what the items claim; as it was when they claim nothing."""
    claims = {e: c for e, c in claims_by_engine(result.items).items() if e in result.scores}
    if not claims:
        return result
    curves = {engine: reliability_curve(found) for engine, found in claims.items()}
    metrics = {engine: calibration_metrics(found, seed) for engine, found in claims.items()}
    points = [
        (engine, [(b.mean_claimed, b.share_true, b.n, *b.ci95) for b in curve])
        for engine, curve in curves.items()
    ]
    plot = calibration_plot("Reliability of claimed probabilities", points)
    return replace(
        with_metrics(result, metrics),
        tables=(*result.tables, curve_table(curves)),
        plots=(*result.plots, plot),
    )


def _forests(pairs: Sequence[Difference]) -> list[Plot]:
    """A forest of the differences of each metric."""
    names = dict.fromkeys((pair.task, pair.metric) for pair in pairs)
    return [
        difference_plot(
            f"{metric}, first less second" + (", lower is better" * (sense_of(metric) < 0)),
            [
                Interval(f"{p.first} − {p.second}", p.value, *p.ci95)
                for p in pairs
                if (p.task, p.metric) == (task, metric)
            ],
        )
        for task, metric in names
    ]


def _unit_bars(result: TaskResult) -> list[Plot]:
    """The first main metric of every unit, where they are few enough to be seen."""
    if result.task in _HAVE_OWN_BARS:
        return []
    for metric in MAIN_METRICS.get(result.task, ()):
        held = {
            engine: found
            for engine, found in result.scores.items()
            if any(metric in row for row in found.by_unit.values())
        }
        units = dict.fromkeys(unit for found in held.values() for unit in found.by_unit)
        if 2 <= len(units) <= MOST_BARS:
            rows = [(u, [_figure(found, u, metric) for found in held.values()]) for u in units]
            return [bar_plot(metric, list(held), rows)]
    return []


def _figure(found: EngineScores, unit: str, metric: str) -> float:
    return found.by_unit.get(unit, {}).get(metric, 0.0)


def score_plots(scores: Scores) -> list[Plot]:
    """The main metrics of each task with their intervals, a line an engine: for the page of all."""
    plots = []
    for task, names in MAIN_METRICS.items():
        rows = [
            Interval(f"{name}: {engine}", metrics[name]["value"], *metrics[name]["ci95"])
            for name in names
            for engine, tasks in scores.items()
            if task in tasks and name in (metrics := tasks[task]["metrics"])
        ]
        if rows:
            plots.append(interval_plot(task, rows))
    return plots
