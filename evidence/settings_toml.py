"""Settings read from TOML."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from evidence.config import (
    GuidelineSettings,
    OpenAIEngine,
    ReplayEngine,
    Settings,
    TransformersEngine,
)
from evidence.errors import SettingsError


def load_settings(path: Path) -> Settings:
    """Read settings from TOML; relative paths in it are meant beside the file.

    Raises:
        SettingsError: The file cannot be read, or a setting is unknown or wrong.
    """
    try:
        settings = Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{path}: expected a readable TOML file ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "settings"
        told = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{path}: {where}: {told}") from error
    return _beside(path.resolve().parent, settings)


def _beside(folder: Path, settings: Settings) -> Settings:
    guidelines = tuple(folder / guideline for guideline in settings.guidelines.paths)
    engine = settings.engine
    match engine:
        case OpenAIEngine(ca_file=Path() as ca_file):
            engine = engine.model_copy(update={"ca_file": folder / ca_file})
        case TransformersEngine(folder=model_folder):
            engine = engine.model_copy(update={"folder": folder / model_folder})
        case ReplayEngine(calls=calls):
            engine = engine.model_copy(update={"calls": folder / calls})
    paths = GuidelineSettings(paths=guidelines)
    return settings.model_copy(update={"guidelines": paths, "engine": engine})
