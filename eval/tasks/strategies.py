"""`search`, its strategy part: does a strategy drafted from the question find what was included?

Each review's included records hide among the records of all reviews and the distractors. Raw PICO
terms (the question's own words as phrases) are compared with the drafted strategy, each with and
without fusion of nearness in meaning; with a language model, so is the strategy that it widens.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import prompts
from eval.asked_once import AskedOnce
from eval.cost import taken_by
from eval.encoding import KeepingEncoder
from eval.metrics import mean_with_interval, recall_at
from eval.plots import Interval, interval_plot
from eval.rankings import Progress
from eval.results import EngineScores, Table, TaskResult
from eval.strategy_pools import Pool, SearchedReview
from eval.strategy_systems import LANGUAGE_MODEL, System, strategy_systems
from evidence.llm.protocol import LanguageModel
from evidence.stages.formulate_model import PROMPT as FORMULATE_PROMPT
from evidence.strategy.lines import to_pubmed
from evidence.strategy.model_terms import PROMPT as TERMS_PROMPT
from evidence.strategy.ranking import rank_strategy
from indexers.store import Store
from indexers.vectors import embedded_text
from retrievers.boolean.errors import QueryError

CUTS = (100, 500, 2000)
MEASURES = (
    "recall_boolean",
    *(f"recall_at_{cut}" for cut in CUTS),
    "number_needed_to_read",
    "share_retrieved",
)
Rows = dict[str, dict[str, dict[str, float]]]


def run_strategies(
    pool: Pool,
    encoder: KeepingEncoder,
    seed: int,
    progress: Progress,
    model: LanguageModel | None = None,
) -> TaskResult:
    """Recall, and records to read for one included, of each system and review.

    The program's own strategy with dense fusion stands as `offline`, that of a language model as
    `llm`. A review without a question, or without a strategy that can be run, is a failure with
    the worst scores; one that includes nothing is listed and left out. Where a call to the model
    fails, the draft is offline as in the program: its scores count, and its item says so.
    """
    texts = [embedded_text(record) for record in pool.records]
    vectors = encoder.encode(texts, lambda done, total: progress("encode", done, total))
    encoder.keep()
    asked = AskedOnce(model) if model is not None else None
    # An opened store may still write its lock while the folder is taken away.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        store = Store.build(Path(folder) / "store", pool.records, encoder, vectors=vectors)
        systems = strategy_systems(store, encoder, asked)
        rows, items = _measured_reviews(pool, systems, store, progress)
        measured: dict[str, Any] = {
            "encoder": encoder.name,
            "encoder_digest": encoder.digest,
            "index_digest": store.index_digest,
            "n_records": len(pool.records),
        }
    scores = {name: _scores(by_review, seed) for name, by_review in rows.items()}
    notes = [_note(pool)]
    finding = None
    if asked is not None:
        measured["language_model"] = _told_model(asked)
        notes.append(_model_note(asked, items))
        if asked.n_failed == asked.n_calls:
            finding = f"model {asked.settings.model} answered no call: its strategies are offline"
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
        notes=tuple(notes),
        finding=finding,
        measured=measured,
    )


def _measured_reviews(
    pool: Pool, systems: Sequence[System], store: Store, progress: Progress
) -> tuple[Rows, list[dict[str, Any]]]:
    rows: Rows = {}
    items: list[dict[str, Any]] = []
    for done, review in enumerate(pool.reviews, 1):
        if not review.included_ids and review.failure is None:
            items.append({"review": review.name, "failure": "no record is included"})
            continue
        for system in systems:
            with taken_by(system.name, review.name):
                row, told = _measured(review, system, store)
            rows.setdefault(system.name, {})[review.name] = row
            items.append({"engine": system.name, "review": review.name, **told, **row})
        progress("reviews", done, len(pool.reviews))
    return rows, items


def _measured(
    review: SearchedReview, system: System, store: Store
) -> tuple[dict[str, float], dict[str, Any]]:
    """The figures of a review, and what an item tells beside them."""
    worst = dict.fromkeys(MEASURES, 0.0) | {
        "number_needed_to_read": float(len(store)),
        "share_retrieved": 1.0,
    }
    told: dict[str, Any] = {"n_included": len(review.included_ids), "failure": None}
    if review.failure is not None:
        return worst, told | {"failure": review.failure}
    question = (review.question or "").strip()
    if not question:
        return worst, told | {"failure": "there is no question for it"}
    try:
        draft = system.draft(question)
        told |= {"failure": "; ".join(draft.failures) or None, "notices": list(draft.notices)}
        if draft.strategy is None:
            return worst, told | {"failure": "; ".join(draft.notices)}
        ranked = rank_strategy(draft.strategy, question, store, system.encoder)
    except QueryError as error:
        return worst, told | {"failure": f"the strategy cannot be run: {error}"}
    found = {r.record_id for r in ranked if r.in_boolean_set}
    order = [r.record_id for r in ranked]
    n_found = len(found & review.included_ids)
    row = {
        "recall_boolean": n_found / len(review.included_ids),
        **{f"recall_at_{cut}": recall_at(order, review.included_ids, cut) for cut in CUTS},
        "number_needed_to_read": len(found) / n_found if n_found else float(len(store)),
        "share_retrieved": len(found) / len(store),
    }
    return row, told | {"n_retrieved": len(found), "strategy": to_pubmed(draft.strategy)}


def _scores(rows: dict[str, dict[str, float]], seed: int) -> EngineScores:
    metrics = {
        name: mean_with_interval([row[name] for row in rows.values()], seed) for name in MEASURES
    }
    return EngineScores(metrics=metrics, by_unit=rows)


def _table(rows: Rows) -> Table:
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


def _model_note(asked: AskedOnce, items: Sequence[dict[str, Any]]) -> str:
    drafts = [i for i in items if str(i.get("engine")).partition(":")[0] == LANGUAGE_MODEL]
    n_offline = sum(bool(item["failure"]) for item in drafts)
    return (
        f"Language model {asked.settings.model}: {asked.n_calls} calls, {asked.n_failed} of them "
        f"failed; {n_offline} of {len(drafts)} items of {LANGUAGE_MODEL} name a failure. Its "
        "strategy is the offline draft of the PICO that it wrote, with the terms that it proposed "
        "and that passed the checks; where a call failed, the offline engine stands in."
    )


def _told_model(asked: AskedOnce) -> dict[str, Any]:
    """For the manifest: the model and how it was asked; the address and the key stay out."""
    return {
        "settings": asked.settings.model_dump(),
        "answered_by": list(asked.answered_by),
        "prompt_digests": {name: prompts.digest(name) for name in (FORMULATE_PROMPT, TERMS_PROMPT)},
        "n_calls": asked.n_calls,
        "n_failed": asked.n_failed,
    }
