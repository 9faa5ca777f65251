"""The engine of each judgement stage, chosen by the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evidence.config import Engine, OfflineEngine, OpenAIEngine, ReplayEngine
from evidence.stages.appraise import Appraiser, OfflineAppraiser
from evidence.stages.extract import Extractor, OfflineExtractor
from evidence.stages.recommend import OfflineRecommender, Recommender
from evidence.stages.screen import OfflineScreener, Screener


@dataclass(frozen=True)
class Engines:
    """Who screens, extracts, appraises and recommends in one run."""

    name: str
    screener: Screener
    extractor: Extractor
    appraiser: Appraiser
    recommender: Recommender


def build_engines(engine: Engine, calls_folder: Path) -> Engines:
    """The stages for an engine; its calls to a language model are recorded in `calls_folder`.

    Extraction and appraisal have one implementation so far, the offline one.

    Raises:
        SettingsError: The engine needs a package or a key that is not there.
    """
    match engine:
        case OfflineEngine():
            return Engines(
                name="offline",
                screener=OfflineScreener(),
                extractor=OfflineExtractor(),
                appraiser=OfflineAppraiser(),
                recommender=OfflineRecommender(),
            )
        case OpenAIEngine() | ReplayEngine():
            from evidence.llm.models import build_language_model
            from evidence.stages.recommend_model import ModelRecommender
            from evidence.stages.screen_model import ModelScreener

            model = build_language_model(engine, calls_folder)
            return Engines(
                name=engine.model,
                screener=ModelScreener(model),
                extractor=OfflineExtractor(),
                appraiser=OfflineAppraiser(),
                recommender=ModelRecommender(model),
            )
