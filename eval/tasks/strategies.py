"""`search`, its strategy part: does a strategy drafted from the question find what was included?

Each review's included records hide among the records of all reviews and the distractors. Raw PICO
terms (the question's own words as phrases) are compared with the drafted strategy, each with and
without fusion of nearness in meaning.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from eval.encoding import KeepingEncoder
from eval.metrics import mean_with_interval, recall_at
from eval.plots import Interval, interval_plot
from eval.rankings import Progress
from eval.results import EngineScores, Table, TaskResult
from eval.strategy_pools import Pool, SearchedReview
from evidence.question import ClinicalQuestion
from evidence.stages.formulate import OfflineFormulator
from evidence.strategy.draft import draft_strategy, raw_strategy
from evidence.strategy.enrich import FirstRetrieval
from evidence.strategy.lines import to_pubmed
from evidence.strategy.ranking import rank_strategy
from evidence.strategy.types import Strategy
from indexers.store import Store
from indexers.vectors import embedded_text
from retrievers.dense import DenseRetriever
from retrievers.hybrid import HybridRetriever
from retrievers.lexical import LexicalRetriever

CUTS = (100, 500, 2000)
MEASURES = (
    "recall_boolean",
    *(f"recall_at_{cut}" for cut in CUTS),
    "number_needed_to_read",
    "share_retrieved",
)
_CANDIDATES = 3000


class _System(NamedTuple):
    """What is compared: how a strategy is made, and whether meaning is fused."""

    name: str
    draft: Callable[[ClinicalQuestion], Strategy]
    encoder: KeepingEncoder | None


def run_strategies(
    pool: Pool, encoder: KeepingEncoder, seed: int, progress: Progress
) -> TaskResult:
    """Recall, and records to read for one included, of each system and review.

    The program's own strategy with dense fusion stands as `offline`. A review without a question
    is a failure with the worst scores; one that includes nothing is listed and left out.
    """
    texts = [embedded_text(record) for record in pool.records]
    vectors = encoder.encode(texts, lambda done, total: progress("encode", done, total))
    encoder.keep()
    rows: dict[str, dict[str, dict[str, float]]] = {}
    items: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        store = Store.build(Path(folder) / "store", pool.records, encoder, vectors=vectors)
        for done, review in enumerate(pool.reviews, 1):
            if not review.included_ids:
                items.append({"review": review.name, "failure": "no record is included"})
                continue
            for system in _systems(store, encoder):
                row, told = _measured(review, system, store)
                rows.setdefault(system.name, {})[review.name] = row
                items.append({"engine": system.name, "review": review.name, **told, **row})
            progress("reviews", done, len(pool.reviews))
        digest = store.index_digest
    scores = {name: _scores(by_review, seed) for name, by_review in rows.items()}
    return TaskResult(
        task="search",
        scores=scores,
        items=items,
        tables=(_table(rows),),
        plots=tuple(
            interval_plot(
                name,
                [
                    Interval(engine, s.metrics[name].value, *s.metrics[name].ci95)
                    for engine, s in scores.items()
                ],
            )
            for name in ("recall_boolean", "recall_at_2000")
        ),
        notes=(_note(pool),),
        measured={
            "encoder": encoder.name,
            "encoder_digest": encoder.digest,
            "index_digest": digest,
            "n_records": len(pool.records),
        },
    )


def _systems(store: Store, encoder: KeepingEncoder) -> tuple[_System, ...]:
    words = LexicalRetriever(store)
    both = HybridRetriever((DenseRetriever(store, encoder), words), candidates=_CANDIDATES)
    by_words = FirstRetrieval(store, words)
    by_meaning = FirstRetrieval(store, both, encoder)
    return (
        _System("offline", lambda q: draft_strategy(q, by_meaning), encoder),
        _System("offline:strategy without dense", lambda q: draft_strategy(q, by_words), None),
        _System("offline:strategy not enriched", draft_strategy, encoder),
        _System("raw PICO terms", raw_strategy, None),
        _System("raw PICO terms with dense", raw_strategy, encoder),
    )


def _measured(
    review: SearchedReview, system: _System, store: Store
) -> tuple[dict[str, float], dict[str, Any]]:
    """The figures of a review, and what an item tells beside them."""
    worst = dict.fromkeys(MEASURES, 0.0) | {"number_needed_to_read": float(len(store))}
    told: dict[str, Any] = {"n_included": len(review.included_ids), "failure": None}
    if not review.question:
        return worst | {"share_retrieved": 1.0}, told | {"failure": "there is no question for it"}
    strategy = system.draft(OfflineFormulator().formulate(review.question))
    ranked = rank_strategy(strategy, review.question, store, system.encoder)
    found = {r.record_id for r in ranked if r.in_boolean_set}
    order = [r.record_id for r in ranked]
    n_found = len(found & review.included_ids)
    row = {
        "recall_boolean": n_found / len(review.included_ids),
        **{f"recall_at_{cut}": recall_at(order, review.included_ids, cut) for cut in CUTS},
        "number_needed_to_read": len(found) / n_found if n_found else float(len(store)),
        "share_retrieved": len(found) / len(store),
    }
    return row, told | {"n_retrieved": len(found), "strategy": to_pubmed(strategy)}


def _scores(rows: dict[str, dict[str, float]], seed: int) -> EngineScores:
    metrics = {
        name: mean_with_interval([row[name] for row in rows.values()], seed) for name in MEASURES
    }
    return EngineScores(metrics=metrics, by_unit=rows)


def _table(rows: dict[str, dict[str, dict[str, float]]]) -> Table:
    return Table(
        title="Every review",
        columns=("system", "review", *MEASURES),
        rows=tuple(
            (system, review, *(f"{row[name]:.3f}" for name in MEASURES))
            for system, by_review in rows.items()
            for review, row in by_review.items()
        ),
    )


def _note(pool: Pool) -> str:
    return (
        f"Pool: {len(pool.records)} different records, {pool.n_distractors} of them of no review; "
        f"{pool.n_without_text} included records without a title were left out. Strategies are "
        "drafted from the question's text alone. number_needed_to_read is the Boolean set over the "
        "included records in it; it and share_retrieved are better when lower. Recall in a pool is "
        "not recall in PubMed: TrialMind's 0.78 is of another pool."
    )
