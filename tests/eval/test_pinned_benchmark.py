"""The benchmark on a small part of shipped data does not drop below its pinned scores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.tasks import numbers
from tests.reference.benchmark_scores import PINNED, run_part


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run, compared; its exit code stands in `code`."""
    folder = tmp_path_factory.mktemp("benchmark")
    (folder / "code").write_text(str(run_part(folder, "--compare", str(PINNED))))
    return folder


def test_the_scores_have_not_dropped(part: Path) -> None:
    assert (part / "code").read_text() == "0"
    assert len(json.loads((part / "out" / "scores.json").read_text())["offline"]) == 2


def test_each_task_says_what_it_took_and_who_is_better(part: Path) -> None:
    manifest = json.loads((part / "out" / "manifest.json").read_text())["tasks"]
    assert set(manifest) == {"extraction", "grounding"}
    for task in manifest.values():
        assert task["cost"]["seconds"] > 0 and task["cost"]["peak_mebibytes"] > 10
        assert "offline is better" in {pair["words"] for pair in task["systems_side_by_side"]}
    assert manifest["extraction"]["cost"]["n_units"] == 12


def test_an_extractor_that_finds_little_fails(
    part: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three articles in four are answered with nothing."""
    given = {
        row["question_id"]: numbers.Given(
            {name: v for name, v in row["given"].items() if v is not None},
            frozenset(row["derived"]),
        )
        for row in map(json.loads, (part / "out" / "extraction" / "items.jsonl").open())
        if row["engine"] == "offline" and not row["article_id"].startswith(("PMC4", "PMC5"))
    }
    monkeypatch.setattr(
        numbers, "ask", lambda _, question, __: given.get(question.question_id, numbers.NOTHING)
    )
    monkeypatch.setattr("eval.all_tasks.TASKS", ("extraction",))
    assert run_part(part, "--compare", str(PINNED)) == 1
    told = capsys.readouterr()
    assert "offline extraction exact_match" in told.err
    assert "Not run again: offline grounding." in told.out
