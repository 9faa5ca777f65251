"""How retrieval is run on each kind of data: questions, reports, reviews and queries."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from eval.bars import Bars
from eval.language_models import language_model
from eval.task_runs import Ran, data_of, embedded
from evidence.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from eval.peers.paperqa import PaperQa
    from eval.tasks.contexts import ContextsSettings
    from evidence.config import ModelEngine
    from indexers.encoder import Encoder


def score_on_questions(options: argparse.Namespace, encoder: Encoder | None) -> Ran:
    """Retrieval, or the number of contexts, on questions with gold passages."""
    from eval.datasets import QUESTIONS_EXPECTED, load_benchmark, question_files, shipped_trials
    from eval.rankings import benchmark_encoder
    from eval.tasks.contexts import run_contexts
    from eval.tasks.search import run_search

    files = question_files(data_of(options, QUESTIONS_EXPECTED))
    benchmark = load_benchmark(files, shipped_trials()[1])
    keeping = benchmark_encoder(encoder or embedded(options), options.cache)
    if options.task == "contexts" and len(benchmark.questions) + len(benchmark.unanswerable) < 2:
        raise SettingsError("contexts needs at least 2 questions: one part calibrates")
    with Bars() as bars:
        if options.task == "search":
            result = run_search(benchmark, keeping, options.seed, bars.advance, _peer(options))
        else:
            result = run_contexts(benchmark, keeping, _contexts_settings(options), bars.advance)
    return Ran(result, files, list(benchmark.failures.values()))


def _peer(options: argparse.Namespace) -> PaperQa | None:
    from eval.peers.paperqa import paperqa_peer

    if options.no_peers:
        return None
    return paperqa_peer(options.paperqa, required="paperqa" in (options.peer or ()))


def _contexts_settings(options: argparse.Namespace) -> ContextsSettings:
    from eval.tasks.contexts import ContextsSettings

    return ContextsSettings(
        alpha=options.alpha,
        delta=options.delta,
        n_resplits=options.resplits,
        calibration_share=options.calibration_share,
        seed=options.seed,
    )


def score_result_contexts(options: argparse.Namespace) -> Ran:
    """Passages of one report, ranked as the program ranks them: by the static encoder."""
    from eval.evidence_inference import direction_files, load_directions
    from eval.tasks.result_contexts import run_result_contexts
    from indexers.encoders import named_encoder

    data = load_directions(options.data, "validation")
    encoder = named_encoder("static")
    with Bars() as bars:
        result = run_result_contexts(data, encoder, _contexts_settings(options), bars.advance)
    return Ran(result, direction_files(options.data, "validation"), list(data.failures.values()))


def holds_reviews(data: Path) -> bool:
    """Whether the data are reviews that a strategy is written for."""
    from eval.strategy_pools import is_strategy_data

    return data.exists() and is_strategy_data(data)


def score_strategies(
    options: argparse.Namespace,
    encoder: Encoder | None,
    engine: ModelEngine | None,
) -> Ran:
    """Strategies drafted from the questions of reviews."""
    from eval.datasets import shipped_trials
    from eval.rankings import benchmark_encoder
    from eval.strategy_pools import load_pool
    from eval.tasks.strategies import run_strategies

    files, pool = load_pool(options.data, shipped_trials()[1])
    model = language_model(engine, options.calls) if engine else None
    keeping = benchmark_encoder(encoder or embedded(options), options.cache)
    with Bars() as bars:
        result = run_strategies(pool, keeping, options.seed, bars.advance, model)
    return Ran(result, files, [r.failure for r in pool.reviews if r.failure is not None])


def holds_topics(options: argparse.Namespace) -> bool:
    """Whether the data are topics of CLEF TAR."""
    from eval.formats.clef_topics import is_clef_topics

    return options.data is not None and options.data.exists() and is_clef_topics(options.data)


def score_query_parsing(options: argparse.Namespace) -> Ran:
    """Boolean queries of CLEF TAR."""
    from eval.formats.clef_topics import load_topics
    from eval.tasks.query_parsing import run_query_parsing

    files, topics = load_topics(options.data)
    unreadable = [topic.failure for topic in topics if topic.failure is not None]
    return Ran(run_query_parsing(topics), files, unreadable)
