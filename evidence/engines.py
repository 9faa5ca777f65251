"""The engine of each judgement stage, chosen by the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.config import (
    Engine,
    OfflineEngine,
    OpenAIEngine,
    ReplayEngine,
    ScreeningSettings,
    TransformersEngine,
)
from evidence.judgements import MACHINE, Provenance
from evidence.prompting_settings import PromptingSettings
from evidence.stages.appraise import Appraiser, OfflineAppraiser
from evidence.stages.extract import Extractor, OfflineExtractor
from evidence.stages.recommend import OfflineRecommender, Recommender
from evidence.stages.screen import OfflineScreener, Screener

if TYPE_CHECKING:
    from evidence.llm.ledger import Ledger
    from evidence.llm.protocol import LanguageModel
    from evidence.stages.screen_contexts import PassageContexts


@dataclass(frozen=True)
class Engines:
    """Who screens, extracts, appraises and recommends in one run."""

    recommender_provenance: Provenance
    screener: Screener
    extractor: Extractor
    appraiser: Appraiser
    recommender: Recommender
    ledger: Ledger | None = None
    """Counts the calls to a language model; None where none is asked."""
    examiner: LanguageModel | None = None
    """Examines the recommendation where the settings ask for it; nothing offline stands in."""


def build_engines(
    engine: Engine,
    calls_folder: Path,
    screening: ScreeningSettings = ScreeningSettings(),  # noqa: B008 - frozen
    prompting: PromptingSettings = PromptingSettings(),  # noqa: B008 - frozen
    earlier: Path | None = None,
) -> Engines:
    """The stages for an engine.

    A language model extracts beside the offline rules; where both give a number and differ, both
    are flagged.

    Args:
        engine: Who judges.
        calls_folder: Where calls to a language model are recorded; it lies in the project.
        screening: How much of a long report a language model is shown.
        prompting: Which examples it is shown, and how often it is asked.
        earlier: A recording to go on from: what it holds is not asked again.

    Raises:
        SettingsError: The engine needs a package or a key that is not there.
    """
    match engine:
        case OfflineEngine():
            return Engines(
                recommender_provenance=Provenance(actor=MACHINE, engine="offline"),
                screener=OfflineScreener(),
                extractor=OfflineExtractor(),
                appraiser=OfflineAppraiser(),
                recommender=OfflineRecommender(),
            )
        case OpenAIEngine() | TransformersEngine() | ReplayEngine():
            import prompts
            from evidence.extraction.by_model.contexts import ExtractionContexts
            from evidence.llm.models import build_models_of_runs, new_ledger
            from evidence.llm.prompting import prompting_of
            from evidence.llm.protocol import ENGINE as LANGUAGE_MODEL
            from evidence.stages.appraise_model import ModelAppraiser
            from evidence.stages.extract_model import ModelExtractor
            from evidence.stages.recommend_model import ModelRecommender
            from evidence.stages.screen_model import ModelScreener

            ledger = new_ledger(engine)
            model, *further = build_models_of_runs(
                engine, calls_folder, ledger, prompting.runs, earlier
            )
            added = prompting_of(prompting, tuple(further))
            return Engines(
                recommender_provenance=Provenance(
                    actor=MACHINE,
                    engine=LANGUAGE_MODEL,
                    model=engine.model,
                    prompt_digest=prompts.digest("recommend"),
                ),
                screener=ModelScreener(model, passage_contexts(calls_folder, screening), added),
                extractor=ModelExtractor(
                    model,
                    ExtractionContexts(certificate=calls_folder.parent / "contexts_results.json"),
                    beside=OfflineExtractor(),
                    prompting=added,
                ),
                appraiser=ModelAppraiser(model, prompting=added),
                recommender=ModelRecommender(model),
                ledger=ledger,
                examiner=model,
            )


def passage_contexts(calls_folder: Path, screening: ScreeningSettings) -> PassageContexts:
    """What a language model is shown of a long report in the project that holds `calls_folder`."""
    from evidence.stages.screen_contexts import PassageContexts

    return PassageContexts(
        certificate=calls_folder.parent / "contexts.json", k=screening.passages_a_criterion
    )
