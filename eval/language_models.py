"""The language model of a benchmark run, and where its answers are recorded."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from eval.asked_once import AskedOnce
from eval.cost import count_calls
from evidence.errors import SettingsError

if TYPE_CHECKING:
    from evidence.config import ModelEngine


def model_engine(options: argparse.Namespace) -> ModelEngine | None:
    """The language model that --settings names; None for a run that is offline alone.

    Raises:
        SettingsError: --engine llm has no settings that name one.
    """
    from evidence.config import OfflineEngine
    from evidence.settings_toml import load_settings

    if options.engine != "llm":
        return None
    expected = "expected settings with an engine of kind openai, transformers or replay"
    if options.settings is None:
        raise SettingsError(f"--engine llm needs --settings FILE; {expected}")
    engine = load_settings(options.settings).engine
    if isinstance(engine, OfflineEngine):
        raise SettingsError(f"--settings {options.settings}: the engine is offline; {expected}")
    return engine


def language_model(engine: ModelEngine, calls: Path) -> AskedOnce:
    """The model; what a server answers is recorded, asked once, and counted as the run's cost.

    A folder that takes no file is told now.

    Raises:
        SettingsError: The folder takes no file.
    """
    from evidence.config import ReplayEngine
    from evidence.llm.models import build_language_model, new_ledger

    if not isinstance(engine, ReplayEngine):
        try:
            calls.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"{calls}: cannot write there ({error.strerror})") from error
    ledger = new_ledger(engine)
    count_calls(ledger)
    return AskedOnce(build_language_model(engine, calls, ledger))
