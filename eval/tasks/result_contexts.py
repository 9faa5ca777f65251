"""`contexts` for extraction: how many passages of a report hold what it says of an outcome.

Evidence Inference marks in each article the words that answer a question on an outcome. The unit
is the article: its questions are averaged, for they are not independent. Beside the program's own
query stand the outcome alone, and outcome, intervention and comparator, and fixed counts for the
program's query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from eval.baselines.fixed_contexts import fixed_counts
from eval.cost import taken_by
from eval.evidence_inference import DirectionData, DirectionPrompt
from eval.metrics import mean_with_interval, share_with_interval
from eval.resplits import Resplits, resplit
from eval.results import EngineScores, Metric, Table, TaskResult
from eval.tasks.contexts import ContextsSettings
from evidence.extraction.by_model.contexts import FOR_RESULTS, result_query
from evidence.reading.passage_calibration import (
    COUNTS,
    MarkedReport,
    passage_certificate,
    passage_losses,
)
from evidence.reading.report_passages import RANKER
from indexers.encoder import Encoder
from indexers.records import Document, Section
from retrievers.calibration import Losses
from retrievers.certificate import ContextCount

Progress = Callable[[str, int, int], None]
QUERIES: Mapping[str, Callable[[DirectionPrompt], str]] = {
    "offline": lambda prompt: result_query(prompt.outcome),
    "offline:outcome": lambda prompt: prompt.outcome,
    "offline:question": lambda p: f"{p.outcome}; {p.intervention}; {p.comparator}",
}
ALPHAS = (0.1, 0.15, 0.2, 0.3)
_FIXED = (1, 3, 5, 10, 20)


def run_result_contexts(
    data: DirectionData, encoder: Encoder, settings: ContextsSettings, progress: Progress
) -> TaskResult:
    """Certificates on all articles of a split, and how certificates of a part of them fare.

    Args:
        data: A split whose prompts have marked evidence.
        encoder: The one that ranks passages in the program.
        settings: The target, and how the simulation is run.
        progress: Is told the articles that are done.
    """
    scores: dict[str, EngineScores] = {}
    items: list[dict[str, Any]] = []
    rows: list[tuple[str, ...]] = []
    reports: list[MarkedReport] = []
    fixed: dict[str, EngineScores] = {}
    for name, query in QUERIES.items():
        reports = marked_articles(data, query)
        with taken_by(name):
            losses = passage_losses(
                reports, encoder, COUNTS, lambda n, of: progress("contexts", n, of)
            )
        losses = np.concatenate([losses, np.ones((len(data.failures), len(COUNTS)))])
        own = certificate(losses, encoder, name, settings.alpha, settings.delta)
        ids = [*(report.document.record_id for report in reports), *data.failures]
        runs = _simulate(losses, settings)
        scores[name] = EngineScores(
            _metrics(losses, runs, own, settings), _by_article(ids, losses, own.k)
        )
        if name == "offline":
            fixed = fixed_counts(ids, losses, COUNTS, runs, settings.alpha)
        items.append({"engine": name, "certificate": own.model_dump(mode="json")})
        items += [{"engine": name, "unit": u, "failure": why} for u, why in data.failures.items()]
        for alpha in sorted({*ALPHAS, settings.alpha}):
            found = certificate(losses, encoder, name, alpha, settings.delta)
            certified = "–" if found.k is None else str(found.k)
            rows.append((name, f"{alpha:g}", certified, *_means(losses)))
    n_prompts = sum(len(report.evidence) for report in reports)
    return TaskResult(
        task="contexts",
        scores=scores | fixed,
        items=items,
        tables=(
            Table(
                title=f"Passages certified at delta {settings.delta:g}, and mean share missed",
                columns=("engine", "alpha", "certified k", *(f"missed at {k}" for k in _FIXED)),
                rows=tuple(rows),
            ),
        ),
        notes=(
            f"{data.split}: {len(reports)} articles with {n_prompts} prompts that have marked "
            "evidence. The share is of the evidence's characters that neither title and abstract "
            "nor the k passages hold; the unit is the article. The program's query was chosen on "
            "the training articles, so a certificate of these is void.",
        ),
        measured={"encoder": encoder.name, "encoder_digest": encoder.digest},
    )


def certificate(
    losses: Losses, encoder: Encoder, name: str, alpha: float, delta: float
) -> ContextCount:
    """The certificate of one query's losses; only the program's own carries its name."""
    asked = FOR_RESULTS if name == "offline" else f"{RANKER}:{name}"
    return passage_certificate(losses, encoder, asked=asked, alpha=alpha, delta=delta)


def marked_articles(
    data: DirectionData, query: Callable[[DirectionPrompt], str]
) -> list[MarkedReport]:
    """The articles that have marked evidence, in order, each with its questions."""
    by_article: dict[str, list[DirectionPrompt]] = {}
    for prompt in data.prompts:
        if prompt.evidence:
            by_article.setdefault(prompt.article_id, []).append(prompt)
    return [
        MarkedReport(
            _with_one_abstract(data.documents[article_id]),
            tuple((query(prompt), prompt.evidence) for prompt in prompts),
        )
        for article_id, prompts in by_article.items()
    ]


def _with_one_abstract(document: Document) -> Document:
    """The release cuts an abstract at its headings; the program reads it as one section."""
    parts = [s for s in document.sections if s.path[0] == "Abstract"]
    if not parts or (any(s.path == ("Abstract",) for s in parts) and len(parts) == 1):
        return document
    whole = Section(
        path=("Abstract",), start=min(s.start for s in parts), end=max(s.end for s in parts)
    )
    others = tuple(s for s in document.sections if s.path != ("Abstract",))
    return document.model_copy(update={"sections": (*others, whole)})


def _simulate(losses: Losses, settings: ContextsSettings) -> Resplits:
    n_calibration = min(max(round(settings.calibration_share * len(losses)), 1), len(losses) - 1)
    return resplit(
        losses, COUNTS, alpha=settings.alpha, delta=settings.delta,
        n_resplits=settings.n_resplits, n_calibration=n_calibration, seed=settings.seed,
    )  # fmt: skip


def _metrics(
    losses: Losses, runs: Resplits, own: ContextCount, settings: ContextsSettings
) -> dict[str, Metric]:
    """How certificates of a part fare on the rest, and what fixed counts miss."""
    n, seed = settings.n_resplits, settings.seed
    metrics = {
        "violation_rate": share_with_interval(int(runs.violated.sum()), n),
        "violation_rate_overall": share_with_interval(int(runs.violated_overall.sum()), n),
        "certified_share": share_with_interval(int((runs.k > 0).sum()), n),
    }
    certified = runs.k > 0
    if certified.any():
        metrics["mean_k"] = mean_with_interval(runs.k[certified].astype(np.float64), seed)
    for k in _FIXED:
        metrics[f"missed_at_{k}"] = mean_with_interval(losses[:, COUNTS.index(k)], seed)
    if own.k is not None:
        metrics["certified_k"] = Metric(own.k, len(losses), (own.k, own.k))
    return metrics


def _by_article(ids: list[str], losses: Losses, k: int | None) -> dict[str, dict[str, float]]:
    columns = {f"missed_at_{count}": COUNTS.index(count) for count in _FIXED}
    if k is not None:
        columns["missed_at_used"] = COUNTS.index(k)
    return {
        unit: {name: float(losses[row, column]) for name, column in columns.items()}
        for row, unit in enumerate(ids)
    }


def _means(losses: Losses) -> list[str]:
    return [f"{losses[:, COUNTS.index(k)].mean():.3f}" for k in _FIXED]
