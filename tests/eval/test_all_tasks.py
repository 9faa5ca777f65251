"""Task `all`: what there is data for runs, each in its folder, and all scores stand on top."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import pytest

from eval.all_tasks import SHIPPED, data_at_hand, run_all
from eval.options import TASKS, read_options
from eval.results import TaskResult
from eval.trialreview import main
from evidence.config import data_folder
from tests.evidence.llm.openai_server import completion, serving


def test_what_ships_has_its_data() -> None:
    parts = data_at_hand(None)
    assert [name for name, _, _ in parts] == [name for name, _, _ in SHIPPED]
    assert all(path.exists() for _, _, path in parts)


def test_every_task_but_certainty_has_shipped_data() -> None:
    tasks = {task for _, task, _ in data_at_hand(None)}
    assert tasks == set(TASKS) - {"all", "certainty"}


def test_each_part_has_the_encoder_of_its_task(tmp_path: Path) -> None:
    asked: dict[str, str] = {}

    def run(options: argparse.Namespace, _: object) -> tuple[TaskResult, dict[str, object]]:
        asked[options.task] = options.encoder
        return TaskResult(options.task, {}, []), {}

    run_all(read_options(["--out", str(tmp_path)], ""), None, run)
    assert (asked["screening"], asked["search"]) == ("static", "minilm")
    run_all(read_options(["--encoder", "static"], ""), None, run)
    assert set(asked.values()) == {"static"}


def test_a_part_with_broken_data_lets_the_others_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    claims = (data_folder() / "altered_claims" / "test.jsonl").read_text(encoding="utf-8")
    data.mkdir()
    lines = claims.splitlines()[:6]
    (data / "grounding").write_text("\n".join([*lines, lines[0][:99]]), encoding="utf-8")
    shutil.copytree(data_folder() / "benchmark" / "synthesis", data / "synthesis")
    book = data / "synthesis" / "study_results" / "lau1992.xlsx"
    book.write_bytes(book.read_bytes()[:999])
    assert main(["--data", str(data), "--out", str(out)]) == 1
    told = capsys.readouterr()
    assert f"error: {book}: expected an .xlsx workbook" in told.err
    assert "grounding:7" in told.err
    assert "finding: synthesis: 1 of the data could not be read" in told.err
    scores = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert {"grounding", "synthesis"} <= set(scores["offline"])


def test_folders_named_like_tasks_run_and_their_scores_stand_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    labels = data_folder() / "characteristics_labels"
    shutil.copytree(labels / "articles", data / "extraction" / "articles")
    shutil.copy(labels / "labels.jsonl", data / "extraction")
    claims = (data_folder() / "altered_claims" / "test.jsonl").read_text(encoding="utf-8")
    part = "".join(f"{line}\n" for line in claims.splitlines()[:12])
    (data / "grounding").write_text(part, encoding="utf-8")
    code = main(["--data", str(data), "--out", str(out)])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    scores = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert {"extraction", "grounding"} <= set(scores["offline"])
    own = json.loads((out / "extraction" / "scores.json").read_text(encoding="utf-8"))
    assert scores["offline"]["extraction"] == own["offline"]["extraction"]
    rows = [json.loads(line) for line in (out / "items.jsonl").read_text().splitlines()]
    assert {row["part"] for row in rows} == {"extraction", "grounding"}
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert "screening" in manifest["not_run"] and "extraction" not in manifest["not_run"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert 'href="extraction/report.html"' in page
    assert "Not run, for want of data: search" in printed.out
    assert "Q2CRBench-3" in printed.out and "Q2CRBench-3" in page


def test_numbers_are_extracted_by_a_language_model_beside_the_rules(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that never answers what is asked scores as nothing found, and is a finding."""
    data = tmp_path / "data"
    shipped = data_folder() / "result_tables" / "development"
    (data / "articles").mkdir(parents=True)
    line = (shipped / "labels.jsonl").read_text(encoding="utf-8").splitlines()[0]
    article = f"{json.loads(line)['pmcid']}.xml.gz"
    (data / "labels.jsonl").write_text(f"{line}\n", encoding="utf-8")
    shutil.copy(shipped / "articles" / article, data / "articles")
    out = tmp_path / "out"
    with serving(completion({"nothing": "asked"})) as fake:
        engine = fake.engine()
        settings = tmp_path / "settings.toml"
        told = (f"{name} = {json.dumps(value)}" for name, value in engine.model_dump().items()
                if value is not None)  # fmt: skip
        settings.write_text("[engine]\n" + "\n".join(told), encoding="utf-8")
        asked = ["extraction", "--data", str(data), "--engine", "llm", "--settings", str(settings)]
        assert main([*asked, "--out", str(out)]) == 1
        assert fake.requests
    assert "answered no call" in capsys.readouterr().err
    scores = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert {"offline", "llm", "llm_beside_offline", "nothing"} <= set(scores)
    assert scores["llm"]["extraction"]["metrics"]["recall"]["value"] == 0.0
