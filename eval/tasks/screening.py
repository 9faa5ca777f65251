"""`screening`: how soon a learner that sees only the labels it has revealed finds what is included.

Our learner starts without any label. ASReview is given two priors, so its order is read in two
ways: with the priors *counted* as records that were read, and with them *removed* from order and
review (how ASReview's own insights report it). The way that is kinder to ASReview in mean WSS@95
is `asreview_elas_u4`; the other stands beside it under its own name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from eval.datasets import LabelledReview
from eval.encoding import KeepingEncoder
from eval.metrics import (
    average_precision,
    average_time_to_discovery,
    mean_with_interval,
    paired_difference,
    recall_after,
    recall_ceiling,
    work_saved_over_sampling,
)
from eval.peers.asreview import AI, ENGINE, VERSION, Asreview
from eval.rankings import Progress
from eval.results import EngineScores, Metric, TaskResult
from eval.screening_claims import order_by_claims, screening_claims
from eval.screening_engines import (
    COUNTED,
    MODEL,
    OURS,
    RANDOM,
    REMOVED,
    Bars,
    Scored,
    ScoredOrder,
    Screened,
    failed_orders,
    screen_with_baselines,
    screen_with_ours,
    screen_with_peer,
)
from eval.screening_items import item_rows, mean_measures, review_row
from eval.screening_report import Differences, mean_seconds, notes, plots, tables
from eval.screening_simulation import screened_labels, shuffled
from eval.screening_stopping import (
    broken_guarantee,
    stop_orders,
    stopping_items,
    stopping_tables,
    summaries,
)
from evidence.config import ScreeningSettings
from evidence.stages.screen import Screener

MEASURES: dict[str, Callable[[Sequence[bool]], float]] = {
    "wss_95": lambda order: work_saved_over_sampling(order, 0.95),
    "wss_100": lambda order: work_saved_over_sampling(order, 1.0),
    "recall_at_10_percent": lambda order: recall_after(order, -(-len(order) // 10)),
    "recall_at_20": lambda order: recall_after(order, 20),
    "recall_at_50": lambda order: recall_after(order, 50),
    "average_precision": average_precision,
    "average_time_to_discovery": average_time_to_discovery,
}
CEILINGS = (20, 50)
WORST = dict.fromkeys(MEASURES, 0.0) | {"wss_95": -0.05, "average_time_to_discovery": 1.0}
"""Of a review whose file is broken: of the few records read, any order would find some early."""


class SimulationSettings(NamedTuple):
    """How screening is simulated.

    Attributes:
        seed: The first seed.
        n_seeds: How many seeds an engine with randomness runs with, one after the other.
        retrain_every: How many records our learner's ranking is used for.
        stopping: Target recall and confidence of the stopping rules.
        n_samples: How many random samples of the certified mode are drawn from each order.
    """

    seed: int = 0
    n_seeds: int = 3
    retrain_every: int = 1
    stopping: ScreeningSettings = ScreeningSettings()
    n_samples: int = 20

    @property
    def seeds(self) -> range:
        """All of them."""
        return range(self.seed, self.seed + self.n_seeds)


def run_screening(
    reviews: Sequence[LabelledReview],
    encoder: KeepingEncoder,
    settings: SimulationSettings,
    progress: Progress,
    peer: Asreview | None = None,
    model: Screener | None = None,
) -> TaskResult:
    """Work saved, recall and time to discovery of each engine, and ours less the peer's.

    Seeds are averaged within a review; means and intervals are over reviews. An engine that needs
    a question fails on a review without one: it scores as if all included records came last. Every
    engine fails on a review whose file is broken, which has the worst value of each measure. A
    review that includes nothing has no recall: it is listed, and left out.

    Args:
        reviews: The labelled reviews.
        encoder: That of our learner.
        settings: How screening is simulated.
        progress: Called with the step, what is done and all.
        peer: ASReview, where it is installed.
        model: Judges each record by the criteria; `llm` reads the records by its score. It learns
            nothing from the labels.

    Raises:
        EngineError: The peer failed.
    """
    claims = screening_claims(reviews, progress)
    by_model = screening_claims(reviews, progress, model, MODEL) if model is not None else None
    scored, items = _simulate(reviews, encoder, settings, progress, peer, by_model)
    scores = {engine: _scores(found, settings.seed) for engine, found in scored.items()}
    differences = _differences(scores, settings.seed)
    stops = stop_orders(
        _labels(scored.get(OURS, {})), settings.seed, settings.stopping, settings.n_samples
    )
    return TaskResult(
        task="screening",
        scores=scores,
        items=[*items, *stopping_items(stops, OURS), *claims, *(by_model or ())],
        tables=(
            *tables(scored, scores, differences),
            *stopping_tables(stops, OURS, settings.stopping),
        ),
        plots=plots(scored, scores, differences),
        notes=notes(reviews, settings.n_seeds, list(scored)),
        finding=broken_guarantee(stops, settings.stopping),
        measured=_measured(encoder, settings, scored, differences)
        | {"stopping": {rule: found._asdict() for rule, found in summaries(stops).items()}},
    )


def _simulate(
    reviews: Sequence[LabelledReview],
    encoder: KeepingEncoder,
    settings: SimulationSettings,
    progress: Progress,
    peer: Asreview | None,
    by_model: Sequence[dict[str, Any]] | None,
) -> tuple[Scored, list[dict[str, Any]]]:
    """The orders of all engines, and the rows that tell of them."""
    scored: Scored = {}
    items: list[dict[str, Any]] = []
    bars = Bars(progress, reviews, settings.n_seeds)
    for review in reviews:
        if not any(review.included):
            items.append(review_row(review) | {"failure": "no record is included"})
            continue
        for run in _screened(review, encoder, settings, bars, peer, by_model):
            for engine, order in _read(review, run):
                scored.setdefault(engine, {}).setdefault(review.name, []).append(order)
        bars.finish(review)
    scored = _kinder_first(scored)
    by_name = {review.name: review for review in reviews}
    items += [row for e, found in scored.items() for row in item_rows(e, found, by_name)]
    return scored, items


def _screened(
    review: LabelledReview,
    encoder: KeepingEncoder,
    settings: SimulationSettings,
    bars: Bars,
    peer: Asreview | None,
    by_model: Sequence[dict[str, Any]] | None,
) -> list[Screened]:
    if review.failure is not None:
        others = ((ENGINE, peer), (MODEL, by_model))
        return failed_orders(review.failure, [name for name, used in others if used is not None])
    runs = screen_with_ours(review, encoder, settings.seeds, settings.retrain_every, bars.advance)
    if peer is not None:
        runs += screen_with_peer(review, peer, settings.seeds, bars.advance)
    if by_model is not None:
        runs.append(order_by_claims(review, MODEL, by_model, shuffled(review, settings.seed)))
    return runs + screen_with_baselines(review, settings.seed)


def measured_row(labels: Sequence[bool]) -> dict[str, float]:
    """All measures of labels in the order they were read, and the ceilings of recall."""
    return {name: measure(labels) for name, measure in MEASURES.items()} | _ceilings(labels)


def _ceilings(labels: Sequence[bool]) -> dict[str, float]:
    return {f"ceiling_recall_at_{n}": recall_ceiling(sum(labels), n) for n in CEILINGS}


def _read(review: LabelledReview, run: Screened) -> list[tuple[str, ScoredOrder]]:
    """The order under the name of its engine; a peer's in both ways of reading its priors."""
    labels = screened_labels(run.order, review.included)
    measured = measured_row if review.failure is None else _worst_row
    if run.engine == RANDOM:  # there are many: only what was measured is kept of each
        return [(RANDOM, ScoredOrder(run._replace(order=()), [], measured(labels)))]
    if run.engine != ENGINE:
        return [(run.engine, ScoredOrder(run, labels, measured(labels)))]
    rest = labels[run.n_priors :]
    read = [(COUNTED, ScoredOrder(run, labels, measured(labels)))]
    if any(rest):
        read.append((REMOVED, ScoredOrder(run, rest, measured(rest))))
    return read


def _worst_row(labels: Sequence[bool]) -> dict[str, float]:
    return WORST | _ceilings(labels)


def _kinder_first(scored: Scored) -> Scored:
    """The engines in the order of the report, the peer's kinder reading under its own name."""
    if COUNTED not in scored:
        return dict(sorted(scored.items(), key=lambda item: item[0] != OURS))
    kinder, other = COUNTED, REMOVED
    if scored.get(REMOVED, {}).keys() == scored[COUNTED].keys():
        counted, removed = (
            sum(mean_measures(orders)["wss_95"] for orders in scored[name].values())
            for name in (COUNTED, REMOVED)
        )
        kinder, other = (COUNTED, REMOVED) if counted >= removed else (REMOVED, COUNTED)
    ordered = {OURS: scored[OURS], ENGINE: scored[kinder]}
    if other in scored:
        ordered[other] = scored[other]
    return ordered | {name: f for name, f in scored.items() if name not in (OURS, COUNTED, REMOVED)}


def _labels(found: Mapping[str, Sequence[ScoredOrder]]) -> dict[str, list[list[bool]]]:
    """The orders that stopping is tried on; a file that is broken tells nothing of stopping."""
    return {
        name: [order.labels for order in orders]
        for name, orders in found.items()
        if not any(order.screened.failure for order in orders)
    }


def _scores(found: Mapping[str, Sequence[ScoredOrder]], seed: int) -> EngineScores:
    by_unit = {name: mean_measures(orders) for name, orders in found.items()}
    metrics = {
        name: mean_with_interval([row[name] for row in by_unit.values()], seed) for name in MEASURES
    }
    return EngineScores(metrics, by_unit)


def _differences(scores: Mapping[str, EngineScores], seed: int) -> Differences:
    """Ours less each other engine's, paired by review."""
    differences: Differences = {}
    for engine, theirs in scores.items():
        for name in MEASURES if engine != OURS else ():
            ours, other = (
                {unit: row[name] for unit, row in s.by_unit.items()} for s in (scores[OURS], theirs)
            )
            found = paired_difference(ours, other, seed)
            if found is not None:
                differences.setdefault(engine, {})[name] = found
    return differences


def _measured(
    encoder: KeepingEncoder,
    settings: SimulationSettings,
    scored: Scored,
    differences: Differences,
) -> dict[str, Any]:
    measured: dict[str, Any] = {
        "encoder": encoder.name,
        "encoder_digest": encoder.digest,
        "seeds": list(settings.seeds),
        "retrain_every": settings.retrain_every,
        "paired_differences": {
            f"{OURS} less {engine}": {name: _figure(m) for name, m in by_name.items()}
            for engine, by_name in differences.items()
        },
        "seconds": {
            engine: {name: mean_seconds(orders) for name, orders in scored[engine].items()}
            for engine in (OURS, ENGINE)
            if engine in scored
        },
    }
    if ENGINE in scored:
        kept = {
            f"{name}, seed {order.screened.seed}": order.screened.kept_since
            for name, orders in scored[ENGINE].items()
            for order in orders
            if order.screened.kept_since
        }
        measured["peer"] = {"name": "asreview", "version": VERSION, "ai": AI, "kept_since": kept}
    return measured


def _figure(metric: Metric) -> dict[str, Any]:
    return {"value": metric.value, "n": metric.n, "ci95": list(metric.ci95)}
