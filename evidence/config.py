"""Settings of a review: few leaf values, read from TOML, frozen into the project's manifest."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from evidence.errors import SettingsError
from evidence.findings import Measure, PoolingModel
from indexers.records import Frozen


class OfflineEngine(Frozen):
    """The embedded engine: explicit rules and the shipped encoder, no language model."""

    kind: Literal["offline"] = "offline"


class OpenAIEngine(Frozen):
    """Any server that speaks the OpenAI protocol.

    `api_key_variable` names the environment variable that holds the key; the key itself is never
    stored.
    """

    kind: Literal["openai"] = "openai"
    base_url: str
    model: str
    api_key_variable: str = "EVIDENCE_API_KEY"
    timeout_seconds: float = Field(default=120.0, gt=0)
    context_window_tokens: int = Field(default=8192, gt=0)
    max_tokens: int = Field(default=1024, gt=0)
    seed: int = 0


class ReplayEngine(Frozen):
    """Recorded calls of an earlier run; a call that was not recorded is an error."""

    kind: Literal["replay"] = "replay"
    calls: Path
    model: str


Engine = Annotated[OfflineEngine | OpenAIEngine | ReplayEngine, Field(discriminator="kind")]


class SearchSettings(Frozen):
    """How many records each retriever gives, and how many stay after fusion.

    A question with a search strategy has no use for them: all that the strategy finds is screened.
    """

    limit: int = Field(default=120, gt=0)
    candidates: int = Field(default=300, gt=0)
    rank_constant: int = Field(default=60, gt=0)


class SynthesisSettings(Frozen):
    """The effect measure for dichotomous outcomes and the model of pooling."""

    dichotomous_measure: Measure = "RR"
    continuous_measure: Measure = "MD"
    model: PoolingModel = "reml"
    hartung_knapp: bool = False


class ScreeningSettings(Frozen):
    """Who decides on a record, and when enough records were screened.

    Attributes:
        decided_by: With `machine` the engine's verdict counts until a person overrules it. With
            `people` only a person's does; the engine proposes and helps to order the records.
        reviewers: How many people judge each record on their own; two need `people`.
        adjudicators: Who may settle what two reviewers judged differently; empty lets anyone.
        blind: A reviewer does not see the other's verdict before giving one.
        hide_machine: People do not see what the engine thinks of a record.
        calibration_records: How many records both reviewers screen first, to compare notes.
        target_recall: The share of relevant records to be found.
        confidence: How sure that has to be.
    """

    decided_by: Literal["machine", "people"] = "machine"
    reviewers: Literal[1, 2] = 1
    adjudicators: tuple[str, ...] = ()
    blind: bool = True
    hide_machine: bool = False
    calibration_records: int = Field(default=0, ge=0)
    target_recall: float = Field(default=0.95, gt=0, lt=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)

    @model_validator(mode="after")
    def _two_people(self) -> ScreeningSettings:
        if self.reviewers == 2 and self.decided_by == "machine":
            raise ValueError('two reviewers need decided_by = "people"')
        return self


class Settings(Frozen):
    """Everything a review can be told; the defaults need no key, no network and no GPU."""

    engine: Engine = OfflineEngine()
    search: SearchSettings = SearchSettings()
    screening: ScreeningSettings = ScreeningSettings()
    synthesis: SynthesisSettings = SynthesisSettings()


def load_settings(path: Path) -> Settings:
    """Read settings from TOML.

    Raises:
        SettingsError: The file cannot be read, or a setting is unknown or wrong.
    """
    try:
        return Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: expected a readable TOML file ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(f"{path}: {where}: {first['msg']}") from error


def data_folder() -> Path:
    """The folder of shipped data.

    Raises:
        SettingsError: The program was installed without it.
    """
    folder = Path(__file__).resolve().parent.parent / "data"
    if not folder.is_dir():
        raise SettingsError(f"{folder}: expected the shipped data; run from a source checkout")
    return folder
