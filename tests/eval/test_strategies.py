from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from eval.encoding import KeepingEncoder
from eval.strategy_pools import is_strategy_data, load_pool
from eval.tasks.strategies import MEASURES, run_strategies
from indexers.records import Record
from tests.evidence.strategy.strategy_store import RECORDS
from tests.indexers.fake_encoder import FakeEncoder

QUESTION = "In adults with overactive bladder, does oxybutynin reduce leaks?"
INCLUDED = ("1", "3", "6")


def reviews(folder: Path, *, question: str | None = QUESTION) -> Path:
    folder.mkdir(exist_ok=True)
    with (folder / "bladder.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("record_id", "title", "abstract", "label_included"))
        for record_id, title, abstract in RECORDS:
            rows.writerow((record_id, title, abstract, int(record_id in INCLUDED)))
        rows.writerow(("again", RECORDS[0][1], RECORDS[0][2], 1))
    told = {} if question is None else {"bladder": question}
    (folder / "questions.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def distractors() -> list[Record]:
    return [
        Record(record_id="d1", source="t", title=RECORDS[0][1], abstract=RECORDS[0][2]),
        Record(record_id="d2", source="t", title="Something else"),
    ]


def test_a_record_that_comes_again_is_one_record(tmp_path: Path) -> None:
    files, pool = load_pool(reviews(tmp_path), distractors())
    assert [path.name for path in files] == ["bladder.csv", "questions.json"]
    assert len(pool.records) == len(RECORDS) + 1
    assert pool.n_distractors == 1
    assert pool.reviews[0].included_ids == {f"bladder:{i}" for i in INCLUDED}


def test_trialreviewbench_is_read_by_title(tmp_path: Path) -> None:
    trials = [{"title": "Aspirin in gout", "pmid": "7"}, {"title": "", "pmid": "8"}]
    content = {"title": "Aspirin for treating gout: a systematic review", "trials": trials}
    (tmp_path / "1.json").write_text(json.dumps(content), encoding="utf-8")
    assert is_strategy_data(tmp_path)
    _, pool = load_pool(tmp_path, distractors())
    assert pool.n_without_text == 1
    assert pool.reviews[0].included_ids == {"1:7"}
    assert pool.records[0].pmid == "7"


def test_questions_with_gold_are_no_strategy_data(tmp_path: Path) -> None:
    (tmp_path / "questions.jsonl").write_text('{"question_id": "1", "text": "a", "gold": []}\n')
    assert not is_strategy_data(tmp_path)


def test_the_drafted_strategy_finds_more_than_raw_terms(tmp_path: Path) -> None:
    _, pool = load_pool(reviews(tmp_path), distractors())
    result = run_strategies(pool, KeepingEncoder(FakeEncoder()), 0, lambda *_: None)
    assert set(result.scores) == {
        "offline",
        "offline:strategy without dense",
        "offline:strategy not enriched",
        "raw PICO terms",
        "raw PICO terms with dense",
    }
    row = result.scores["offline"].by_unit["bladder"]
    assert set(row) == set(MEASURES)
    raw = result.scores["raw PICO terms"].by_unit["bladder"]
    assert raw["recall_boolean"] == pytest.approx(1 / 3)
    assert raw["number_needed_to_read"] == 1.0
    enriched = result.scores["offline:strategy without dense"].by_unit["bladder"]
    assert enriched["recall_boolean"] >= raw["recall_boolean"]
    assert row["recall_at_100"] == 1.0
    assert f"Pool: {len(RECORDS) + 1} different records, 1 of them of no review" in result.notes[0]
    item = next(i for i in result.items if i["engine"] == "offline")
    assert item["strategy"].startswith("#1. ")


def test_a_review_without_a_question_has_the_worst_scores(tmp_path: Path) -> None:
    _, pool = load_pool(reviews(tmp_path, question=None), distractors())
    result = run_strategies(pool, KeepingEncoder(FakeEncoder()), 0, lambda *_: None)
    row = result.scores["offline"].by_unit["bladder"]
    assert row["recall_at_2000"] == 0.0 and row["number_needed_to_read"] == len(pool.records)
    assert result.items[0]["failure"] == "there is no question for it"
