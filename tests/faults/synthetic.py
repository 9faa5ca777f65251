"""An invented library and review to do harm to: no such trials exist, and nothing here is large."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from evidence.config import OfflineEngine, OpenAIEngine, SearchSettings, Settings
from evidence.project import Project
from evidence.question import dump_question
from evidence.review import new_project
from indexers.encoders import named_encoder
from indexers.records import Record
from indexers.store import Store
from tests.evidence.reports_factory import RECORDS, write_jats
from tests.evidence.trial_factory import QUESTION as DRAFTED

QUESTION = DRAFTED.model_copy(update={"criteria": DRAFTED.criteria[:2]})
"""Without the criterion that the offline rules leave to a person."""
N_TRIALS = 3
"""Trials with a full text, which the review includes."""
_WARDS = ("coastal", "alpine", "urban", "rural", "northern", "island", "river")
_DRUGS = ("velmide", "tarquin", "ostrapine", "belumab", "corvane")


def library(n_records: int) -> list[Record]:
    """Records that differ in words and ids."""
    return [
        Record(
            record_id=f"lib-{n}",
            source="Invented",
            title=f"{_DRUGS[n % 5].title()} in {_WARDS[n % 7]} wards, part {n}",
            abstract=f"We gave {_DRUGS[n % 5]} to {20 + n % 180} patients. "
            f"{n % 17} of them relapsed within {1 + n % 9} weeks of visit {n // 3}.",
            year=1990 + n % 35,
            authors=(f"Okoro{n % 50}, Ada",),
            doi=f"10.5555/lib.{n}",
        )
        for n in range(n_records)
    ]


def write_jsonl(path: Path, records: Iterable[Record]) -> Path:
    """A file of records, one a line."""
    path.write_text("".join(f"{r.model_dump_json()}\n" for r in records), encoding="utf-8")
    return path


def write_question(path: Path) -> Path:
    """The review's question as TOML."""
    path.write_text(dump_question(QUESTION), encoding="utf-8")
    return path


def write_articles(folder: Path, n_articles: int = N_TRIALS) -> dict[str, Path]:
    """JATS articles of the trials, by record id."""
    folder.mkdir(parents=True, exist_ok=True)
    return {r.record_id: write_jats(folder / f"{r.record_id}.xml", r) for r in RECORDS[:n_articles]}


def write_gold(path: Path, records: Iterable[Record]) -> Path:
    """Questions to calibrate on, each with one gold record."""
    lines = (
        json.dumps({"question_id": f"q-{r.record_id}", "text": r.title, "gold": [r.record_id]})
        for r in records
    )
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def trial_store(folder: Path, articles: Path) -> Path:
    """The store of the trials, with their full texts."""
    texts = write_articles(articles)
    Store.build(folder, RECORDS[:N_TRIALS], named_encoder("static"), full_text=texts)
    return folder


def review(path: Path, store: Path, engine: OfflineEngine | OpenAIEngine | None = None) -> Project:
    """A review of the trials that nobody has begun."""
    settings = Settings(engine=engine or OfflineEngine(), search=SearchSettings(limit=N_TRIALS))
    return new_project(path, QUESTION, settings, store)
