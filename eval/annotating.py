"""What a task's result gets besides its own figures, the same for every task.

Calibration of what its items claim, pairs of systems, bars by unit, and what the run took.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
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
from eval.cost import Cost, cost_table, measured
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
    from evidence.llm.cost import TokenPrices
    from indexers.encoder import Encoder

MOST_BARS = 20
_HAVE_OWN_BARS = ("screening",)


def run_measured(
    options: argparse.Namespace, encoder: Encoder | None
) -> tuple[TaskResult, dict[str, Any]]:
    """`run_task`, annotated, with what it took.

    Raises:
        EvidenceError: As `run_task`.
    """
    with measured(options.out / "calls", _prices(options.settings)) as cost:
        result, manifest = run_task(options, encoder)
    return annotate(result, manifest, cost, options.seed)


def _prices(settings: Path | None) -> TokenPrices | None:
    """The prices that the settings give for a language model; None when they give none."""
    from evidence.config import OpenAIEngine, load_settings
    from evidence.llm.models import token_prices

    if settings is None:
        return None
    engine = load_settings(settings).engine
    return token_prices(engine) if isinstance(engine, OpenAIEngine) else None


def annotate(
    result: TaskResult, manifest: dict[str, Any], cost: Cost, seed: int
) -> tuple[TaskResult, dict[str, Any]]:
    """The result and the manifest with calibration, pairs of systems and cost.

    Args:
        result: Of a task.
        manifest: Of its run.
        cost: Measured around it; its units are counted here.
        seed: Of all bootstraps.
    """
    result = _calibrated(result, seed)
    articles = {
        str(item["prompt_id"]): str(item["article_id"])
        for item in result.items
        if "prompt_id" in item and "article_id" in item  # prompts of one article are alike
    }
    pairs = side_by_side(result.scores_json(), seed, articles)
    cost.n_units = max((len(found.by_unit) for found in result.scores.values()), default=0)
    took = cost.as_manifest()
    tables = (comparison_table(pairs),) if pairs else ()
    annotated = replace(
        result,
        tables=(*result.tables, *tables, cost_table({result.task: took})),
        plots=(*result.plots, *_unit_bars(result), *_forests(pairs)),
    )
    return annotated, manifest | {"systems_side_by_side": as_rows(pairs), "cost": took}


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
