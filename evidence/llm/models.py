"""From the settings of an engine to the language model behind it."""

from __future__ import annotations

from pathlib import Path

from evidence.config import (
    ModelEngine,
    OfflineEngine,
    OpenAIEngine,
    ReplayEngine,
    TransformersEngine,
)
from evidence.llm.call_archive import ENGINE_FILE
from evidence.llm.cost import TokenPrices
from evidence.llm.keys import find_key
from evidence.llm.ledger import Budget, Ledger
from evidence.llm.protocol import LanguageModel
from evidence.llm.recorded import RecordingModel, ReplayModel
from evidence.llm.recorded_calls import RecordedCalls


def engine_words(engine: OfflineEngine | ModelEngine) -> str:
    """Who judges, for a report: a language model by its name, and whether it was asked now."""
    match engine:
        case OfflineEngine():
            return engine.kind
        case ReplayEngine():
            return f"language model {engine.model} (replayed from recorded calls)"
        case OpenAIEngine() | TransformersEngine():
            return f"language model {engine.model}"


def build_language_model(
    engine: ModelEngine, calls_folder: Path, ledger: Ledger | None = None
) -> LanguageModel:
    """The language model of an engine; `build_models_of_runs` with one run."""
    return build_models_of_runs(engine, calls_folder, ledger, 1)[0]


def build_models_of_runs(
    engine: ModelEngine,
    calls_folder: Path,
    ledger: Ledger | None,
    runs: int,
    earlier: Path | None = None,
) -> tuple[LanguageModel, ...]:
    """An engine's language model, once for each run; the only place that reads its key.

    Run 0 is asked with the engine's seed and has `calls_folder` to itself. Each further run has the
    next seed and a folder of its own, so that its settings decide its records as everywhere.

    Args:
        engine: A server, a model on this machine, or the recorded calls of an earlier run.
        calls_folder: Where the calls to a model are recorded; a replay reads `engine.calls`.
        ledger: Counts the calls of all runs (`new_ledger`), for who tells them; None makes one,
            so that a budget holds all the same.
        runs: How many; at least 1.
        earlier: A recording to go on from: what it holds is not asked again.

    Raises:
        SettingsError: A package or the model is missing, the key cannot stand in a header, or the
            recorded calls are not those of this engine, or not of so many runs.
    """
    ledger = ledger or new_ledger(engine)
    models: list[LanguageModel] = []
    match engine:
        case OpenAIEngine():
            from evidence.llm.server import ServerModel

            key = find_key(engine.api_key_variable).value
            for run in range(runs):
                asked = engine.model_copy(update={"seed": engine.seed + run})
                models.append(ServerModel(asked, key, ledger=ledger))
        case TransformersEngine():
            from evidence.llm.local import TransformersModel

            first = TransformersModel(engine, ledger)
            models = [first, *(first.of_run(run) for run in range(1, runs))]
        case ReplayEngine():
            folders = [folder_of_run(engine.calls, run) for run in range(runs)]
            return tuple(ReplayModel(folder, engine.model, ledger) for folder in folders)
    return tuple(
        RecordingModel(model, folder_of_run(calls_folder, run), ledger, _earlier(earlier, run))
        for run, model in enumerate(models)
    )


def _earlier(folder: Path | None, run: int) -> RecordedCalls | None:
    """The calls of a run in an earlier recording, where it holds some."""
    if folder is None:
        return None
    own = folder_of_run(folder, run)
    return RecordedCalls(own) if (own / ENGINE_FILE).exists() else None


def folder_of_run(calls_folder: Path, run: int) -> Path:
    """Where the calls of a run are recorded; the first run, 0, has the folder itself."""
    return calls_folder / f"run-{run + 1}" if run else calls_folder


def new_ledger(engine: ModelEngine) -> Ledger:
    """An empty ledger with the budget and the prices of an engine."""
    match engine:
        case OpenAIEngine():
            budget = Budget(max_total_tokens=engine.max_total_tokens, max_cost=engine.max_cost)
            return Ledger(budget, token_prices(engine))
        case TransformersEngine():
            return Ledger(Budget(max_total_tokens=engine.max_total_tokens))
        case ReplayEngine():
            return Ledger()


def token_prices(engine: OpenAIEngine | TransformersEngine) -> TokenPrices | None:
    """The prices that are set for an engine; None when they are not."""
    if isinstance(engine, TransformersEngine):
        return None
    prompts = engine.price_per_million_prompt_tokens
    replies = engine.price_per_million_completion_tokens
    if prompts is None or replies is None:
        return None
    return TokenPrices(
        per_million_prompt_tokens=prompts,
        per_million_completion_tokens=replies,
        currency=engine.price_currency,
    )
