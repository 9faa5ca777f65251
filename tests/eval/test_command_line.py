"""The benchmark's command line: what is wrong is one line, and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.options import TASKS
from eval.trialreview import main
from tests.indexers.fake_encoder import FakeEncoder


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["nonsense"], "task 'nonsense': expected one of search"),
        (["all", "--data", "/does/not/exist"], "expected folders named search, duplicates"),
        (["certainty"], "needs --data: a Q2CRBench-3 folder"),
        (["contexts", "--data", "/does/not/exist"], "/does/not/exist"),
        (["search", "--engine", "gpt"], "--engine"),
        (["search", "--engine", "llm", "--data", "."], "no language model part"),
        (["contexts", "--alpha", "1.5"], "--alpha"),
        (["contexts", "--resplits", "0"], "--resplits"),
        (["screening", "--seeds", "0"], "--seeds"),
        (["screening", "--peer", "other"], "--peer"),
        (["screening", "--peer", "asreview", "--no-peers"], "--no-peers"),
        (["search", "--nope"], "--nope"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments, FakeEncoder()) == 2
    captured = capsys.readouterr()
    assert named in captured.err
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("a.csv", "record_id,title\n", "a.csv:1: expected the column abstract"),
        ("a.csv", "record_id,title,abstract,label_included\n1,T,A,2\n", "a.csv:2: "),
        ("a.txt", "", "expected a CSV file"),
    ],
)
def test_bad_screening_data_names_file_and_line(
    tmp_path: Path, name: str, text: str, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / name).write_text(text)
    arguments = ["screening", "--data", str(folder), "--out", str(tmp_path / "out")]
    assert main(arguments, FakeEncoder()) == 2
    assert named in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("task", "peer", "module"),
    [
        ("screening", "asreview", "asreview"),
        ("duplicates", "bib-dedupe", "bib_dedupe"),
        ("search", "paperqa", "paperqa"),
    ],
)
def test_a_peer_that_is_not_installed_is_one_line(
    task: str, peer: str, module: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = {
        "search": {"question_id": "q", "text": "Zinc?", "gold": ["PMC1065065"]},
        "duplicates": {"record_id": "1", "report": "a", "title": "T"},
    }
    if task in data:
        (tmp_path / "a.jsonl").write_text(json.dumps(data[task]))
    (tmp_path / "a.csv").write_text("record_id,title,abstract,label_included\n1,T,A,1\n")
    venv = tmp_path / "venv"
    path = tmp_path / ("a.csv" if task == "screening" else "a.jsonl")
    arguments = [task, "--data", path, "--out", tmp_path / "out", f"--{peer}", venv]
    assert main([str(argument) for argument in arguments], FakeEncoder()) == 2
    error = capsys.readouterr().err
    assert f"python -m eval.peers.{module} install {venv}" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_every_task_of_the_contract_is_known() -> None:
    assert set(TASKS) == {
        *("search", "duplicates", "screening", "pico", "extraction", "synthesis", "certainty"),
        *("contexts", "grounding", "all"),
    }
