"""How each task is run on each kind of data: what is read, who is asked, what fails to load."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eval.bars import Bars
from eval.language_models import language_model
from evidence.errors import SettingsError

if TYPE_CHECKING:
    from eval.results import TaskResult
    from eval.tasks.contexts import ContextsSettings
    from evidence.config import ModelEngine
    from indexers.encoder import Encoder


class Ran(NamedTuple):
    """What a task found, the files it read, and a line for each item that could not be read."""

    result: TaskResult
    files: list[Path]
    unreadable: Sequence[str] = ()


def score_on_questions(options: argparse.Namespace, encoder: Encoder | None) -> Ran:
    """Retrieval, or the number of contexts, on questions with gold passages."""
    from eval.datasets import QUESTIONS_EXPECTED, load_benchmark, question_files, shipped_trials
    from eval.rankings import benchmark_encoder
    from eval.tasks.contexts import run_contexts
    from eval.tasks.search import run_search

    files = question_files(_data(options, QUESTIONS_EXPECTED))
    benchmark = load_benchmark(files, shipped_trials()[1])
    keeping = benchmark_encoder(encoder or _embedded(options), options.cache)
    if options.task == "contexts" and len(benchmark.questions) + len(benchmark.unanswerable) < 2:
        raise SettingsError("contexts needs at least 2 questions: one part calibrates")
    with Bars() as bars:
        if options.task == "search":
            result = run_search(benchmark, keeping, options.seed, bars.advance)
        else:
            result = run_contexts(benchmark, keeping, _contexts_settings(options), bars.advance)
    return Ran(result, files, list(benchmark.failures.values()))


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
    model = language_model(engine, options.out / "calls") if engine else None
    keeping = benchmark_encoder(encoder or _embedded(options), options.cache)
    with Bars() as bars:
        result = run_strategies(pool, keeping, options.seed, bars.advance, model)
    return Ran(result, files, [r.failure for r in pool.reviews if r.failure is not None])


def score_screening(options: argparse.Namespace, encoder: Encoder | None) -> Ran:
    """Simulated screening of labelled reviews."""
    from eval.datasets import SCREENING_EXPECTED, load_reviews
    from eval.encoding import KeepingEncoder
    from eval.peers.asreview import asreview_peer
    from eval.tasks.screening import SimulationSettings, run_screening

    files, reviews = load_reviews(_data(options, SCREENING_EXPECTED))
    peer = None
    if not options.no_peers:
        required = options.peer is not None
        peer = asreview_peer(options.asreview, options.cache, required=required)
    keeping = KeepingEncoder(encoder or _embedded(options), options.cache)
    settings = SimulationSettings(
        seed=options.seed, n_seeds=options.seeds, n_samples=options.samples
    )
    with Bars() as bars:
        result = run_screening(reviews, keeping, settings, bars.advance, peer)
    return Ran(result, files, [r.failure for r in reviews if r.failure is not None])


def score_pico(options: argparse.Namespace) -> Ran:
    """Spans of population, intervention and outcome."""
    from eval.conll import CONLL_EXPECTED, read_abstracts
    from eval.tasks.pico import run_pico
    from evidence.reading.span_heads import shipped_reader

    files, abstracts = read_abstracts(_data(options, CONLL_EXPECTED))
    with Bars() as bars:
        result = run_pico(abstracts, shipped_reader(), options.seed, bars.advance, options.last)
    return Ran(result, files, [str(a.failure) for _, a in abstracts if a.failure is not None])


def holds_directions(options: argparse.Namespace) -> bool:
    """Whether the data are a release of Evidence Inference."""
    from eval.evidence_inference import release_folder

    folder = release_folder(options.data) if options.data is not None else None
    if folder is not None:
        options.data = folder
    return folder is not None


def score_direction(options: argparse.Namespace) -> Ran:
    """Directions of effects in the articles of Evidence Inference."""
    from eval.evidence_inference import direction_files, load_directions
    from eval.tasks.direction import run_direction

    data = load_directions(options.data, "validation")
    with Bars() as bars:
        result = run_direction(data, options.seed, bars.advance)
    return Ran(result, direction_files(options.data, "validation"), list(data.failures.values()))


def holds_characteristics(options: argparse.Namespace) -> bool:
    """Whether the data are labelled characteristics of studies."""
    from eval.tasks.characteristics_data import holds_characteristics

    return options.data is not None and holds_characteristics(options.data)


def score_characteristics(options: argparse.Namespace) -> Ran:
    """Characteristics of studies."""
    from eval.tasks.characteristics import run_characteristics
    from eval.tasks.characteristics_data import load_labelled_studies

    files, studies = load_labelled_studies(options.data)
    with Bars() as bars:
        result = run_characteristics(studies, options.seed, bars.advance)
    return Ran(result, files, [study.problem for study in studies if study.problem])


def score_numbers(options: argparse.Namespace, engine: ModelEngine | None) -> Ran:
    """Numbers of results, by rules and by a language model if there is one."""
    from eval.numeric_data import NUMBERS_EXPECTED, load_numbers
    from eval.tasks.numbers import run_numbers
    from evidence.stages.extract import Extractor, OfflineExtractor

    extractors: dict[str, Extractor] = {"offline": OfflineExtractor(read_pico=False)}
    if engine is not None:
        from evidence.stages.extract_model import ModelExtractor

        model = language_model(engine, options.out / "calls")
        extractors |= {
            "llm": ModelExtractor(model),
            "llm_beside_offline": ModelExtractor(model, beside=extractors["offline"]),
        }
    expected = (
        f"{NUMBERS_EXPECTED}, or the folder of Evidence Inference for the direction of effect"
    )
    files, data = load_numbers(_data(options, expected))
    with Bars() as bars:
        result = run_numbers(data, extractors, options.seed, bars.advance)
    broken = [q.failure for q in data.questions if q.failure is not None]
    return Ran(result, files, [*broken, *data.problems.values()])


def score_synthesis(options: argparse.Namespace) -> Ran:
    """Pooled against published estimates."""
    from eval.tasks.synthesis import run_synthesis
    from eval.tasks.synthesis_data import SYNTHESIS_EXPECTED, load_outcomes

    files, outcomes = load_outcomes(_data(options, SYNTHESIS_EXPECTED))
    unreadable = [outcome.failure for outcome in outcomes if outcome.failure is not None]
    return Ran(run_synthesis(outcomes), files, unreadable)


def holds_closed_questions(options: argparse.Namespace) -> bool:
    """Whether the data are closed questions of MedEvidence."""
    from eval.formats.med_evidence import is_med_evidence

    return options.data is not None and options.data.exists() and is_med_evidence(options.data)


def score_closed_questions(options: argparse.Namespace) -> Ran:
    """Closed questions over source studies."""
    from eval.formats.med_evidence import load_closed_questions
    from eval.tasks.closed_questions import run_closed_questions

    files, questions = load_closed_questions(options.data)
    with Bars() as bars:
        result = run_closed_questions(questions, options.seed, bars.advance)
    return Ran(result, files, [q.failure for q in questions if q.failure is not None])


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


def score_certainty(options: argparse.Namespace) -> Ran:
    """GRADE ratings against a panel's."""
    from eval.tasks.certainty import run_certainty
    from eval.tasks.certainty_data import CERTAINTY_EXPECTED, load_profiles

    files, profiles = load_profiles(_data(options, CERTAINTY_EXPECTED))
    unreadable = [profile.failure for profile in profiles if profile.failure is not None]
    return Ran(run_certainty(profiles, options.seed), files, unreadable)


def score_grounding(options: argparse.Namespace, engine: ModelEngine | None) -> Ran:
    """Claims that their quotes support, and altered ones."""
    from eval.tasks.grounding import run_grounding
    from eval.tasks.grounding_data import default_claims, load_claims

    options.data = options.data or default_claims()
    files, cases = load_claims(_data(options, "claims with their quotes"))
    model = language_model(engine, options.out / "calls") if engine else None
    with Bars() as bars:
        result = run_grounding(cases, options.seed, bars.advance, model)
    return Ran(result, files, [case.failure for case in cases if case.failure is not None])


def _data(options: argparse.Namespace, expected: str) -> Path:
    data: Path | None = options.data
    if data is None:
        raise SettingsError(f"task {options.task} needs --data: {expected}")
    if not data.exists():
        raise SettingsError(f"--data {data}: no such file; expected {expected}")
    return data


def _embedded(options: argparse.Namespace) -> Encoder:
    from indexers.encoders import named_encoder

    return named_encoder(options.encoder)
