"""`search`, its retrieval part: does a retriever find the gold evidence of a question?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

from eval.datasets import Benchmark
from eval.encoding import KeepingEncoder
from eval.metrics import mean_with_interval, ndcg_at, recall_at, reciprocal_rank
from eval.plots import Interval, interval_plot
from eval.rankings import DEFAULT_RETRIEVER, Progress, rank_all
from eval.results import EngineScores, Metric, Table, TaskResult

DEPTH = 500
NO_TEXT = "no gold passage has a text"
_COMPARED = "recall_at_20"
MEASURES: dict[str, Callable[[Sequence[str], Sequence[str]], float]] = {
    "recall_at_20": lambda ranked, gold: recall_at(ranked, gold, 20),
    "recall_at_100": lambda ranked, gold: recall_at(ranked, gold, 100),
    "recall_at_500": lambda ranked, gold: recall_at(ranked, gold, 500),
    "ndcg_at_10": lambda ranked, gold: ndcg_at(ranked, gold, 10),
    "mrr": reciprocal_rank,
}


def run_search(
    benchmark: Benchmark, encoder: KeepingEncoder, seed: int, progress: Progress
) -> TaskResult:
    """Recall, nDCG and reciprocal rank of each retriever, with intervals over questions.

    The program's own retriever stands as `offline`, each one also as `offline:NAME`. Questions
    whose gold has no text in the data score 0 everywhere.
    """
    rankings = rank_all(benchmark, encoder, DEPTH, progress)
    asked = (*benchmark.questions, *benchmark.unanswerable)
    by_retriever: dict[str, dict[str, dict[str, float]]] = {}
    items: list[dict[str, Any]] = []
    for name, hits_of_all in rankings.by_retriever.items():
        rows: dict[str, dict[str, float]] = {}
        for number, question in enumerate(asked):
            failed = number >= len(benchmark.questions)
            ranked = [] if failed else [hit.record_id for hit in hits_of_all[number]]
            row = {m: measure(ranked, question.gold_ids) for m, measure in MEASURES.items()}
            rows[question.question_id] = row
            items.append(
                {
                    "engine": f"offline:{name}",
                    "question_id": question.question_id,
                    "n_gold": len(question.gold_ids),
                    "failure": benchmark.failures.get(question.question_id, NO_TEXT)
                    if failed
                    else None,
                    **row,
                }
            )
        by_retriever[name] = rows
    scores = {f"offline:{name}": _scores(rows, seed) for name, rows in by_retriever.items()}
    differences = _differences(by_retriever, seed)
    return TaskResult(
        task="search",
        scores={"offline": scores[f"offline:{DEFAULT_RETRIEVER}"], **scores},
        items=items,
        tables=(_table(differences),),
        plots=tuple(
            interval_plot(
                name,
                [
                    Interval(engine, s.metrics[name].value, *s.metrics[name].ci95)
                    for engine, s in scores.items()
                ],
            )
            for name in MEASURES
        ),
        notes=(
            f"{len(asked)} questions, {len(benchmark.unanswerable)} of them unanswerable; "
            f"{rankings.n_records} records: {len(benchmark.gold)} gold, "
            f"{len(benchmark.distractors)} distractors; {benchmark.n_without_text} gold documents "
            "without a text were left out.",
        ),
        measured={
            "encoder": encoder.name,
            "encoder_digest": encoder.digest,
            "index_digest": rankings.corpus_digest,
            "n_records": rankings.n_records,
        },
    )


def _scores(rows: dict[str, dict[str, float]], seed: int) -> EngineScores:
    metrics = {
        name: mean_with_interval([row[name] for row in rows.values()], seed) for name in MEASURES
    }
    return EngineScores(metrics=metrics, by_unit=rows)


def _differences(
    by_retriever: dict[str, dict[str, dict[str, float]]], seed: int
) -> dict[tuple[str, str], Metric]:
    """Paired differences in recall at 20, the later retriever less the earlier."""
    return {
        (later, earlier): mean_with_interval(
            [
                by_retriever[later][unit][_COMPARED] - row[_COMPARED]
                for unit, row in by_retriever[earlier].items()
            ],
            seed,
        )
        for earlier, later in combinations(by_retriever, 2)
    }


def _table(differences: dict[tuple[str, str], Metric]) -> Table:
    return Table(
        title=f"Paired differences in {_COMPARED}",
        columns=("retriever", "less", "difference", "95 % interval"),
        rows=tuple(
            (later, earlier, f"{m.value:+.4f}", f"{m.ci95[0]:+.4f} to {m.ci95[1]:+.4f}")
            for (later, earlier), m in differences.items()
        ),
    )
