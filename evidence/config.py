"""Settings of a review: few leaf values, frozen into the project's manifest."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from evidence.errors import SettingsError
from evidence.findings import Measure, PoolingModel
from evidence.prompting_settings import PromptingSettings
from indexers.records import Frozen

MOST_AT_ONCE = 64
"""More records at a time than a server of a language model takes."""
MOST_TRIES = 10
PASSAGES_A_CRITERION = 8
"""Where there is no certificate; some 30 passages fit into the default context window."""


class OfflineEngine(Frozen):
    """The embedded engine: explicit rules and the shipped encoder, no language model."""

    kind: Literal["offline"] = "offline"


class OpenAIEngine(Frozen):
    """Any server that speaks the OpenAI protocol.

    Attributes:
        api_key_variable: Names the environment variable that holds the key; the key itself is
            never stored.
        temperature: Above 0 a reply is drawn, by the seed; 0 takes the likeliest words.
        n_at_once: How many records are screened at the same time. Four keep a server busy that
            answers several requests, stay under the rate limits that providers start with, and
            only queue at one that answers a single request.
        price_per_million_prompt_tokens: What the provider asks, for the estimate before a run.
        price_per_million_completion_tokens: The same for what the model answers.
        price_currency: Of both prices.
        max_tries: How often a call is tried in all when the server is busy or an answer gets lost.
        retry_seconds: No try of a call begins later than this after its first.
        max_total_tokens: Ends a run before the call that may go over it.
        max_cost: The same in money, for which both prices are needed.
        use_proxy: Whether HTTPS_PROXY, HTTP_PROXY and NO_PROXY hold for the server.
        ca_file: Certificates (PEM) to trust besides the usual ones, for a server that signs its
            own. There is no setting that checks none.
    """

    kind: Literal["openai"] = "openai"
    base_url: str
    model: str
    api_key_variable: str = "EVIDENCE_API_KEY"
    timeout_seconds: float = Field(default=120.0, gt=0)
    context_window_tokens: int = Field(default=8192, gt=0)
    max_tokens: int = Field(default=1024, gt=0)
    seed: int = 0
    temperature: float = Field(default=0.0, ge=0, le=2, allow_inf_nan=False)
    n_at_once: int = Field(default=4, ge=1, le=MOST_AT_ONCE)
    price_per_million_prompt_tokens: float | None = None
    price_per_million_completion_tokens: float | None = None
    price_currency: str = "USD"
    max_tries: int = Field(default=4, ge=1, le=MOST_TRIES)
    retry_seconds: float = Field(default=180.0, ge=0, allow_inf_nan=False)
    max_total_tokens: int | None = Field(default=None, gt=0)
    max_cost: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    use_proxy: bool = False
    ca_file: Path | None = None

    @field_validator("base_url")
    @classmethod
    def _without_a_password(cls, address: str) -> str:
        if "@" in address.partition("://")[2].partition("/")[0]:
            raise ValueError(
                "expected an address without name and password, which would be stored; "
                "api_key_variable names where the key is"
            )
        return address

    @field_validator("price_per_million_prompt_tokens", "price_per_million_completion_tokens")
    @classmethod
    def _a_price(cls, price: float | None) -> float | None:
        if price is not None and not (math.isfinite(price) and price >= 0):
            raise ValueError(f"{price}: expected a price for a million tokens, 0 or more")
        return price

    @field_validator("price_currency")
    @classmethod
    def _a_currency(cls, name: str) -> str:
        if not re.fullmatch(r"\S{1,8}", name) or not name.isprintable():
            raise ValueError(f"{name!r}: expected a currency in up to 8 characters, such as EUR")
        return name

    @model_validator(mode="after")
    def _both_prices(self) -> OpenAIEngine:
        names = ("price_per_million_prompt_tokens", "price_per_million_completion_tokens")
        missing = [name for name in names if getattr(self, name) is None]
        if len(missing) == 1:
            raise ValueError(f"{missing[0]} is missing: expected both prices or none")
        if missing and self.max_cost is not None:
            raise ValueError(f"max_cost = {self.max_cost:g} needs {' and '.join(names)}")
        return self


class TransformersEngine(Frozen):
    """A transformers model in a local folder, run in this process; nothing is ever downloaded.

    Attributes:
        folder: Its configuration, tokenizer and weights, these as safetensors.
        device: Where it runs; `auto` takes a GPU when there is one.
        quantisation: How the weights are held; anything but `none` needs a GPU and bitsandbytes.
        timeout_seconds: The longest a call may take.
        temperature: Above 0 a reply is drawn, by the seed; 0 takes the likeliest words.
        max_total_tokens: Ends a run before the call that may go over it.
    """

    kind: Literal["transformers"] = "transformers"
    folder: Path
    device: Literal["auto", "cpu", "cuda"] = "auto"
    quantisation: Literal["none", "8bit", "4bit"] = "none"
    timeout_seconds: float = Field(default=600.0, gt=0)
    context_window_tokens: int = Field(default=8192, gt=0)
    max_tokens: int = Field(default=1024, gt=0)
    seed: int = 0
    temperature: float = Field(default=0.0, ge=0, le=2, allow_inf_nan=False)
    max_total_tokens: int | None = Field(default=None, gt=0)

    @property
    def model(self) -> str:
        """The folder's name, with the quantisation, which changes what the model answers."""
        name = self.folder.absolute().name
        return name if self.quantisation == "none" else f"{name} ({self.quantisation})"


class ReplayEngine(Frozen):
    """Recorded calls of an earlier run; a call that was not recorded is an error."""

    kind: Literal["replay"] = "replay"
    calls: Path
    model: str


ModelEngine = OpenAIEngine | TransformersEngine | ReplayEngine
"""The engines that ask a language model."""

Engine = Annotated[
    OfflineEngine | OpenAIEngine | TransformersEngine | ReplayEngine, Field(discriminator="kind")
]


class SearchSettings(Frozen):
    """How many records each retriever gives, and how many stay after fusion.

    A question with a search strategy has no use for them: all that the strategy finds is screened.

    Attributes:
        all_records: Every record of the store is screened, whatever a strategy would find.
    """

    limit: int = Field(default=120, gt=0)
    candidates: int = Field(default=300, gt=0)
    rank_constant: int = Field(default=60, gt=0)
    all_records: bool = False

    @model_serializer(mode="wrap")
    def _as_before_unless_all(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Settings that leave it out are written as before: a finished search is not run again."""
        fields: dict[str, Any] = handler(self)
        if not self.all_records:
            del fields["all_records"]
        return fields


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
            One reviewer has none.
        blind: A reviewer does not see the other's verdict before giving one.
        hide_machine: People do not see what the engine thinks of a record.
        calibration_records: How many records both reviewers screen first, to compare notes; with
            one reviewer there is nothing to compare.
        passages_a_criterion: How many passages of a long report a language model is shown for each
            criterion, where no certificate gives a number.
        target_recall: The share of relevant records to be found.
        confidence: How sure that has to be.
    """

    decided_by: Literal["machine", "people"] = "machine"
    reviewers: Literal[1, 2] = 1
    adjudicators: tuple[str, ...] = ()
    blind: bool = True
    hide_machine: bool = False
    calibration_records: int = Field(default=0, ge=0)
    passages_a_criterion: int = Field(default=PASSAGES_A_CRITERION, gt=0)
    target_recall: float = Field(default=0.95, gt=0, lt=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)

    @model_validator(mode="after")
    def _two_people(self) -> ScreeningSettings:
        if self.reviewers == 2 and self.decided_by == "machine":
            raise ValueError('two reviewers need decided_by = "people"')
        if self.reviewers == 1 and self.calibration_records:
            raise ValueError(
                f"calibration_records = {self.calibration_records} needs reviewers = 2: "
                "one reviewer has nobody to compare notes with"
            )
        if self.reviewers == 1 and self.adjudicators:
            raise ValueError(
                f"adjudicators ({', '.join(self.adjudicators)}) need reviewers = 2: "
                "one reviewer leaves no conflict to settle"
            )
        return self


class GuidelineSettings(Frozen):
    """Guidelines that a recommendation may quote on values, resources, equity and feasibility.

    Attributes:
        paths: PDF, HTML or Markdown files; relative ones stand beside the settings' file.
    """

    paths: tuple[Path, ...] = ()


class FactualitySettings(Frozen):
    """Whether a language model also examines the recommendation: four calls and one a sentence.

    It cross-examines draft and evidence and says of each sentence whether it follows. Advice only.
    """

    examine: bool = False


class Settings(Frozen):
    """Everything a review can be told; the defaults need no key, no network and no GPU."""

    engine: Engine = OfflineEngine()
    search: SearchSettings = SearchSettings()
    screening: ScreeningSettings = ScreeningSettings()
    synthesis: SynthesisSettings = SynthesisSettings()
    guidelines: GuidelineSettings = GuidelineSettings()
    prompting: PromptingSettings = PromptingSettings()
    factuality: FactualitySettings = FactualitySettings()

    @model_validator(mode="after")
    def _runs_that_differ(self) -> Settings:
        match self.engine:
            case OpenAIEngine() | TransformersEngine() if self.prompting.runs > 1:
                if not self.engine.temperature:
                    raise ValueError(
                        f"prompting.runs = {self.prompting.runs} needs engine.temperature above 0: "
                        "runs that are all alike agree for nothing"
                    )
            case _:
                pass
        return self


def data_folder() -> Path:
    """The folder of shipped data.

    Raises:
        SettingsError: The program was installed without it.
    """
    folder = Path(__file__).resolve().parent.parent / "data"
    if not folder.is_dir():
        raise SettingsError(f"{folder}: expected the shipped data; run from a source checkout")
    return folder
