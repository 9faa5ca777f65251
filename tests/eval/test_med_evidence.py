"""Closed questions of MedEvidence: small invented lines in the form of the release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.formats.med_evidence import asked, is_med_evidence, load_closed_questions
from eval.tasks.closed_questions import counted, macro_f1, run_closed_questions
from eval.trialreview import main
from evidence.errors import SourceError

LOWER = "Pain was significantly lower with oxaprin than with placebo (p < 0.001)."
SAME = "No significant difference in pain was found between oxaprin and placebo (p = 0.72)."


def line(number: int, answer: str, *contents: str, **more: Any) -> dict[str, Any]:
    """A line as `med-evidence-abstract.jsonl` has it."""
    sources = {
        str(100 * number + n): {"article_id": str(100 * number + n), "title": "A trial",
                                "content": content, "date": "2002-01-01"}
        for n, content in enumerate(contents, 1)
    }  # fmt: skip
    return {
        "question_id": number,
        "question": "Is pain higher, lower, or the same when comparing oxaprin to placebo?",
        "answer": answer,
        "evidence_certainty": "moderate",
        "fulltext_required": "no",
        "relevant_sources": list(sources),
        "original_review": str(number // 2),
        "review_year": 2017,
        "sources": sources,
        "source_concordance": 1.0,
        "medical_specialty": "Surgery",
    } | more


LINES = [
    line(0, "lower", LOWER),
    line(1, "no difference", SAME, SAME, LOWER),
    line(2, "Insufficient  data", "Sleep was noted.", evidence_certainty="very-low"),
    line(3, "higher", LOWER, evidence_certainty="n/a"),
]


def written(folder: Path, *lines: dict[str, Any] | str) -> Path:
    path = folder / "med-evidence-abstract.jsonl"
    texts = [one if isinstance(one, str) else json.dumps(one) for one in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def test_questions_and_sources_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, *LINES)
    assert is_med_evidence(path) and is_med_evidence(tmp_path)
    files, questions = load_closed_questions(tmp_path)
    assert files == [path]
    assert [q.answer for q in questions][2] == "insufficient data"
    assert [q.certainty for q in questions] == ["moderate", "moderate", "very low", ""]
    assert questions[1].sources[2].text == LOWER
    assert questions[1].review == "0"


def test_a_question_is_taken_apart() -> None:
    found = asked(
        "Is the long-term rate of lymphocysts higher, lower, or the same when comparing drainage "
        "to no drainage?"
    )
    assert found == ("long-term rate of lymphocysts", "drainage", "no drainage")
    assert asked("Does drainage help?") is None


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        (["decreased"], "lower"),
        (["increased", "increased", "no_difference"], "higher"),
        (["no_difference", "no_difference", "decreased"], "no difference"),
        (["increased", "decreased"], "uncertain effect"),
        (["increased", "decreased", "no_difference", "no_difference"], "no difference"),
        (["unclear", "unclear"], "insufficient data"),
        ([], "insufficient data"),
    ],
)
def test_directions_come_to_an_answer(told: list[str], answer: str) -> None:
    assert counted(told) == answer


def test_a_run_scores_the_answers(tmp_path: Path) -> None:
    _, questions = load_closed_questions(written(tmp_path, *LINES))
    found = run_closed_questions(questions, 0, lambda *_: None)
    metrics = found.scores["offline"].metrics
    assert metrics["answer_accuracy"].value == 0.75
    assert metrics["answer_accuracy_moderate_certainty"].value == 1.0
    assert metrics["answer_accuracy_very_low_certainty"].n == 1
    assert found.scores["no_difference"].metrics["answer_accuracy"].value == 0.25
    item = next(i for i in found.items if i["engine"] == "offline" and i["question_id"] == "1")
    assert item["directions"] == {"101": "no_difference", "102": "no_difference",
                                  "103": "decreased"}  # fmt: skip


def test_macro_f1_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import f1_score

    gold = ["lower", "higher", "lower", "no difference", "lower"]
    given = ["lower", "lower", "higher", "no difference", "uncertain effect"]
    expected = f1_score(gold, given, labels=sorted(set(gold)), average="macro")
    assert macro_f1(gold, given) == pytest.approx(expected)


def test_a_broken_line_is_a_wrong_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, *LINES, line(9, "maybe", SAME), json.dumps(LINES[0])[:90])
    out = tmp_path / "out"
    assert main(["synthesis", "--data", str(path), "--out", str(out)]) == 1
    told = capsys.readouterr().err
    assert f"{path}:5: entry 5: expected an answer among higher" in told
    assert f"{path}:6: entry 6: expected a whole JSON object" in told
    scores = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    for engine, accuracy in (("offline", 0.5), ("majority", 1 / 6)):
        metric = scores[engine]["synthesis"]["metrics"]["answer_accuracy"]
        assert metric["value"] == pytest.approx(accuracy)
        assert metric["n"] == 6


def test_nothing_readable_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="expected JSON lines of MedEvidence"):
        load_closed_questions(written(tmp_path, "{", "{"))
