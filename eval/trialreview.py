"""The benchmark on the command line: `python -m eval.trialreview TASK --data PATH --out DIR`.

Exit codes: 0 fine, 1 a finding (what should hold did not), 2 usage or bad input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from evidence.errors import EngineError, EvidenceError, SettingsError

if TYPE_CHECKING:
    from eval.results import TaskResult
    from evidence.config import OpenAIEngine, ReplayEngine
    from evidence.llm.protocol import LanguageModel
    from indexers.encoder import Encoder

TASKS = (
    *("search", "screening", "pico", "extraction", "synthesis", "certainty", "contexts"),
    *("grounding", "all"),
)
BUILT = ("search", "screening", "pico", "extraction", "synthesis", "contexts")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, not argparse's usage text before it."""
        raise SettingsError(message)


def main(arguments: Sequence[str] | None = None, encoder: Encoder | None = None) -> int:
    """Run a task; returns the exit code.

    Args:
        arguments: Those of the command line unless given.
        encoder: The encoder; the embedded one unless given.
    """
    try:
        options = _options(arguments)
        result, manifest = run_task(options, encoder)
    except EvidenceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    from eval.report import scores_table, table_text, write_results

    try:
        write_results(options.out, result, manifest)
    except OSError as error:
        print(f"error: {options.out}: cannot write there ({error.strerror})", file=sys.stderr)
        return 2
    for table in (scores_table(result.scores_json()), *result.tables):
        print(table_text(table), end="\n\n")
    for note in result.notes:
        print(note)
    print(f"written to {options.out}")
    if result.finding:
        print(f"finding: {result.finding}", file=sys.stderr)
    return 1 if result.finding else 0


def run_task(
    options: argparse.Namespace, encoder: Encoder | None
) -> tuple[TaskResult, dict[str, Any]]:
    """The task's result, and the manifest of the run.

    Raises:
        SettingsError: The task is not built yet, --data is missing, or --settings names no
            language model where one is asked for.
        EngineError: The task has no part for the engine.
        SourceError: The data cannot be read.
    """
    on_reviews = (
        options.task == "search" and options.data is not None and _holds_reviews(options.data)
    )
    if options.engine == "llm" and options.task in BUILT and not on_reviews:
        where = " but on labelled reviews" if options.task == "search" else ""
        raise EngineError(
            f"task {options.task} has no language model part yet{where}; use --engine offline"
        )
    engine = _model_engine(options) if on_reviews else None
    match options.task:
        case "search" if on_reviews:
            result, files = _run_strategies(options, encoder, engine)
        case "search" | "contexts":
            result, files = _run_on_questions(options, encoder)
        case "screening":
            result, files = _run_screening(options, encoder)
        case "pico":
            result, files = _run_pico(options)
        case "extraction" if _holds_directions(options):
            result, files = _run_direction(options)
        case "extraction":
            raise SettingsError(
                "task extraction measures the direction of effect so far: --data needs a folder "
                "with prompts_merged.csv (Evidence Inference 2.0)"
            )
        case "synthesis":
            result, files = _run_synthesis(options)
        case unbuilt:
            raise SettingsError(
                f"task {unbuilt} is not built yet; expected one of {', '.join(BUILT)}"
            )
    manifest = _manifest(options, files, result)
    return result, manifest | ({"engine_kind": engine.kind} if engine else {})


def _run_on_questions(
    options: argparse.Namespace, encoder: Encoder | None
) -> tuple[TaskResult, list[Path]]:
    from eval.datasets import QUESTIONS_EXPECTED, load_benchmark, question_files, shipped_trials
    from eval.rankings import benchmark_encoder
    from eval.tasks.contexts import ContextsSettings, run_contexts
    from eval.tasks.search import run_search

    files = question_files(_data(options, QUESTIONS_EXPECTED))
    benchmark = load_benchmark(files, shipped_trials()[1])
    keeping = benchmark_encoder(encoder or _embedded(options), options.cache)
    with _Bars() as bars:
        if options.task == "search":
            return run_search(benchmark, keeping, options.seed, bars.advance), files
        if len(benchmark.questions) + len(benchmark.unanswerable) < 2:
            raise SettingsError("contexts needs at least 2 questions: one part calibrates")
        settings = ContextsSettings(
            alpha=options.alpha,
            delta=options.delta,
            n_resplits=options.resplits,
            calibration_share=options.calibration_share,
            seed=options.seed,
        )
        return run_contexts(benchmark, keeping, settings, bars.advance), files


def _holds_reviews(data: Path) -> bool:
    from eval.strategy_pools import is_strategy_data

    return data.exists() and is_strategy_data(data)


def _run_strategies(
    options: argparse.Namespace,
    encoder: Encoder | None,
    engine: OpenAIEngine | ReplayEngine | None,
) -> tuple[TaskResult, list[Path]]:
    from eval.datasets import shipped_trials
    from eval.rankings import benchmark_encoder
    from eval.strategy_pools import load_pool
    from eval.tasks.strategies import run_strategies

    files, pool = load_pool(options.data, shipped_trials()[1])
    model = _language_model(engine, options.out / "calls") if engine else None
    keeping = benchmark_encoder(encoder or _embedded(options), options.cache)
    with _Bars() as bars:
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
    with _Bars() as bars:
        return run_screening(reviews, keeping, settings, bars.advance, peer), files


def _run_pico(options: argparse.Namespace) -> tuple[TaskResult, list[Path]]:
    from eval.conll import CONLL_EXPECTED, read_abstracts
    from eval.tasks.pico import run_pico
    from evidence.reading.span_heads import shipped_reader

    files, abstracts = read_abstracts(_data(options, CONLL_EXPECTED))
    with _Bars() as bars:
        return run_pico(
            abstracts, shipped_reader(), options.seed, bars.advance, options.last
        ), files


def _holds_directions(options: argparse.Namespace) -> bool:
    return options.data is not None and (options.data / "prompts_merged.csv").is_file()


def _run_direction(options: argparse.Namespace) -> tuple[TaskResult, list[Path]]:
    from eval.evidence_inference import direction_files, load_directions
    from eval.tasks.direction import run_direction

    data = load_directions(options.data, "validation")
    with _Bars() as bars:
        result = run_direction(data, options.seed, bars.advance)
    return result, direction_files(options.data, "validation")


def _run_synthesis(options: argparse.Namespace) -> tuple[TaskResult, list[Path]]:
    from eval.tasks.synthesis import run_synthesis
    from eval.tasks.synthesis_data import SYNTHESIS_EXPECTED, load_outcomes

    files, outcomes = load_outcomes(_data(options, SYNTHESIS_EXPECTED))
    return run_synthesis(outcomes), files


def _model_engine(options: argparse.Namespace) -> OpenAIEngine | ReplayEngine | None:
    """The language model that --settings names; None for a run that is offline alone."""
    from evidence.config import OfflineEngine, load_settings

    if options.engine != "llm":
        return None
    expected = "expected settings with an engine of kind openai or replay"
    if options.settings is None:
        raise SettingsError(f"--engine llm needs --settings FILE; {expected}")
    engine = load_settings(options.settings).engine
    if isinstance(engine, OfflineEngine):
        raise SettingsError(f"--settings {options.settings}: the engine is offline; {expected}")
    return engine


def _language_model(engine: OpenAIEngine | ReplayEngine, calls: Path) -> LanguageModel:
    """The model; what a server answers is recorded, and a folder that takes no file told now."""
    from evidence.config import OpenAIEngine
    from evidence.llm.models import build_language_model

    if isinstance(engine, OpenAIEngine):
        try:
            calls.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"{calls}: cannot write there ({error.strerror})") from error
    return build_language_model(engine, calls)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(prog="python -m eval.trialreview", description=__doc__, allow_abbrev=False)
    parser.add_argument("task", nargs="?", default="all", metavar="TASK", help=" ".join(TASKS))
    parser.add_argument("--data", type=Path, help="a file or folder of the task's data")
    parser.add_argument("--out", type=Path, default=Path("out"), help="where results are written")
    parser.add_argument("--engine", choices=("offline", "llm"), default="offline")
    parser.add_argument("--settings", type=Path, help="TOML whose engine is the language model")
    parser.add_argument("--seed", type=_at_least(0), default=0)
    parser.add_argument(
        "--encoder", choices=("minilm", "static"), help="minilm; static for screening"
    )
    parser.add_argument("--cache", type=Path, help="a folder that keeps vectors between runs")
    screening = parser.add_argument_group("screening")
    screening.add_argument("--seeds", type=_at_least(1), default=3, help="runs of a random engine")
    screening.add_argument(
        "--samples", type=_at_least(1), default=20, help="of certified stopping, a review"
    )
    peers = screening.add_mutually_exclusive_group()
    peers.add_argument("--peer", choices=("asreview",), help="fail when it is not installed")
    peers.add_argument("--asreview", type=Path, metavar="VENV", help="where ASReview is installed")
    peers.add_argument("--no-peers", action="store_true", help="leave ASReview out")
    parser.add_argument("--last", type=_at_least(1), help="pico: score the last abstracts alone")
    contexts = parser.add_argument_group("contexts")
    contexts.add_argument("--alpha", type=_level, default=0.2, help="highest share of gold missed")
    contexts.add_argument("--delta", type=_level, default=0.1, help="how often it may be missed")
    contexts.add_argument("--resplits", type=_at_least(1), default=1000)
    contexts.add_argument("--calibration-share", type=_level, default=0.5)
    options = parser.parse_args(arguments)
    if options.encoder is None:
        # A learner gains next to nothing from the slow encoder: see docs/SCREENING.md.
        options.encoder = "static" if options.task == "screening" else "minilm"
    if options.task not in TASKS:
        raise SettingsError(f"task {options.task!r}: expected one of {', '.join(TASKS)}")
    if options.settings is not None and options.engine != "llm":
        raise SettingsError(f"--settings {options.settings}: is read with --engine llm only")
    return options


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


def _level(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"expected a number between 0 and 1, not {text!r}")
    return value


def _at_least(least: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        if not text.lstrip("-").isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"expected a whole number of at least {least}, not {text!r}"
            )
        return int(text)

    return whole_number


class _Bars:
    """A bar a step on standard error, when a person is looking."""

    def __enter__(self) -> _Bars:
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        self._bars = Progress(console=console, transient=True, disable=not console.is_terminal)
        self._tasks: dict[str, Any] = {}
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def advance(self, step: str, done: int, total: int) -> None:
        """Move the bar of a step."""
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(step, total=total)
        self._bars.update(self._tasks[step], completed=done)


if __name__ == "__main__":
    sys.exit(main())
