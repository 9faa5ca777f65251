"""`synthesis`: results of studies, pooled, against the estimate that the review published.

Protocol. An outcome (a sheet of TrialReviewBench's study_results) is scored when the review's
abstract prints its pooled ratio with a 95 % interval. Its studies' numbers are pooled in the
published measure: counts by Mantel-Haenszel; hazard ratios, which the release gives without
interval, by common-effect inverse variance with the variance of log HR taken as 4 / n (as if every
participant had an event): weights then follow sample size, and the interval means nothing, so that
only the estimate is compared. The error is |ln pooled − ln published|.

`offline` pools the reference numbers; the other engines pool what the release's own extractors
read for the same studies, where the data have such columns. Two rules pool the reference numbers
without weighing studies: `baseline:unweighted` takes the mean of the studies' logs,
`baseline:summed_counts` adds events and totals up as if all were one trial. Outcomes whose numbers
cannot give the published measure are named and counted in `share_pooled`. A review whose file is
broken counts as one outcome with the error FAILED, and so does an outcome that the reference
numbers can pool for an engine that has no usable number of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from eval.cost import taken_by
from eval.results import EngineScores, Metric, Table, TaskResult
from eval.tasks.synthesis_data import Cells, PublishedOutcome
from evidence.errors import EvidenceError
from evidence.findings import DichotomousData, Measure
from evidence.synthesis.effect_sizes import EffectSizes
from evidence.synthesis.pooling import pool, pool_effects
from evidence.synthesis.study_effects import study_effects

FAILED = math.log(100)  # a hundredfold ratio: beyond the axis of any forest plot
RELEASE = {"release_trialmind": "pred_", "release_gpt4": "gpt4_", "release_sonnet": "sonnet_"}
"""The release's extractors, and what their columns begin with."""
_COUNTS = ("n_treatment", "n_total", "n_control", "n_total_control")


Way = Literal["weighted", "unweighted", "summed"]
"""How studies are put together: by their weights, as a plain mean of logs, as one trial."""


class System(NamedTuple):
    """What the columns of its numbers begin with, and how it puts studies together."""

    prefix: str = ""
    way: Way = "weighted"


class Pooled(NamedTuple):
    """An estimate on the natural scale, its number of studies; or why there is none."""

    estimate: float | None
    k_studies: int
    reason: str = ""


def run_synthesis(outcomes: Sequence[PublishedOutcome]) -> TaskResult:
    """Pool every outcome by every engine and compare with the published estimates.

    Raises:
        EvidenceError: No outcome has a published estimate.
    """
    published = [o for o in outcomes if o.published is not None or o.failure is not None]
    if not any(outcome.published is not None for outcome in published):
        raise EvidenceError("no review prints a pooled ratio with its 95 % interval; nothing to do")
    items: list[dict[str, Any]] = []
    scores = {}
    ours = System()
    poolable = [o for o in published if o.failure or pooled_outcome(o, ours).estimate is not None]
    for engine, system in _systems(outcomes).items():
        errors: dict[str, float] = {}
        for outcome in outcomes:
            with taken_by(engine, outcome.unit):
                found = pooled_outcome(outcome, system)
            item = _item(engine, found, outcome, outcome in poolable)
            items.append(item)
            if item["abs_log_error"] is not None:
                errors[outcome.unit] = item["abs_log_error"]
        n_failed = sum(o.failure is not None for o in outcomes)
        scores[engine] = _scores(errors, n_failed, len(published))
    return TaskResult(
        task="synthesis",
        scores=scores,
        items=items,
        tables=(_table(items),),
        notes=_notes(outcomes, published, poolable),
    )


def _systems(outcomes: Sequence[PublishedOutcome]) -> dict[str, System]:
    """Ours, the plain rules, and the release's extractors where the data have a column of any."""
    columns = {column for outcome in outcomes for row in outcome.rows for column in row}
    systems = {
        "offline": System(),
        "baseline:unweighted": System(way="unweighted"),
        "baseline:summed_counts": System(way="summed"),
    }
    if any(column.startswith(tuple(RELEASE.values())) for column in columns):
        systems |= {engine: System(prefix) for engine, prefix in RELEASE.items()}
    return systems


def pooled_outcome(outcome: PublishedOutcome, system: System) -> Pooled:
    """An outcome as a system pools it, in the published measure."""
    if outcome.failure is not None:
        return Pooled(None, 0, outcome.failure)
    if outcome.published is None:
        return Pooled(None, 0, "the abstract prints no pooled ratio for it")
    measure = outcome.published.measure
    if measure == "HR":
        return _hazard_ratio(outcome.rows, system)
    return _counts(outcome.rows, system, "RR" if measure == "RR" else "OR")


def _hazard_ratio(rows: Sequence[Cells], system: System) -> Pooled:
    prefix = system.prefix
    if system.way == "summed":
        return Pooled(None, 0, "hazard ratios are no counts to add up")
    ratios, sizes = [], []
    for row in rows:
        ratio = _number(row, f"{prefix}HR")
        size = _number(row, f"{prefix}sample") or _number(row, f"{prefix}n")
        size = size or _number(row, "sample") or _number(row, "n")  # the trial's size is no secret
        if ratio and size and ratio > 0 and size > 0:
            ratios.append(math.log(ratio))
            sizes.append(size)
    if not ratios:
        return Pooled(None, 0, "no study has a hazard ratio here")
    if system.way == "unweighted":
        return Pooled(math.exp(sum(ratios) / len(ratios)), len(ratios))
    import numpy as np

    names = [str(place) for place in range(len(ratios))]
    effects = EffectSizes(np.array(ratios), 4 / np.array(sizes))
    return Pooled(pool_effects(names, effects, "HR", "fixed").estimate, len(ratios))


def _counts(rows: Sequence[Cells], system: System, measure: Measure) -> Pooled:
    data = []
    for row in rows:
        cells = [_number(row, system.prefix + name) for name in _COUNTS]
        whole = [int(cell) for cell in cells if cell is not None and cell == int(cell)]
        if len(whole) == 4 and 0 <= whole[0] <= whole[1] > 0 and 0 <= whole[2] <= whole[3] > 0:
            data.append(
                DichotomousData(
                    events_intervention=whole[0],
                    total_intervention=whole[1],
                    events_comparator=whole[2],
                    total_comparator=whole[3],
                )
            )
    if not data:
        return Pooled(None, 0, "no study has events and totals of both arms here")
    return _put_together(data, measure, system.way)


def _put_together(data: Sequence[DichotomousData], measure: Measure, way: Way) -> Pooled:
    names = [str(place) for place in range(len(data))]
    try:
        if way == "unweighted":
            # A study without an event in either arm has no ratio.
            logs = [y for y in study_effects(names, data, measure).yi.tolist() if math.isfinite(y)]
            if not logs:
                return Pooled(None, 0, "no study has an event")
            return Pooled(math.exp(sum(logs) / len(logs)), len(logs))
        if way == "summed":
            effect = pool(["all"], [_summed(data)], measure, "mh")
            return Pooled(effect.estimate, len(data))
        effect = pool(names, data, measure, "mh")
    except EvidenceError as error:
        return Pooled(None, 0, str(error))
    return Pooled(effect.estimate, effect.k_studies)


def _summed(data: Sequence[DichotomousData]) -> DichotomousData:
    """All studies as one."""
    return DichotomousData(
        events_intervention=sum(d.events_intervention for d in data),
        total_intervention=sum(d.total_intervention for d in data),
        events_comparator=sum(d.events_comparator for d in data),
        total_comparator=sum(d.total_comparator for d in data),
    )


def _item(engine: str, found: Pooled, outcome: PublishedOutcome, poolable: bool) -> dict[str, Any]:
    error = None
    if poolable:
        error = FAILED
        if outcome.published is not None and found.estimate is not None and found.estimate > 0:
            error = abs(math.log(found.estimate) - math.log(outcome.published.estimate))
    published = outcome.published
    return {
        "engine": engine,
        "unit": outcome.unit,
        "measure": published.measure if published else None,
        "published": published.estimate if published else None,
        "pooled": found.estimate,
        "k_studies": found.k_studies,
        "k_listed": len(outcome.rows),
        "within_published_interval": (
            published is not None
            and found.estimate is not None
            and published.ci_low <= found.estimate <= published.ci_high
        ),
        "abs_log_error": error,
        "reason": found.reason,
        "failure": outcome.failure,
    }


def _scores(errors: Mapping[str, float], n_failed: int, n_published: int) -> EngineScores:
    values = list(errors.values())
    metrics = {"share_pooled": _whole((len(values) - n_failed) / n_published, n_published)}
    if values:
        metrics["max_abs_log_error"] = _whole(max(values), len(values))
        metrics["mean_abs_log_error"] = _whole(sum(values) / len(values), len(values))
    return EngineScores(metrics, {unit: {"abs_log_error": e} for unit, e in errors.items()})


def _whole(value: float, n: int) -> Metric:
    """A figure over all outcomes there are: no sampling interval, so both ends are the figure."""
    return Metric(value, n, (value, value))


def _table(items: Sequence[Mapping[str, Any]]) -> Table:
    rows = tuple(
        (
            item["engine"],
            item["unit"],
            item["measure"] or "–",
            _text(item["published"]),
            _text(item["pooled"]),
            f"{item['k_studies']} of {item['k_listed']} listed",
            _text(item["abs_log_error"]),
            item["reason"],
        )
        for item in items
    )
    columns = ("engine", "outcome", "measure", "published", "pooled", "studies", "error", "why not")
    return Table("Pooled against published estimates", columns, rows)


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _notes(
    outcomes: Sequence[PublishedOutcome],
    published: Sequence[PublishedOutcome],
    poolable: Sequence[PublishedOutcome],
) -> tuple[str, ...]:
    return (
        f"{len(outcomes)} outcomes; {len(published)} have a pooled ratio in the abstract, "
        f"{len(poolable)} of these can be pooled from the release's numbers.",
        "The release lists only some of each review's studies, and hazard ratios without interval: "
        "an error mixes the missing studies and weights with any error of pooling.",
    )


def _number(row: Cells, column: str) -> float | None:
    try:
        value = float(row.get(column, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
