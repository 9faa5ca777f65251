"""`search`, its retrieval part: does a retriever find the gold evidence of a question?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

from eval.baselines.retrieval import baseline_orders
from eval.cost import taken_by
from eval.datasets import Benchmark
from eval.encoding import KeepingEncoder
from eval.metrics import mean_with_interval, ndcg_at, recall_at, reciprocal_rank
from eval.peers.paperqa import ENGINES, PaperQa
from eval.plots import Interval, interval_plot
from eval.rankings import DEFAULT_RETRIEVER, Progress, rank_all
from eval.results import EngineScores, Metric, Table, TaskResult
from evidence.errors import EngineError

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
    benchmark: Benchmark,
    encoder: KeepingEncoder,
    seed: int,
    progress: Progress,
    peer: PaperQa | None = None,
) -> TaskResult:
    """Recall, nDCG and reciprocal rank of each retriever, with intervals over questions.

    The program's own retriever stands as `offline`, each one also as `offline:NAME` (`lexical` is
    BM25 over weighted fields and stems, `dense` nearness alone); rules that learn nothing stand
    beside them (`eval.baselines.retrieval`), and PaperQA where it is installed. Questions whose
    gold has no text in the data score 0 everywhere; so does a peer that fails, which is a finding.
    """
    rankings = rank_all(benchmark, encoder, DEPTH, progress)
    ranked = {
        f"offline:{name}": [[hit.record_id for hit in hits] for hits in of_all]
        for name, of_all in rankings.by_retriever.items()
    }
    ranked |= _baselines(benchmark, seed)
    failed = None
    if peer is not None:
        try:
            ranked |= peer.orders(benchmark, encoder, DEPTH)
        except EngineError as error:
            failed = str(error)
            ranked |= {engine: [[]] * len(benchmark.questions) for engine in ENGINES}
    rows: dict[str, dict[str, dict[str, float]]] = {}
    items: list[dict[str, Any]] = []
    for engine, orders in ranked.items():
        rows[engine], told = _measured(engine, benchmark, orders)
        items += told
    scores = {engine: _scores(found, seed) for engine, found in rows.items()}
    differences = _differences(rows, seed)
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
            f"{len(benchmark.questions) + len(benchmark.unanswerable)} questions, "
            f"{len(benchmark.unanswerable)} of them unanswerable; "
            f"{rankings.n_records} records: {len(benchmark.gold)} gold, "
            f"{len(benchmark.distractors)} distractors; {benchmark.n_without_text} gold documents "
            "without a text were left out.",
        ),
        finding=failed,
        measured={
            "encoder": encoder.name,
            "encoder_digest": encoder.digest,
            "index_digest": rankings.corpus_digest,
            "n_records": rankings.n_records,
        },
    )


def _baselines(benchmark: Benchmark, seed: int) -> dict[str, list[list[str]]]:
    """The orders of the rules that learn nothing, by system and question."""
    orders: dict[str, list[list[str]]] = {}
    rules = baseline_orders([*benchmark.gold, *benchmark.distractors], seed)
    for engine, order in rules.items():
        orders[engine] = []
        for question in benchmark.questions:
            with taken_by(engine, question.question_id):
                orders[engine].append(order(question.text, DEPTH))
    return orders


def _measured(
    engine: str, benchmark: Benchmark, orders: Sequence[Sequence[str]]
) -> tuple[dict[str, dict[str, float]], list[dict[str, Any]]]:
    """The figures of each question, and its row; without a text of its gold both are the worst."""
    rows: dict[str, dict[str, float]] = {}
    items: list[dict[str, Any]] = []
    for number, question in enumerate((*benchmark.questions, *benchmark.unanswerable)):
        failed = number >= len(benchmark.questions)
        ranked = [] if failed else orders[number]
        row = {m: measure(ranked, question.gold_ids) for m, measure in MEASURES.items()}
        rows[question.question_id] = row
        why = benchmark.failures.get(question.question_id, NO_TEXT) if failed else None
        told = {"question_id": question.question_id, "n_gold": len(question.gold_ids)}
        items.append({"engine": engine, **told, "failure": why, **row})
    return rows, items


def _scores(rows: dict[str, dict[str, float]], seed: int) -> EngineScores:
    metrics = {
        name: mean_with_interval([row[name] for row in rows.values()], seed) for name in MEASURES
    }
    return EngineScores(metrics=metrics, by_unit=rows)


def _differences(
    by_engine: dict[str, dict[str, dict[str, float]]], seed: int
) -> dict[tuple[str, str], Metric]:
    """Paired differences in recall at 20, the later system less the earlier."""
    return {
        (later, earlier): mean_with_interval(
            [
                by_engine[later][unit][_COMPARED] - row[_COMPARED]
                for unit, row in by_engine[earlier].items()
            ],
            seed,
        )
        for earlier, later in combinations(by_engine, 2)
    }


def _table(differences: dict[tuple[str, str], Metric]) -> Table:
    return Table(
        title=f"Paired differences in {_COMPARED}",
        columns=("system", "less", "difference", "95 % interval"),
        rows=tuple(
            (later, earlier, f"{m.value:+.4f}", f"{m.ci95[0]:+.4f} to {m.ci95[1]:+.4f}")
            for (later, earlier), m in differences.items()
        ),
    )
