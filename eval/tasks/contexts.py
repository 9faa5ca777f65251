"""`contexts`: does a certified number of contexts keep its promise, and at what cost?

Every question is ranked once; then the questions are split at random many times, a certificate
is made on one part, and the risk (mean share of gold evidence missed) is looked at on the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from eval.baselines.fixed_contexts import FIXED, fixed_counts
from eval.datasets import Benchmark
from eval.encoding import KeepingEncoder
from eval.metrics import mean_with_interval, share_with_interval
from eval.plots import Plot, line_plot
from eval.rankings import DEFAULT_RETRIEVER, Progress, rank_all
from eval.resplits import Resplits, resplit
from eval.results import EngineScores, Metric, Table, TaskResult
from eval.tasks.search import NO_TEXT
from retrievers.calibration import Losses
from retrievers.certificate import ContextCount, context_count
from retrievers.contexts import COUNTS, losses_of

ALPHAS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4)


@dataclass(frozen=True)
class ContextsSettings:
    """The target, and how the simulation is run; `n_resplits` and shares must be positive."""

    alpha: float = 0.2
    delta: float = 0.1
    n_resplits: int = 1000
    calibration_share: float = 0.5
    seed: int = 0


def run_contexts(
    benchmark: Benchmark,
    encoder: KeepingEncoder,
    settings: ContextsSettings,
    progress: Progress,
) -> TaskResult:
    """The simulation for every retriever; the program's own stands as `offline`.

    Beside it stand fixed counts that nobody certified. A question whose gold has no text misses all
    of it at every count.
    """
    rankings = rank_all(benchmark, encoder, max(COUNTS), progress)
    asked = (*benchmark.questions, *benchmark.unanswerable)
    gold = [question.gold_ids for question in benchmark.questions]
    failed = np.ones((len(benchmark.unanswerable), len(COUNTS)))
    failures = {q.question_id: NO_TEXT for q in benchmark.unanswerable} | benchmark.failures
    scores: dict[str, EngineScores] = {}
    fixed: dict[str, EngineScores] = {}
    items: list[dict[str, Any]] = []
    table: list[tuple[str, ...]] = []
    curves: list[tuple[str, list[float]]] = []
    for name, hits in rankings.by_retriever.items():
        engine = f"offline:{name}"
        losses = np.concatenate([losses_of(hits, gold, COUNTS), failed])
        certificate = _certificate(losses, settings, name, rankings.corpus_digest, encoder.digest)
        ids = [question.question_id for question in asked]
        by_unit = _by_question(ids, losses, certificate.k)
        runs = _simulate(losses, settings.alpha, settings)
        scores[engine] = EngineScores(_metrics(losses, runs, settings), by_unit)
        if name == DEFAULT_RETRIEVER:
            fixed = fixed_counts(ids, losses, COUNTS, runs, settings.alpha)
        items += _items(engine, ids, losses, certificate, failures)
        table += _rows(engine, losses, settings)
        curves.append((name, [float(mean) for mean in losses.mean(axis=0)]))
    return TaskResult(
        task="contexts",
        scores={"offline": scores[f"offline:{DEFAULT_RETRIEVER}"], **scores, **fixed},
        items=items,
        tables=(_table(tuple(table), settings),),
        plots=(_plot(curves, settings.alpha),),
        notes=_notes(benchmark, settings, rankings.n_records),
        finding=_finding(scores, settings),
        measured={
            "encoder": encoder.name,
            "encoder_digest": encoder.digest,
            "index_digest": rankings.corpus_digest,
            "n_records": rankings.n_records,
        },
    )


def _certificate(
    losses: Losses, settings: ContextsSettings, retriever: str, corpus: str, encoder: str
) -> ContextCount:
    """The certificate of all questions together, as a user of this corpus would get it."""
    return context_count(
        losses,
        COUNTS,
        alpha=settings.alpha,
        delta=settings.delta,
        loss="share_of_gold_missed",
        retriever=retriever,
        corpus_digest=corpus,
        encoder_digest=encoder,
        seed=settings.seed,
    )


def _simulate(losses: Losses, alpha: float, settings: ContextsSettings) -> Resplits:
    n_calibration = min(max(round(settings.calibration_share * len(losses)), 1), len(losses) - 1)
    return resplit(
        losses,
        COUNTS,
        alpha=alpha,
        delta=settings.delta,
        n_resplits=settings.n_resplits,
        n_calibration=n_calibration,
        seed=settings.seed,
    )


def _metrics(losses: Losses, runs: Resplits, settings: ContextsSettings) -> dict[str, Metric]:
    """The figures at the target, then those a fixed count would have had."""
    n, seed = settings.n_resplits, settings.seed
    metrics = {
        "violation_rate": share_with_interval(int(runs.violated.sum()), n),
        "violation_rate_overall": share_with_interval(int(runs.violated_overall.sum()), n),
        "certified_share": share_with_interval(int((runs.k > 0).sum()), n),
        "uncertified_violation_rate": share_with_interval(int(runs.uncertified_violated.sum()), n),
        "uncertified_mean_k": mean_with_interval(runs.uncertified_k.astype(np.float64), seed),
    }
    certified = runs.k > 0
    if certified.any():  # where every certificate abstains there is no k to average
        metrics["mean_k"] = mean_with_interval(runs.k[certified].astype(np.float64), seed)
        metrics["mean_loss"] = mean_with_interval(runs.mean_loss[certified], seed)
    for k in FIXED:
        violated = int(runs.fixed_violated[:, COUNTS.index(k)].sum())
        metrics[f"violation_rate_fixed_{k}"] = share_with_interval(violated, n)
    return metrics


def _by_question(ids: list[str], losses: Losses, k: int | None) -> dict[str, dict[str, float]]:
    """Share of gold missed by question: at fixed counts, and at the certified one if any."""
    columns = {f"missed_at_{count}": COUNTS.index(count) for count in FIXED}
    if k is not None:
        columns["missed_at_used"] = COUNTS.index(k)
    return {
        unit: {name: float(losses[row, column]) for name, column in columns.items()}
        for row, unit in enumerate(ids)
    }


def _items(
    engine: str,
    ids: list[str],
    losses: Losses,
    certificate: ContextCount,
    failures: dict[str, str],
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {
            "engine": engine,
            "question_id": unit,
            "failure": failures.get(unit),
            "missed": {str(k): float(x) for k, x in zip(COUNTS, losses[row], strict=True)},
        }
        for row, unit in enumerate(ids)
    ]
    return [*rows, {"engine": engine, "certificate": certificate.model_dump(mode="json")}]


def _rows(engine: str, losses: Losses, settings: ContextsSettings) -> list[tuple[str, ...]]:
    rows = []
    for alpha in sorted({*ALPHAS, settings.alpha}):
        runs = _simulate(losses, alpha, settings)
        error = (settings.delta * (1 - settings.delta) / settings.n_resplits) ** 0.5
        certified = runs.k > 0
        mean_k = f"{runs.k[certified].mean():.1f}" if certified.any() else "–"
        rows.append(
            (
                engine,
                f"{alpha:g}",
                f"{certified.mean():.3f}",
                f"{runs.violated.mean():.3f}",
                f"{runs.violated_overall.mean():.3f}",
                f"{settings.delta:g} ± {1.96 * error:.3f}",
                mean_k,
                f"{runs.uncertified_violated.mean():.3f}",
                f"{runs.uncertified_k.mean():.1f}",
                *(f"{runs.fixed_violated[:, COUNTS.index(k)].mean():.3f}" for k in FIXED),
            )
        )
    return rows


def _table(rows: tuple[tuple[str, ...], ...], settings: ContextsSettings) -> Table:
    return Table(
        title=f"{settings.n_resplits} resplits at delta {settings.delta:g}",
        columns=(
            *("engine", "alpha", "certified", "violated", "violated overall", "allowed"),
            *("mean k", "uncertified violated", "uncertified mean k"),
            *(f"k = {k} violated" for k in FIXED),
        ),
        rows=rows,
    )


def _plot(curves: list[tuple[str, list[float]]], alpha: float) -> Plot:
    return line_plot(
        "Mean share of gold evidence missed",
        "contexts",
        COUNTS,
        curves,
        (f"alpha {alpha:g}", alpha),
    )


def _notes(benchmark: Benchmark, settings: ContextsSettings, n_records: int) -> tuple[str, ...]:
    return (
        f"{len(benchmark.questions) + len(benchmark.unanswerable)} questions, "
        f"{len(benchmark.unanswerable)} of them unanswerable; {n_records} records: "
        f"{len(benchmark.gold)} gold, {len(benchmark.distractors)} distractors; "
        f"{benchmark.n_without_text} gold documents without a text were left out.",
        f"Violated: the mean loss of the held-out questions is above alpha; overall: that of all "
        f"questions is, which is what the guarantee bounds by delta = {settings.delta:g}. An "
        "abstention violates nothing. Uncertified: the smallest count whose mean loss on the "
        "calibration questions is at most alpha.",
    )


def _finding(scores: dict[str, EngineScores], settings: ContextsSettings) -> str | None:
    """A line when a violation rate is above delta beyond the error of the simulation."""
    broken = [
        f"{engine} {scored.metrics['violation_rate_overall'].value:.3f}"
        for engine, scored in scores.items()
        if scored.metrics["violation_rate_overall"].ci95[0] > settings.delta
    ]
    if not broken:
        return None
    return f"violation rates above delta {settings.delta:g}: {', '.join(broken)}"
