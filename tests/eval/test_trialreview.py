from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from eval import datasets, rankings
from eval.datasets import load_benchmark
from eval.encoding import KeepingEncoder
from eval.trialreview import main
from indexers.errors import SourceError
from indexers.records import Record
from tests.indexers.fake_encoder import FakeEncoder

WORDS = ("malaria", "asthma", "sepsis", "stroke", "gout", "eczema", "anaemia", "migraine")


@pytest.fixture(autouse=True)
def few_trials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Ten distractors instead of the shipped trials; one is the twin of a gold record."""
    trials = [
        Record(record_id=f"PMC{i}", source="t", pmid=str(1000 + i), title=f"Trial {i} of gout")
        for i in range(10)
    ]
    for module in (datasets, rankings):
        monkeypatch.setattr(module, "shipped_trials", lambda: (tmp_path / "records.gz", trials))


def questions_file(path: Path, n: int = 40) -> Path:
    """PubMedQA questions; question i is about two words and a number of its own."""
    items = {
        str(1000 + i): {
            "QUESTION": f"Does drug{i} help in {WORDS[i % 8]}?",
            "CONTEXTS": [f"We gave drug{i} <b>to</b> people.", f"All had {WORDS[i % 8]}."],
        }
        for i in range(n)
    }
    path.write_text(json.dumps(items))
    return path


def run(*arguments: object, encoder: FakeEncoder | None = None) -> int:
    return main([str(argument) for argument in arguments], encoder or FakeEncoder())


def scores_of(out: Path) -> dict[str, dict[str, dict[str, dict[str, dict[str, object]]]]]:
    scores = json.loads((out / "scores.json").read_text())
    for tasks in scores.values():
        for found in tasks.values():
            assert set(found) == {"metrics", "by_unit"}
            for metric in found["metrics"].values():
                assert set(metric) == {"value", "n", "ci95"}
                low, high = metric["ci95"]
                assert low <= metric["value"] <= high
    return scores  # type: ignore[no-any-return]


def items_of(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / "items.jsonl").read_text().splitlines()]


def test_search_scores_every_retriever(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = questions_file(tmp_path / "qa.json"), tmp_path / "out"
    assert run("search", "--data", data, "--out", out) == 0
    scores = scores_of(out)
    assert list(scores) == [
        *("offline", "offline:dense", "offline:lexical", "offline:hybrid"),
        *("baseline:random", "baseline:all_words", "baseline:bm25"),
    ]
    assert scores["baseline:bm25"]["search"]["metrics"]["mrr"]["value"] == 1.0
    assert scores["baseline:random"]["search"]["metrics"]["mrr"]["value"] < 0.5  # type: ignore[operator]
    assert scores["offline"] == scores["offline:hybrid"]
    lexical = scores["offline:lexical"]["search"]
    assert list(lexical["metrics"]) == [
        *("recall_at_20", "recall_at_100", "recall_at_500", "ndcg_at_10", "mrr"),
    ]
    assert lexical["metrics"]["mrr"]["value"] == 1.0  # drugN is in one record only
    assert lexical["metrics"]["mrr"]["n"] == len(lexical["by_unit"]) == 40
    assert len(items_of(out)) == 6 * 40
    assert all(item["cost"]["seconds"] >= 0 for item in items_of(out))  # type: ignore[index]
    printed = capsys.readouterr().out
    assert re.search(r"offline:lexical +search +mrr +1\.0000", printed)
    assert "40 gold, 0 distractors" in printed  # all trials are twins of gold records


def test_search_scores_a_question_without_gold_text_as_the_worst(tmp_path: Path) -> None:
    lines = [
        {"question_id": "a", "text": "gout?", "gold": [{"record_id": "g", "abstract": "gout"}]},
        {"question_id": "b", "text": "gout?", "gold": ["nowhere"]},
    ]
    data = tmp_path / "own.jsonl"
    data.write_text("\n".join(map(json.dumps, lines)))
    assert run("search", "--data", data, "--out", tmp_path / "out") == 0
    found = scores_of(tmp_path / "out")["offline"]["search"]
    assert found["by_unit"]["b"] == dict.fromkeys(found["metrics"], 0.0)
    assert found["metrics"]["recall_at_100"]["value"] == 0.5
    failures = {item["question_id"]: item["failure"] for item in items_of(tmp_path / "out")}
    assert failures == {"a": None, "b": "no gold passage has a text"}


def test_contexts_reports_the_guarantee(tmp_path: Path) -> None:
    data, out = questions_file(tmp_path / "qa.json"), tmp_path / "out"
    assert run("contexts", "--data", data, "--out", out, "--alpha", "0.3") == 0
    metrics = scores_of(out)["offline:lexical"]["contexts"]["metrics"]
    assert metrics["violation_rate"]["value"] == 0.0
    assert metrics["violation_rate"]["n"] == 1000
    assert metrics["certified_share"]["value"] == 1.0
    assert metrics["mean_k"]["value"] == 1.0
    certificate = next(i["certificate"] for i in items_of(out) if "certificate" in i)
    assert certificate["alpha"] == 0.3
    assert certificate["encoder_digest"] == FakeEncoder().digest


def test_contexts_abstains_with_few_questions(tmp_path: Path) -> None:
    data, out = questions_file(tmp_path / "qa.json", 6), tmp_path / "out"
    assert run("contexts", "--data", data, "--out", out, "--resplits", "20") == 0
    metrics = scores_of(out)["offline"]["contexts"]["metrics"]
    assert metrics["certified_share"]["value"] == 0.0
    assert "mean_k" not in metrics  # there is no k to average


def test_screening_ranks_without_labels(tmp_path: Path) -> None:
    folder = tmp_path / "reviews"
    folder.mkdir()
    rows = ["record_id,title,abstract,label_included"]
    rows += [f'{i},"{WORDS[i % 8]} in adults","",{int(i % 8 == 0)}' for i in range(80)]
    rows.append("blank,,,0")
    (folder / "Malaria.csv").write_text("\n".join(rows))
    shutil.copy(folder / "Malaria.csv", folder / "Unasked.csv")
    (folder / "Nothing.csv").write_text("\n".join([rows[0], "1,T,A,0"]))
    (folder / "questions.json").write_text(json.dumps({"Malaria": "malaria", "Nothing": "x"}))
    wide = FakeEncoder(dimension=512)  # no two of the words share a place
    out = tmp_path / "out"
    assert run("screening", "--data", folder, "--out", out, "--no-peers", encoder=wide) == 0
    scores = scores_of(out)
    assert list(scores) == [
        *("offline", "baseline:zero_shot", "baseline:bm25", "baseline:random"),
    ]
    assert scores["offline"]["screening"]["by_unit"]["Malaria"]["recall_at_20"] == 1.0
    assert scores["offline"]["screening"]["by_unit"]["Unasked"]["wss_100"] > 0
    found = scores["baseline:zero_shot"]["screening"]
    assert list(found["by_unit"]) == ["Malaria", "Unasked"]
    best, worst = found["by_unit"]["Malaria"], found["by_unit"]["Unasked"]
    assert best["average_precision"] == best["recall_at_20"] == 1.0
    assert best["wss_100"] == pytest.approx(1 - 10 / 81)
    assert worst["wss_100"] == 0.0
    assert worst["recall_at_50"] == 0.0
    failures = {
        (item["review"], item.get("engine")): item["failure"]
        for item in items_of(out)
        if item["unit"] == "review"
    }
    assert failures["Nothing", None] == "no record is included"
    assert "questions.json" in str(failures["Unasked", "baseline:zero_shot"])
    assert failures["Unasked", "offline"] is None
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["settings"] == {"seeds": 3, "samples": 20}


@pytest.mark.parametrize("task", ["search", "contexts"])
def test_the_same_run_gives_the_same_bytes_but_for_what_it_took(tmp_path: Path, task: str) -> None:
    data = questions_file(tmp_path / "qa.json")
    outs = [tmp_path / "first", tmp_path / "second"]
    for out in outs:
        run(task, "--data", data, "--out", out, "--cache", tmp_path / "kept", "--seed", 3)
    names = ["items.jsonl", "manifest.json", "report.html", "scores.json"]
    assert sorted(path.name for path in outs[0].iterdir()) == names
    assert (outs[0] / "scores.json").read_bytes() == (outs[1] / "scores.json").read_bytes()
    rows, rows_again = (
        [{name: v for name, v in row.items() if name != "cost"} for row in items_of(out)]
        for out in outs
    )
    assert rows == rows_again
    manifest, again = (json.loads((out / "manifest.json").read_text()) for out in outs)
    assert manifest.pop("cost").keys() == again.pop("cost").keys()
    assert manifest == again
    assert "seconds" not in (outs[0] / "scores.json").read_text()
    assert (manifest["task"], manifest["engine"], manifest["seed"]) == (task, "offline", 3)
    assert list(manifest["data"]) == ["qa.json"]


def test_the_report_is_one_page_with_everything_escaped(tmp_path: Path) -> None:
    folder = tmp_path / "<script>"
    folder.mkdir()
    (folder / "a<b>.csv").write_text("record_id,title,abstract,label_included\n1,T,A,1\n")
    (folder / "questions.json").write_text('{"a<b>": "T"}')
    run("screening", "--data", folder, "--out", tmp_path / "out", "--no-peers")
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<svg" in page
    assert "a&lt;b&gt;" in page
    assert "a<b>" not in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_a_broken_guarantee_is_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import eval.resplits

    monkeypatch.setattr(  # as if every count were certified
        eval.resplits, "hoeffding_bentkus_p_values", lambda means, *_: means * 0
    )
    items = json.loads(questions_file(tmp_path / "qa.json").read_text())
    for item in items.values():
        item["QUESTION"] = "Is nothing known?"
    (tmp_path / "qa.json").write_text(json.dumps(items))
    data, out = tmp_path / "qa.json", tmp_path / "out"
    assert run("contexts", "--data", data, "--out", out, "--resplits", "50") == 1
    assert "violation rates above delta 0.1" in capsys.readouterr().err
    assert (out / "report.html").is_file()


def test_a_distractor_that_is_gold_is_left_out(tmp_path: Path) -> None:
    path = questions_file(tmp_path / "qa.json", 2)
    twins = [
        Record(record_id="PMC1", source="t", title="The question itself", pmid="1000"),
        Record(record_id="1001", source="t", title="By record id"),
        Record(record_id="PMC3", source="t", title="Another"),
    ]
    found = load_benchmark([path], twins)
    assert [record.record_id for record in found.distractors] == ["PMC3"]
    with pytest.raises(SourceError, match="two files"):
        load_benchmark([path, path], [])


def test_gold_that_is_named_alone_is_found_by_record_id_and_by_pmid(tmp_path: Path) -> None:
    trials = [
        Record(record_id=f"PMC{n}", pmid=str(10 + n), source="t", title=f"Trial {n}")
        for n in range(3)
    ]
    path = tmp_path / "own.jsonl"
    gold = (["PMC0"], ["11"], ["12", "PMC2", "99"])
    path.write_text(
        "".join(
            json.dumps({"question_id": str(n), "text": "?", "gold": one}) + "\n"
            for n, one in enumerate(gold)
        )
    )
    found = load_benchmark([path], trials)
    assert [q.gold_ids for q in found.questions] == [("PMC0",), ("PMC1",), ("PMC2",)]
    assert len(found.distractors) == 3
    assert found.n_without_text == 1, "99 alone has no text"


def test_kept_vectors_are_not_made_again(tmp_path: Path) -> None:
    first, second = FakeEncoder(), FakeEncoder()
    keeping = KeepingEncoder(first, tmp_path)
    made = keeping.encode(["one", "two", "one"])
    assert first.encoded == ["one", "two"]
    assert (made[0] == made[2]).all()
    keeping.keep()
    again = KeepingEncoder(second, tmp_path).encode(["two", "three"])
    assert second.encoded == ["three"]
    assert (again[0] == made[1]).all()
    other = FakeEncoder(name="other")
    KeepingEncoder(other, tmp_path).encode(["one"])
    assert other.encoded == ["one"]
    next(tmp_path.glob("*.npz")).write_bytes(b"nothing")
    with pytest.raises(SourceError, match="delete the file"):
        KeepingEncoder(first, tmp_path)
