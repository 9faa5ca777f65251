"""A language model's strategy on labelled reviews: by a server, replayed, and where it fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import prompts
from eval import datasets, rankings
from eval.encoding import KeepingEncoder
from eval.strategy_pools import load_pool
from eval.tasks.strategies import run_strategies
from eval.trialreview import main
from evidence.errors import EngineError
from indexers.records import Record
from tests.eval.test_strategies import QUESTION, reviews
from tests.evidence.llm.openai_server import (
    KEY,
    KEY_VARIABLE,
    FakeServer,
    Turn,
    completion,
    serving,
)
from tests.evidence.llm.scripted import Scripted
from tests.indexers.fake_encoder import FakeEncoder

WITHOUT_DENSE = "llm:strategy without dense"
PICO = {
    "question": QUESTION,
    "population": "adults with overactive bladder",
    "intervention": "oxybutynin",
    "comparator": "",
    "outcomes": ["leaks"],
}
FORMULATED = {"comparisons": [PICO], "criteria": []}
NO_TERMS: dict[str, list[dict[str, str]]] = {"core": [], "synonyms": [], "mesh": [], "drugs": []}
TERMS = {
    "population": NO_TERMS
    | {"synonyms": [{"text": "nursing homes", "source": "own"}, {"text": "x]", "source": "own"}]},
    "intervention": NO_TERMS,
    "comparator": NO_TERMS,
    "outcome": NO_TERMS,
}
FAILS = Turn({"error": {"message": "out of memory"}}, 500)
NAMED_NO_TERMS = completion(dict.fromkeys(TERMS, NO_TERMS))


@pytest.fixture(autouse=True)
def few_trials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    trials = [Record(record_id="d1", source="t", title="Something else")]
    for module in (datasets, rankings):
        monkeypatch.setattr(module, "shipped_trials", lambda: (tmp_path / "records.gz", trials))
    monkeypatch.setenv(KEY_VARIABLE, KEY)


def settings_file(path: Path, server: FakeServer) -> Path:
    engine = server.engine()
    path.write_text(
        f'[engine]\nkind = "openai"\nbase_url = "{engine.base_url}"\nmodel = "{engine.model}"\n'
        f'api_key_variable = "{KEY_VARIABLE}"\ntimeout_seconds = 5\nmax_tries = 2\n'
    )
    return path


def search(data: Path, out: Path, *more: object) -> int:
    """A run over labelled reviews with the language model of the settings."""
    arguments = ["search", "--data", data, "--out", out, "--engine", "llm", *more]
    return main([str(argument) for argument in arguments], FakeEncoder())


def assert_same_results(out: Path, other: Path) -> None:
    """The same scores to the byte, and the same items but for what they took."""
    assert (out / "scores.json").read_bytes() == (other / "scores.json").read_bytes()
    rows, others = (
        [json.loads(line) for line in (folder / "items.jsonl").open()] for folder in (out, other)
    )
    assert [row | {"cost": None} for row in rows] == [row | {"cost": None} for row in others]


def replay(data: Path, live: Path, out: Path) -> int:
    told = live.with_name("replay.toml")
    told.write_text(
        f'[engine]\nkind = "replay"\ncalls = "{live / "calls"}"\nmodel = "fake-model"\n'
    )
    return search(data, out, "--settings", told)


def read(out: Path, name: str) -> Any:
    return json.loads((out / name).read_text(encoding="utf-8"))


def items_of(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "items.jsonl").read_text().splitlines()]


def item_of(out: Path, engine: str) -> dict[str, Any]:
    return next(item for item in items_of(out) if item.get("engine") == engine)


def test_the_terms_of_a_model_find_more(tmp_path: Path) -> None:
    _, pool = load_pool(reviews(tmp_path), ())
    answers = [json.dumps(answer) for answer in (FORMULATED, TERMS, TERMS)]
    scripted = Scripted(*answers)
    result = run_strategies(pool, KeepingEncoder(FakeEncoder()), 0, lambda *_: None, scripted)
    assert list(result.scores)[-2:] == ["llm", WITHOUT_DENSE]
    alone = run_strategies(pool, KeepingEncoder(FakeEncoder()), 0, lambda *_: None)
    assert {n: s for n, s in result.scores.items() if not n.startswith("llm")} == alone.scores
    offline = result.scores["offline:strategy without dense"].by_unit["bladder"]
    found = result.scores[WITHOUT_DENSE].by_unit["bladder"]
    assert found["recall_boolean"] > offline["recall_boolean"]
    assert result.scores["llm"].by_unit["bladder"]["recall_at_100"] == 1.0
    assert all(prompt.count("\nDATA-") for prompt in scripted.prompts[1:])  # saw first records
    item = next(i for i in result.items if i["engine"] == "llm")
    assert "nursing homes" in item["strategy"].lower()
    assert item["failure"] is None
    assert "refused: 'x]' (holds ']'" in item["notices"][0]
    assert result.finding is None
    assert "Language model m: 3 calls, 0 of them failed; 0 of 2 items" in result.notes[1]


def test_a_run_over_a_server_can_be_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, live = reviews(tmp_path / "data"), tmp_path / "live"
    with serving(completion(FORMULATED), completion(TERMS)) as server:
        told = settings_file(tmp_path / "settings.toml", server)
        assert search(data, live, "--settings", told) == 0
        assert len(server.requests) == 3  # one formulation for both rows, terms for each
        port = server.port
    assert "llm             " in capsys.readouterr().out
    manifest = read(live, "manifest.json")
    assert (manifest["engine"], manifest["engine_kind"]) == ("llm", "openai")
    asked = manifest["measured"]["language_model"]
    assert asked["settings"]["model"] == "fake-model"
    assert asked["answered_by"] == ["fake-model-1"]
    assert asked["prompt_digests"] == {
        name: prompts.digest(name) for name in ("formulate", "search_terms")
    }
    assert (asked["n_calls"], asked["n_failed"]) == (3, 0)
    assert len(list((live / "calls").glob("*.json"))) == 4  # engine.json, three calls
    for file in [path for path in live.rglob("*") if path.is_file()]:
        assert KEY.encode() not in file.read_bytes(), file
        assert f":{port}".encode() not in file.read_bytes(), file

    monkeypatch.delenv(KEY_VARIABLE)
    again = tmp_path / "again"
    assert replay(data, live, again) == 0
    assert_same_results(again, live)
    assert not (again / "calls").exists()
    replayed = read(again, "manifest.json")
    assert replayed.pop("cost")["seconds"] > 0
    assert {"cost": manifest["cost"], **replayed} == manifest | {"engine_kind": "replay"}


def test_a_failed_call_is_the_offline_draft_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that recovers between two rows: the one formulation of the run stays failed."""
    data, live = reviews(tmp_path / "data"), tmp_path / "live"
    turns = (FAILS, FAILS, completion("no JSON"), completion("still none"), completion(TERMS))
    with serving(*turns) as server:
        told = settings_file(tmp_path / "settings.toml", server)
        assert search(data, live, "--settings", told) == 0
    scores = read(live, "scores.json")
    assert scores["llm"] == scores["offline"]
    both, words = item_of(live, "llm"), item_of(live, WITHOUT_DENSE)
    assert "did not formulate" in both["failure"] and "named no search terms" in both["failure"]
    assert "formulated offline" in words["failure"] and "search terms" not in words["failure"]
    assert "; ".join(both["notices"]) == both["failure"]
    assert both["recall_boolean"] > 0 and "nursing homes" in words["strategy"].lower()
    assert item_of(live, "offline")["failure"] is None
    asked = read(live, "manifest.json")["measured"]["language_model"]
    assert (asked["n_calls"], asked["n_failed"]) == (3, 2)
    assert "3 calls, 2 of them failed; 2 of 2 items of llm" in capsys.readouterr().out

    assert replay(data, live, tmp_path / "again") == 0
    assert_same_results(tmp_path / "again", live)


def test_a_model_that_answers_nothing_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = reviews(tmp_path / "data"), tmp_path / "out"
    with serving(Turn({"error": {"message": "no such key"}}, 401)) as server:
        told = settings_file(tmp_path / "settings.toml", server)
        assert search(data, out, "--settings", told) == 1
    assert "fake-model answered no call" in capsys.readouterr().err
    assert read(out, "scores.json")["llm"] == read(out, "scores.json")["offline"]


def test_a_review_without_a_strategy_has_the_worst_scores(tmp_path: Path) -> None:
    _, pool = load_pool(reviews(tmp_path, question="?"), ())
    scripted = Scripted(*[EngineError("no answer")] * 3)
    result = run_strategies(pool, KeepingEncoder(FakeEncoder()), 0, lambda *_: None, scripted)
    assert len(result.items) == 7
    for item in result.items:
        assert "no search strategy was drafted" in item["failure"]
        assert item["recall_boolean"] == item["recall_at_2000"] == 0.0
        assert item["number_needed_to_read"] == len(pool.records)
    assert "no answer" in result.items[-1]["failure"]


def test_reviews_alike_are_asked_of_once(tmp_path: Path) -> None:
    folder = reviews(tmp_path)
    (folder / "bladder-2.csv").write_bytes((folder / "bladder.csv").read_bytes())
    told = {"bladder": QUESTION, "bladder-2": QUESTION}
    (folder / "questions.json").write_text(json.dumps(told))
    _, pool = load_pool(folder, ())
    scripted = Scripted(*[json.dumps(answer) for answer in (FORMULATED, TERMS, TERMS)])
    result = run_strategies(pool, KeepingEncoder(FakeEncoder()), 0, lambda *_: None, scripted)
    by_unit = result.scores["llm"].by_unit
    assert by_unit["bladder"] == by_unit["bladder-2"]
    assert len(scripted.prompts) == 3


OFFLINE_TOML = '[engine]\nkind = "offline"\n'
REPLAY_TOML = '[engine]\nkind = "replay"\ncalls = "nowhere"\nmodel = "m"\n'


@pytest.mark.parametrize(
    ("arguments", "content", "named"),
    [
        (["search", "--engine", "llm"], None, "--engine llm needs --settings FILE"),
        (["search", "--engine", "llm"], OFFLINE_TOML, "the engine is offline; expected settings"),
        (["search", "--engine", "llm"], "", "the engine is offline; expected settings"),
        (["search", "--engine", "llm"], "[engine\n", "expected a readable TOML file"),
        (["search", "--engine", "llm"], REPLAY_TOML, "expected recorded calls"),
        (["search"], REPLAY_TOML, "is read with --engine llm only"),
        (["synthesis", "--engine", "llm"], REPLAY_TOML, "no language model part"),
        (["contexts", "--engine", "llm"], REPLAY_TOML, "no language model part"),
        (["contexts", "--engine", "llm"], None, "no language model part"),
    ],
)
def test_settings_that_name_no_model_are_one_line(
    tmp_path: Path,
    arguments: list[str],
    content: str | None,
    named: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told, out = tmp_path / "settings.toml", tmp_path / "out"
    data = reviews(tmp_path / "data")
    more = [] if content is None else ["--settings", f"{told}"]
    told.write_text(content or "")
    asked = [*arguments, "--data", f"{data}", "--out", f"{out}", *more]
    assert main(asked, FakeEncoder()) == 2
    captured = capsys.readouterr()
    assert named in captured.err
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert not out.exists()


def test_a_place_that_takes_no_calls_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = reviews(tmp_path / "data"), tmp_path / "out"
    out.write_text("a file")
    told = tmp_path / "settings.toml"
    told.write_text('[engine]\nkind = "openai"\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "m"\n')
    assert search(data, out, "--settings", told) == 2
    assert capsys.readouterr().err.startswith(f"error: {out / 'calls'}: cannot write there")


def test_calls_of_another_model_are_not_mixed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = reviews(tmp_path / "data"), tmp_path / "out"
    with serving(completion(FORMULATED), NAMED_NO_TERMS) as server:
        told = settings_file(tmp_path / "settings.toml", server)
        assert search(data, out, "--settings", told) == 0
        told.write_text(told.read_text().replace("fake-model", "other-model"))
        assert search(data, out, "--settings", told) == 2
    assert "other settings of the model" in capsys.readouterr().err
