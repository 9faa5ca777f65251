"""The benchmark on a small part of shipped data does not drop below its pinned scores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.number_answers import NOTHING, Given
from eval.numeric_data import NumbersQuestion
from eval.tasks import numbers
from tests.reference.benchmark_scores import ARTICLES, PINNED, QUESTIONS_OF_EACH, run_part


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run, compared; its exit code stands in `code`."""
    folder = tmp_path_factory.mktemp("benchmark")
    (folder / "code").write_text(str(run_part(folder, "--compare", str(PINNED))))
    return folder


@pytest.fixture(scope="module")
def answers(part: Path) -> dict[str, Given]:
    """What the program answered to each question, as that run wrote it."""
    rows = map(json.loads, (part / "out" / "extraction" / "items.jsonl").open(encoding="utf-8"))
    return {
        row["question_id"]: Given(
            {name: v for name, v in row["given"].items() if v is not None},
            frozenset(row["derived"]),
            tuple(row["flags"]),
        )
        for row in rows
        if row["engine"] == "offline" and "given" in row
    }


def test_the_scores_have_not_dropped(part: Path) -> None:
    assert (part / "code").read_text() == "0"
    assert len(json.loads((part / "out" / "scores.json").read_text())["offline"]) == 2


def test_each_task_says_what_it_took_and_who_is_better(part: Path) -> None:
    manifest = json.loads((part / "out" / "manifest.json").read_text())["tasks"]
    assert set(manifest) == {"extraction", "grounding"}
    for task in manifest.values():
        assert task["cost"]["seconds"] > 0 and task["cost"]["peak_mebibytes"] > 10
        assert "offline is better" in {pair["words"] for pair in task["systems_side_by_side"]}
    assert manifest["extraction"]["cost"]["n_units"] == len(ARTICLES)


@pytest.mark.parametrize("fourth", [0, 2])
def test_an_extractor_that_loses_a_quarter_of_its_answers_fails(
    part: Path,
    answers: dict[str, Given],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fourth: int,
) -> None:
    """Whichever quarter: of the questions with an answer, each fourth is answered with nothing."""
    answered = [name for name, given in answers.items() if given.numbers]
    kept = {name: answers[name] for n, name in enumerate(answered) if n % 4 != fourth}
    assert len(answers) == len(ARTICLES) * QUESTIONS_OF_EACH
    assert 0.7 < len(kept) / len(answered) < 0.8

    def ask(_: object, question: NumbersQuestion, __: object) -> Given:
        return kept.get(question.question_id, NOTHING)

    monkeypatch.setattr(numbers, "ask", ask)
    monkeypatch.setattr(numbers, "sureness_claims", lambda *_: [])
    monkeypatch.setattr("eval.all_tasks.TASKS", ("extraction",))
    assert run_part(part, "--compare", str(PINNED)) == 1
    told = capsys.readouterr()
    assert "offline extraction exact_match" in told.err
    assert "Not run again: offline grounding." in told.out
