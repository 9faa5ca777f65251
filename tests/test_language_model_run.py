"""A whole run with a language model behind a server, then the same run replayed without it."""

import json
from pathlib import Path

import pytest

from evidence.config import ReplayEngine, SearchSettings, Settings
from evidence.demo import build_demo_store, demo_question
from evidence.engines import build_engines
from evidence.judgements import RecommendationEdit, ScreeningDecision
from evidence.project import Project
from evidence.question import load_question
from evidence.review import new_project, run
from evidence.verification import verify
from tests.evidence.llm.openai_server import KEY, KEY_VARIABLE, completion, serving

QUESTION = load_question(demo_question())
SEARCH = SearchSettings(limit=3)


def answer(verdict: str, quote: str) -> dict[str, object]:
    return {
        "criteria": [
            {"criterion_id": c.criterion_id, "verdict": verdict, "quote": quote}
            for c in QUESTION.criteria
        ]
    }


def decisions(project: Project) -> list[ScreeningDecision]:
    bare = {"provenance": {"at"}}
    return [
        ScreeningDecision.model_validate(d.model_dump(exclude=bare))
        for d in project.entries(ScreeningDecision)
    ]


def answered_calls(project: Project) -> list[Path]:
    calls = (p for p in (project.path / "calls").glob("*.json") if p.name != "engine.json")
    return [path for path in calls if json.loads(path.read_text())["reply"] is not None]


def finish(project: Project) -> None:
    run(project, build_engines(project.manifest.settings.engine, project.path / "calls"))


def test_a_run_through_a_server_can_be_replayed_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    store = tmp_path / "store"
    build_demo_store(store)
    turns = [
        completion(answer("met", "randomized")),  # in the document or not: it is looked up
        completion(answer("not_met", "words that no article holds")),
        completion("no JSON at all"),
    ]
    with serving(*turns) as server:
        settings = Settings(engine=server.engine(n_at_once=1), search=SEARCH)
        live = new_project(tmp_path / "live", QUESTION, settings, store)
        finish(live)
        asked, head = set(server.prompts), live.head()
        answered = {json.loads(p.read_text())["prompt"] for p in answered_calls(live)}
        assert answered
        n_requests = len(server.requests)
        finish(live)  # what was answered is not asked twice, and the log repeats nothing
        again = server.prompts[n_requests:]
        assert set(again) <= asked
        assert not [text for text in again if any(text.startswith(p) for p in answered)]
        assert live.head() == head
    found = decisions(live)
    assert len(found) >= 3
    assert {d.provenance.engine for d in found} == {"language_model"}
    assert all(d.verdict == "unclear" for d in found[1:])
    edit = live.entries(RecommendationEdit)[-1]
    assert edit.recommendation.abstained
    assert edit.provenance.model == "fake-model"
    assert edit.provenance.prompt_digest == live.manifest.prompt_digests["recommend"]
    assert list(verify(live)) == []
    for file in [p for p in live.path.rglob("*") if p.is_file()]:
        assert KEY.encode() not in file.read_bytes(), file

    whole = (damaged := answered_calls(live)[0]).read_bytes()
    damaged.write_bytes(whole.replace(b'"reply_tokens": 7', b'"reply_tokens": 8'))
    (problem,) = verify(live)
    assert str(damaged) in problem
    assert "does not match its digest" in problem
    damaged.write_bytes(whole)

    monkeypatch.delenv(KEY_VARIABLE)
    replay = ReplayEngine(calls=live.path / "calls", model="fake-model")
    again = new_project(tmp_path / "again", QUESTION, Settings(engine=replay, search=SEARCH), store)
    finish(again)
    assert decisions(again) == found
    assert json.loads(again.entries(RecommendationEdit)[-1].recommendation.model_dump_json()) == (
        json.loads(edit.recommendation.model_dump_json())
    )
