"""From the settings of an engine to the language model behind it."""

from __future__ import annotations

from pathlib import Path

from evidence.config import ModelEngine, OpenAIEngine, ReplayEngine, TransformersEngine
from evidence.llm.cost import TokenPrices
from evidence.llm.keys import find_key
from evidence.llm.ledger import Budget, Ledger
from evidence.llm.protocol import LanguageModel
from evidence.llm.recorded import RecordingModel, ReplayModel


def build_language_model(
    engine: ModelEngine, calls_folder: Path, ledger: Ledger | None = None
) -> LanguageModel:
    """The language model of an engine; the only place that reads its key.

    Args:
        engine: A server, a model on this machine, or the recorded calls of an earlier run.
        calls_folder: Where the calls to a model are recorded; a replay reads `engine.calls`.
        ledger: Counts the calls of this run (`new_ledger`), for who tells them; None makes one,
            so that a budget holds all the same.

    Raises:
        SettingsError: A package or the model is missing, the key cannot stand in a header, or the
            recorded calls are not those of this engine.
    """
    ledger = ledger or new_ledger(engine)
    match engine:
        case OpenAIEngine():
            from evidence.llm.server import ServerModel

            key = find_key(engine.api_key_variable).value
            return RecordingModel(ServerModel(engine, key, ledger=ledger), calls_folder, ledger)
        case TransformersEngine():
            from evidence.llm.local import TransformersModel

            return RecordingModel(TransformersModel(engine, ledger), calls_folder, ledger)
        case ReplayEngine():
            return ReplayModel(engine.calls, engine.model, ledger)


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
