"""A language model in screening, PICO and characteristics: by a server, replayed, and failing."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.trialreview import main
from evidence.config import data_folder
from tests.evidence.llm.openai_server import KEY, KEY_VARIABLE, Turn, completion, serving
from tests.indexers.fake_encoder import FakeEncoder

QUESTION = "In adults with malaria, does artesunate reduce mortality compared with quinine?"
CRITERIA = ("population", "intervention", "comparator", "design")
FAILS = Turn({"error": {"message": "out of memory"}}, 500)
ABSTRACT = """-DOCSTART- (1)
Women B-P
took O
zinc B-I
; O
pain B-O
fell O
"""


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)


def run(task: str, data: Path, out: Path, settings: str, *more: str) -> int:
    told = out.with_name(f"{out.name}.toml")
    told.write_text(f"[engine]\n{settings}", encoding="utf-8")
    arguments = [task, "--data", str(data), "--out", str(out), "--engine", "llm"]
    return main([*arguments, "--settings", str(told), *more], FakeEncoder())


def live(
    task: str, data: Path, out: Path, answer: Callable[[str], Turn], *more: str
) -> tuple[int, int]:
    """The exit code, and how many requests the server had."""
    with serving(by_request=lambda request: answer(request["messages"][0]["content"])) as fake:
        engine = fake.engine()
        settings = (
            f'kind = "openai"\nbase_url = "{engine.base_url}"\nmodel = "{engine.model}"\n'
            f'api_key_variable = "{KEY_VARIABLE}"\ntimeout_seconds = 5\nmax_tries = 1\n'
            "price_per_million_prompt_tokens = 1.0\nprice_per_million_completion_tokens = 2.0\n"
        )
        return run(task, data, out, settings, *more), len(fake.requests)


def replayed(task: str, data: Path, made: Path, out: Path, *more: str) -> int:
    settings = f'kind = "replay"\ncalls = "{made / "calls"}"\nmodel = "fake-model"\n'
    return run(task, data, out, settings, *more)


def read(out: Path, name: str) -> Any:
    return json.loads((out / name).read_text(encoding="utf-8"))


def same_scores(first: Path, second: Path) -> bool:
    return (first / "scores.json").read_bytes() == (second / "scores.json").read_bytes()


@pytest.fixture
def review(tmp_path: Path) -> Path:
    """Twelve records; those on artesunate come last in the file, one of them is included."""
    folder = tmp_path / "review"
    folder.mkdir()
    with (folder / "malaria.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("record_id", "title", "abstract", "label_included"))
        rows.writerows(
            (f"r{n}", f"Asphalt {n}", "It was weathered for years.", 0) for n in range(9)
        )
        rows.writerow(("x1", "Artesunate or quinine", "Adults with malaria were randomised.", 1))
        rows.writerow(("x2", "Artesunate in gout", "Nobody was randomised.", 0))
        rows.writerow(("x3", "Artesunate in tea", "Nobody was randomised.", 0))
    (folder / "questions.json").write_text(json.dumps({"malaria": QUESTION}))
    return folder


def judged(prompt: str) -> Turn:
    """Met for the trial, not met for others, by words that stand in the record."""
    document = prompt.rpartition("title and abstract")[2]
    quote, verdict = ("Asphalt", "not_met")
    if "Adults with malaria" in document:
        quote, verdict = "Adults with malaria were randomised", "met"
    elif "Artesunate" in document:
        return FAILS
    return completion(
        {"criteria": [{"criterion_id": c, "quote": quote, "verdict": verdict} for c in CRITERIA]}
    )


def test_records_are_screened_by_what_the_model_says_and_failures_come_last(
    tmp_path: Path, review: Path
) -> None:
    out, again = tmp_path / "live", tmp_path / "again"
    code, n_requests = live("screening", review, out, judged, "--no-peers")
    assert code == 0 and n_requests >= 12
    scores = read(out, "scores.json")
    found = scores["llm"]["screening"]["by_unit"]["malaria"]
    assert found["average_precision"] == 1.0
    assert scores["offline"]["screening"]["metrics"].keys() >= {"ece_equal_mass", "wss_95"}
    rows = [json.loads(line) for line in (out / "items.jsonl").open()]
    mine = [row for row in rows if row.get("engine") == "llm"]
    places = {r["record_id"]: r["place"] for r in mine if r["unit"] == "record"}
    assert places["x1"] == 1 and places["x2"] is places["x3"] is None
    claims = {r["record_id"]: r for r in mine if r["unit"] == "claim"}
    assert claims["x1"]["claimed"] == 1.0 and claims["r1"]["claimed"] < 0.5
    assert claims["x2"]["claimed"] is None and claims["x2"]["failure"]
    cost = read(out, "manifest.json")["cost"]["engines"]["llm"]
    assert cost["n_calls"] >= 10 and cost["prompt_tokens"] >= 110 and cost["money"] > 0
    offline = read(out, "manifest.json")["cost"]["engines"]["offline"]
    assert "n_calls" not in offline and "money" not in offline
    (of_review,) = [r["cost"] for r in mine if "cost" in r]
    assert of_review["n_calls"] == cost["n_calls"]
    asked = read(out, "manifest.json")["language_model"]
    assert (asked["n_calls"], asked["n_failed"]) == (12, 2)
    assert "127.0.0.1" not in (out / "manifest.json").read_text() and KEY not in str(rows)
    assert replayed("screening", review, out, again, "--no-peers") == 0
    assert same_scores(out, again)
    assert "n_calls" not in read(again, "manifest.json")["cost"]["engines"]["llm"]


def test_a_review_whose_file_is_broken_is_the_worst_for_the_model_too(
    tmp_path: Path, review: Path
) -> None:
    (review / "torn.csv").write_bytes(b"record_id,title,abstract,label_included\n\xff\xfe,")
    code, _ = live("screening", review, tmp_path / "out", judged, "--no-peers")
    assert code == 1
    scores = read(tmp_path / "out", "scores.json")
    ours, theirs = (scores[name]["screening"]["by_unit"] for name in ("offline", "llm"))
    assert len(theirs) == 2 and theirs["torn"] == ours["torn"]


def fields(*given: tuple[str, str, str]) -> Callable[[str], Turn]:
    answer = [dict(zip(("field", "quote", "value"), one, strict=True)) for one in given]
    return lambda _: completion({"characteristics": answer, "arms": []})


@pytest.fixture
def no_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    from eval.baselines.span_words import FixedReader

    monkeypatch.setattr("evidence.reading.span_heads.shipped_reader", lambda: FixedReader(()))


@pytest.mark.usefixtures("no_heads")
def test_spans_are_where_the_model_quotes_them(tmp_path: Path) -> None:
    data = tmp_path / "a.conll"
    data.write_text(ABSTRACT)
    given = fields(
        ("population", "Women took", "Women"),
        ("intervention", "took zinc", "zinc"),
        ("outcomes", "agony rose", "agony"),  # stands nowhere, and so counts for nothing
        ("country", "Women took", "Women"),
    )
    out, again = tmp_path / "live", tmp_path / "again"
    assert live("pico", data, out, given)[0] == 0
    metrics = read(out, "scores.json")["llm"]["pico"]["metrics"]
    assert metrics["span_f1_population"]["value"] == 1.0
    assert metrics["span_f1_intervention"]["value"] == 1.0
    assert metrics["span_f1_outcome"]["value"] == 0.0
    assert replayed("pico", data, out, again) == 0
    assert same_scores(out, again)


@pytest.mark.usefixtures("no_heads")
def test_a_model_that_answers_no_call_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "a.conll"
    data.write_text(ABSTRACT)
    assert live("pico", data, tmp_path / "out", lambda _: FAILS)[0] == 1
    assert "model fake-model answered no call" in capsys.readouterr().err
    metrics = read(tmp_path / "out", "scores.json")["llm"]["pico"]["metrics"]
    assert metrics["token_recall_macro"]["value"] == 0.0


def test_characteristics_are_those_that_the_model_quotes(tmp_path: Path) -> None:
    article = (
        "<article><front><article-meta><title-group><article-title>Tea</article-title>"
        "</title-group></article-meta></front><body><sec><title>Methods</title>"
        "<p>The trial was done in Norway.</p></sec></body></article>"
    )
    data = tmp_path / "data"
    data.mkdir()
    (data / "PMC1.xml").write_text(article)
    names = ("intervention_model", "blinding", "country", "number_randomised", "registration")
    row = {name: [] for name in (*names, "funding")} | {"pmcid": "PMC1", "country": ["Norway"]}
    (data / "labels.jsonl").write_text(json.dumps(row))
    given = fields(
        ("country", "done in Norway", "Norway"), ("registration", "NCT00000001", "NCT00000001")
    )
    out, again = tmp_path / "live", tmp_path / "again"
    assert live("extraction", data, out, given)[0] == 0
    found = read(out, "scores.json")["llm"]["extraction"]
    assert found["metrics"]["characteristic_recall_country"]["value"] == 1.0
    assert found["by_unit"]["PMC1"]["characteristics_given"] == 1.0  # no number without its quote
    assert replayed("extraction", data, out, again) == 0
    assert same_scores(out, again)


@pytest.mark.usefixtures("no_heads")
def test_all_asks_the_model_where_it_has_a_part_and_replays_from_one_folder(
    tmp_path: Path,
) -> None:
    data, out, again = tmp_path / "data", tmp_path / "live", tmp_path / "again"
    (data / "pico").mkdir(parents=True)
    (data / "pico" / "a.conll").write_text(ABSTRACT)
    shutil.copytree(data_folder() / "benchmark" / "synthesis", data / "synthesis")
    given = fields(("population", "Women took", "Women"))
    assert live("all", data, out, given)[0] == 0
    scores = read(out, "scores.json")
    assert "synthesis" in scores["offline"] and list(scores["llm"]) == ["pico"]
    engines = {name: part["engine"] for name, part in read(out, "manifest.json")["tasks"].items()}
    assert engines == {"pico": "llm", "synthesis": "offline"}
    assert replayed("all", data, out, again) == 0
    assert same_scores(out, again)


def test_a_task_without_a_part_for_a_model_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert live("certainty", tmp_path, tmp_path / "out", lambda _: FAILS) == (2, 0)
    assert "task certainty has no language model part" in capsys.readouterr().err
