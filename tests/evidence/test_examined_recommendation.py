"""A language model examines the recommendation where the settings ask for it, and only then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evidence.config import FactualitySettings, SearchSettings, Settings
from evidence.demo import build_demo_store, demo_question
from evidence.engines import build_engines
from evidence.export import export
from evidence.judgements import Provenance, RecommendationEdit, RecommendationExamined
from evidence.project import Project
from evidence.question import load_question
from evidence.report import build_report
from evidence.review import new_project, run
from evidence.verification import verify
from tests.evidence.llm.openai_server import (
    KEY,
    KEY_VARIABLE,
    FakeServer,
    Turn,
    completion,
    serving,
)

_REPLIES: dict[str, dict[str, Any]] = {
    "QuestionsAnswer": {"questions": ["Was there evidence?"]},
    "AnswersAnswer": {"answers": [{"question_id": "Q1", "answer": "yes", "words": ""}]},
    "SupportAnswer": {"words": "0 studies", "verdict": "not_supported"},
}


def by_request(request: dict[str, Any]) -> Turn:
    name = request["response_format"]["json_schema"]["name"]
    return completion(_REPLIES.get(name, {"criteria": []}))


def finished(folder: Path, server: FakeServer, *, examine: bool) -> Project:
    build_demo_store(folder / "store")
    settings = Settings(
        engine=server.engine(n_at_once=1),
        search=SearchSettings(limit=2),
        factuality=FactualitySettings(examine=examine),
    )
    made = new_project(
        folder / "project", load_question(demo_question()), settings, folder / "store"
    )
    run(made, build_engines(settings.engine, made.path / "calls"))
    return made


def test_it_is_examined_once_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with serving(by_request=by_request) as server:
        project = finished(tmp_path, server, examine=True)
        n_requests = len(server.requests)
        run(project, build_engines(project.manifest.settings.engine, project.path / "calls"))
        assert len(server.requests) == n_requests
    (entry,) = project.entries(RecommendationExamined)
    edit = project.entries(RecommendationEdit)[-1]
    assert entry.recommendation_digest == edit.content_digest
    assert entry.provenance.model == "fake-model"
    report = build_report(project)
    assert report.examination == entry.examination
    assert report.examination.cross.coverage == 1.0
    written = export(project, "html", tmp_path / "report.html")
    page = written.read_text(encoding="utf-8")
    assert "Examined by the language model fake-model" in page
    assert "1 questions made from the evidence" in page
    assert list(verify(project)) == []
    edited = edit.model_copy(
        update={"inputs_digest": "0", "provenance": Provenance(actor="Ada", engine="person")}
    )
    project.append(edited)
    assert build_report(project).examination is None  # it was said of another version


def test_without_the_setting_nothing_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with serving(by_request=by_request) as server:
        project = finished(tmp_path, server, examine=False)
    assert project.entries(RecommendationExamined) == []
    assert build_report(project).examination is None
