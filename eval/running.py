"""Which module runs which task, on what data; every task hands back one `TaskResult`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.bars import Bars
from eval.options import TASKS
from evidence.errors import EngineError, SettingsError

if TYPE_CHECKING:
    from eval.results import TaskResult
    from eval.tasks.contexts import ContextsSettings
    from evidence.config import ModelEngine
    from evidence.llm.protocol import LanguageModel
    from indexers.encoder import Encoder


def run_task(
    options: argparse.Namespace, encoder: Encoder | None
) -> tuple[TaskResult, dict[str, Any]]:
    """The task's result, and the manifest of the run.

    Raises:
        SettingsError: --data is missing, or --settings names no language model where one is asked
            for.
        EngineError: The task has no part for the engine.
        SourceError: The data cannot be read.
    """
    on_reviews = (
        options.task == "search" and options.data is not None and _holds_reviews(options.data)
    )
    on_numbers = options.task == "extraction" and not (
        _holds_directions(options) or _holds_characteristics(options)
    )
    on_claims = options.task == "grounding"
    if options.engine == "llm" and not (on_reviews or on_numbers or on_claims):
        where = {"search": " but on labelled reviews", "extraction": " but on numbers"}
        raise EngineError(
            f"task {options.task} has no language model part yet{where.get(options.task, '')}; "
            "use --engine offline"
        )
    engine = _model_engine(options) if on_reviews or on_numbers or on_claims else None
    match options.task:
        case "search" if on_reviews:
            result, files = _run_strategies(options, encoder, engine)
        case "contexts" if _holds_directions(options):
            result, files = _run_result_contexts(options)
        case "search" | "contexts":
            result, files = _run_on_questions(options, encoder)
        case "screening":
            result, files = _run_screening(options, encoder)
        case "pico":
            result, files = _run_pico(options)
        case "extraction" if _holds_directions(options):
            result, files = _run_direction(options)
        case "extraction" if _holds_characteristics(options):
            result, files = _run_characteristics(options)
        case "extraction":
            result, files = _run_numbers(options, engine)
        case "synthesis":
            result, files = _run_synthesis(options)
        case "certainty":
            result, files = _run_certainty(options)
        case "grounding":
            result, files = _run_grounding(options, engine)
        case _:
            raise SettingsError(f"task {options.task}: expected one of {', '.join(TASKS)}")
    manifest = _manifest(options, files, result)
    return result, manifest | ({"engine_kind": engine.kind} if engine else {})


def _run_on_questions(
    options: argparse.Namespace, encoder: Encoder | None
) -> tuple[TaskResult, list[Path]]:
    from eval.datasets import QUESTIONS_EXPECTED, load_benchmark, question_files, shipped_trials
    from eval.rankings import benchmark_encoder
    from eval.tasks.contexts import run_contexts
    from eval.tasks.search import run_search

    files = question_files(_data(options, QUESTIONS_EXPECTED))
    benchmark = load_benchmark(files, shipped_trials()[1])
    keeping = benchmark_encoder(encoder or _embedded(options), options.cache)
    with Bars() as bars:
        if options.task == "search":
            return run_search(benchmark, keeping, options.seed, bars.advance), files
        if len(benchmark.questions) + len(benchmark.unanswerable) < 2:
            raise SettingsError("contexts needs at least 2 questions: one part calibrates")
        return run_contexts(benchmark, keeping, _contexts_settings(options), bars.advance), files


def _contexts_settings(options: argparse.Namespace) -> ContextsSettings:
    from eval.tasks.contexts import ContextsSettings

    return ContextsSettings(
        alpha=options.alpha,
        delta=options.delta,
        n_resplits=options.resplits,
        calibration_share=options.calibration_share,
        seed=options.seed,
    )


def _run_result_contexts(options: argparse.Namespace) -> tuple[TaskResult, list[Path]]:
    """Passages of one report, ranked as the program ranks them: by the static encoder."""
    from eval.evidence_inference import direction_files, load_directions
    from eval.tasks.result_contexts import run_result_contexts
    from indexers.encoders import named_encoder

    data = load_directions(options.data, "validation")
    encoder = named_encoder("static")
    with Bars() as bars:
        result = run_result_contexts(data, encoder, _contexts_settings(options), bars.advance)
    return result, direction_files(options.data, "validation")


def _holds_reviews(data: Path) -> bool:
    from eval.strategy_pools import is_strategy_data

    return data.exists() and is_strategy_data(data)


def _run_strategies(
    options: argparse.Namespace,
    encoder: Encoder | None,
    engine: ModelEngine | None,
) -> tuple[TaskResult, list[Path]]:
    from eval.datasets import shipped_trials
    from eval.rankings import benchmark_encoder
    from eval.strategy_pools import load_pool
    from eval.tasks.strategies import run_strategies

    files, pool = load_pool(options.data, shipped_trials()[1])
    model = _language_model(engine, options.out / "calls") if engine else None
    keeping = benchmark_encoder(encoder or _embedded(options), options.cache)
    with Bars() as bars:
        return run_strategies(pool, keeping, options.seed, bars.advance, model), files


def _run_screening(
    options: argparse.Namespace, encoder: Encoder | None
) -> tuple[TaskResult, list[Path]]:
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
        return run_screening(reviews, keeping, settings, bars.advance, peer), files


def _run_pico(options: argparse.Namespace) -> tuple[TaskResult, list[Path]]:
    from eval.conll import CONLL_EXPECTED, read_abstracts
    from eval.tasks.pico import run_pico
    from evidence.reading.span_heads import shipped_reader

    files, abstracts = read_abstracts(_data(options, CONLL_EXPECTED))
    with Bars() as bars:
        return run_pico(
            abstracts, shipped_reader(), options.seed, bars.advance, options.last
        ), files


def _holds_directions(options: argparse.Namespace) -> bool:
    return options.data is not None and (options.data / "prompts_merged.csv").is_file()


def _run_direction(options: argparse.Namespace) -> tuple[TaskResult, list[Path]]:
    from eval.evidence_inference import direction_files, load_directions
    from eval.tasks.direction import run_direction

    data = load_directions(options.data, "validation")
    with Bars() as bars:
        result = run_direction(data, options.seed, bars.advance)
    return result, direction_files(options.data, "validation")


def _holds_characteristics(options: argparse.Namespace) -> bool:
    from eval.tasks.characteristics_data import holds_characteristics

    return options.data is not None and holds_characteristics(options.data)


def _run_characteristics(options: argparse.Namespace) -> tuple[TaskResult, list[Path]]:
    from eval.tasks.characteristics import run_characteristics
    from eval.tasks.characteristics_data import load_labelled_studies

    files, studies = load_labelled_studies(options.data)
    with Bars() as bars:
        return run_characteristics(studies, options.seed, bars.advance), files


def _run_numbers(
    options: argparse.Namespace, engine: ModelEngine | None
) -> tuple[TaskResult, list[Path]]:
    from eval.numeric_data import NUMBERS_EXPECTED, load_numbers
    from eval.tasks.numbers import run_numbers
    from evidence.stages.extract import Extractor, OfflineExtractor

    extractors: dict[str, Extractor] = {"offline": OfflineExtractor(read_pico=False)}
    if engine is not None:
        from evidence.stages.extract_model import ModelExtractor

        model = _language_model(engine, options.out / "calls")
        extractors |= {
            "llm": ModelExtractor(model),
            "llm_beside_offline": ModelExtractor(model, beside=extractors["offline"]),
        }
    expected = (
        f"{NUMBERS_EXPECTED}, or the folder of Evidence Inference for the direction of effect"
    )
    files, data = load_numbers(_data(options, expected))
    with Bars() as bars:
        return run_numbers(data, extractors, options.seed, bars.advance), files


def _run_synthesis(options: argparse.Namespace) -> tuple[TaskResult, list[Path]]:
    from eval.tasks.synthesis import run_synthesis
    from eval.tasks.synthesis_data import SYNTHESIS_EXPECTED, load_outcomes

    files, outcomes = load_outcomes(_data(options, SYNTHESIS_EXPECTED))
    return run_synthesis(outcomes), files


def _run_certainty(options: argparse.Namespace) -> tuple[TaskResult, list[Path]]:
    from eval.tasks.certainty import run_certainty
    from eval.tasks.certainty_data import CERTAINTY_EXPECTED, load_profiles

    files, profiles = load_profiles(_data(options, CERTAINTY_EXPECTED))
    return run_certainty(profiles, options.seed), files


def _run_grounding(
    options: argparse.Namespace, engine: ModelEngine | None
) -> tuple[TaskResult, list[Path]]:
    from eval.tasks.grounding import run_grounding
    from eval.tasks.grounding_data import default_claims, load_claims

    options.data = options.data or default_claims()
    files, cases = load_claims(_data(options, "claims with their quotes"))
    model = _language_model(engine, options.out / "calls") if engine else None
    with Bars() as bars:
        return run_grounding(cases, options.seed, bars.advance, model), files


def _model_engine(options: argparse.Namespace) -> ModelEngine | None:
    """The language model that --settings names; None for a run that is offline alone."""
    from evidence.config import OfflineEngine, load_settings

    if options.engine != "llm":
        return None
    expected = "expected settings with an engine of kind openai, transformers or replay"
    if options.settings is None:
        raise SettingsError(f"--engine llm needs --settings FILE; {expected}")
    engine = load_settings(options.settings).engine
    if isinstance(engine, OfflineEngine):
        raise SettingsError(f"--settings {options.settings}: the engine is offline; {expected}")
    return engine


def _language_model(engine: ModelEngine, calls: Path) -> LanguageModel:
    """The model; what a server answers is recorded, and a folder that takes no file told now."""
    from evidence.config import ReplayEngine
    from evidence.llm.models import build_language_model

    if not isinstance(engine, ReplayEngine):
        try:
            calls.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"{calls}: cannot write there ({error.strerror})") from error
    return build_language_model(engine, calls)


def _data(options: argparse.Namespace, expected: str) -> Path:
    data: Path | None = options.data
    if data is None:
        raise SettingsError(f"task {options.task} needs --data: {expected}")
    if not data.exists():
        raise SettingsError(f"--data {data}: no such file; expected {expected}")
    return data


def _manifest(options: argparse.Namespace, files: list[Path], result: TaskResult) -> dict[str, Any]:
    from eval.datasets import file_digests
    from eval.report import program_versions

    manifest: dict[str, Any] = {
        "task": options.task,
        "engine": options.engine,
        "encoder": options.encoder,
        "seed": options.seed,
        "versions": program_versions(),
        "data": file_digests(options.data, files),
        "measured": result.measured,
    }
    if options.task == "pico":
        manifest["settings"] = {"last": options.last}
    if options.task == "contexts":
        names = ("alpha", "delta", "resplits", "calibration_share")
        manifest["settings"] = {name: getattr(options, name) for name in names}
    if options.task == "screening":
        manifest["settings"] = {"seeds": options.seeds, "samples": options.samples}
    return manifest


def _embedded(options: argparse.Namespace) -> Encoder:
    from indexers.encoders import named_encoder

    return named_encoder(options.encoder)
