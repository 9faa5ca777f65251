"""From the settings of an engine to the language model behind it."""

from __future__ import annotations

import os
from pathlib import Path

from evidence.config import OpenAIEngine, ReplayEngine
from evidence.errors import SettingsError
from evidence.llm.protocol import LanguageModel
from evidence.llm.recorded import RecordingModel, ReplayModel


def build_language_model(engine: OpenAIEngine | ReplayEngine, calls_folder: Path) -> LanguageModel:
    """The language model of an engine; the only place that reads its key.

    Args:
        engine: A server, or the recorded calls of an earlier run.
        calls_folder: Where the calls to a server are recorded; a replay reads `engine.calls`.

    Raises:
        SettingsError: llama-index is missing, the key cannot stand in a header, or the recorded
            calls are not those of this engine.
    """
    match engine:
        case OpenAIEngine():
            from evidence.llm.server import ServerModel

            key = _key(engine.api_key_variable)
            return RecordingModel(ServerModel(engine, key), calls_folder)
        case ReplayEngine():
            return ReplayModel(engine.calls, engine.model)


def _key(variable: str) -> str | None:
    """The key in an environment variable; None when it is not set, as for a local server."""
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise SettingsError(f"{variable}: expected a key of printable ASCII characters")
    return key or None
