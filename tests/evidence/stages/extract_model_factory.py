"""What a model answers about a made-up trial report, and what is kept of it."""

from __future__ import annotations

import json

from evidence.entries import Entry
from evidence.errors import EngineError
from evidence.extraction.by_model.contexts import ExtractionContexts
from evidence.grounding import entry_problems
from evidence.judgements import ExtractedOutcome
from evidence.llm.protocol import CallSettings
from evidence.reading.excerpts import PassageRanker
from evidence.stages.extract import Extraction, Extractor
from evidence.stages.extract_model import ModelExtractor
from indexers.encoders import named_encoder
from indexers.records import Document
from tests.evidence.extraction.by_model.trial_report import (
    QUESTION,
    REPORT,
    number,
    numbers,
    result,
)
from tests.evidence.llm.scripted import Scripted

ROOMY = CallSettings(model="m", context_window_tokens=8192, max_tokens=2048, seed=1)
CONTEXTS = ExtractionContexts(ranker=PassageRanker(named_encoder("static")))
NO_STUDY = json.dumps({"characteristics": [], "arms": []})
NOTHING = numbers()
NAUSEA = numbers(
    result(
        [number("events", "12", "T1 R2 C2"), number("percent", "24", "T1 R2 C2")],
        [number("events", "20", "T1 R2 C3"), number("total", "50", "T1 R1 C3")],
    )
)


def extracted(
    *answers: str | EngineError, document: Document = REPORT, beside: Extractor | None = None
) -> Extraction:
    model = Scripted(*answers, settings=ROOMY)
    found = ModelExtractor(model, CONTEXTS, beside).extract(QUESTION, document)
    assert len(model.prompts) == len(answers)
    entries: list[Entry] = [found.characteristics, *found.outcomes]
    for entry in entries:
        assert entry_problems(entry, lambda _: document) == []
    return found


def one(extraction: Extraction) -> ExtractedOutcome:
    (outcome,) = extraction.outcomes
    return outcome


def told(extraction: Extraction) -> str:
    return extraction.characteristics.provenance.reason
