from __future__ import annotations

from pathlib import Path

import pytest

from evidence.config import Engine, OfflineEngine, SearchSettings, Settings
from evidence.demo import build_demo_store, demo_question
from evidence.engines import build_engines
from evidence.llm.cost import TokenPrices
from evidence.project import Project
from evidence.question import load_question
from evidence.review import new_project, run
from evidence.screening.calls_ahead import calls_ahead
from tests.evidence.llm.openai_server import completion, serving

N_RECORDS = 3
PRICES = TokenPrices(per_million_prompt_tokens=1.0, per_million_completion_tokens=4.0)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("calls_ahead") / "store"
    build_demo_store(path)
    return path


def searched(path: Path, engine: Engine, store: Path) -> Project:
    settings = Settings(engine=engine, search=SearchSettings(limit=N_RECORDS))
    project = new_project(path, load_question(demo_question()), settings, store)
    run(project, build_engines(engine, path / "calls"), until="deduplicate")
    return project


def test_the_calls_for_titles_are_told_before_and_are_none_after(
    tmp_path: Path, store: Path
) -> None:
    with serving(completion({"criteria": []})) as fake:
        project = searched(tmp_path / "project", fake.engine(n_at_once=1), store)
        before = calls_ahead(project, PRICES)
        assert not fake.requests
        engines = build_engines(fake.engine(n_at_once=1), project.path / "calls")
        run(project, engines, until="screen")
        after = calls_ahead(project)
        first = sum(len(text.encode()) for text in fake.prompts[:N_RECORDS])
    assert before is not None
    assert (before.n_calls, before.n_cached) == (N_RECORDS, 0)
    assert first / 4 <= before.prompt_tokens < first / 4 + N_RECORDS
    assert before.price_most is not None
    assert before.price_most > 0
    assert after is not None
    assert after.n_calls == 0


def test_an_engine_without_calls_has_no_estimate(tmp_path: Path, store: Path) -> None:
    assert calls_ahead(searched(tmp_path / "project", OfflineEngine(), store)) is None
