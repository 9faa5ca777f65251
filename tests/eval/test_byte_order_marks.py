"""Files as spreadsheets and editors of Windows write them: with a byte order mark."""

from __future__ import annotations

import json
from pathlib import Path

from eval.datasets import load_reviews
from eval.evidence_inference import load_directions
from eval.strategy_pools import load_pool
from eval.tasks.characteristics_data import load_labelled_studies
from eval.tasks.grounding_data import load_claims
from eval.tasks.synthesis_data import load_outcomes
from evidence.config import data_folder
from tests.eval.labelled_texts import BENCH, labelled
from tests.eval.test_direction import release
from tests.eval.test_synthesis import ABSTRACT, workbook

MARK = b"\xef\xbb\xbf"


def marked(path: Path, text: str) -> Path:
    path.write_bytes(MARK + text.encode())
    return path


def test_the_questions_of_labelled_reviews(tmp_path: Path) -> None:
    marked(tmp_path / "malaria.csv", labelled())
    marked(tmp_path / "questions.json", '{"malaria": "malaria"}')
    _, (review,) = load_reviews(tmp_path)
    assert (review.question, review.failure) == ("malaria", None)


def test_a_review_of_trialreviewbench(tmp_path: Path) -> None:
    _, pool = load_pool(marked(tmp_path / "1.json", BENCH).parent, [])
    assert [review.failure for review in pool.reviews] == [None]


def test_results_of_trialreviewbench(tmp_path: Path) -> None:
    for folder in ("study_results", "search_screen"):
        (tmp_path / folder).mkdir()
    rows = [["study", "HR", "sample"], ["a", 0.5, 100], ["b", 0.9, 300]]
    workbook(tmp_path / "study_results" / "1.xlsx", {"overall_survival": rows})
    marked(tmp_path / "search_screen" / "1.json", json.dumps({"text": {"results": ABSTRACT}}))
    _, outcomes = load_outcomes(tmp_path)
    assert [outcome.failure for outcome in outcomes] == [None]


def test_evidence_inference(tmp_path: Path) -> None:
    folder = release(tmp_path)
    plain = load_directions(folder, "validation")
    for path in folder.iterdir():
        if path.suffix in (".csv", ".txt"):
            path.write_bytes(MARK + path.read_bytes())
    assert load_directions(folder, "validation") == plain


def test_claims_and_characteristics(tmp_path: Path) -> None:
    claims = (data_folder() / "altered_claims" / "development.jsonl").read_text(encoding="utf-8")
    _, (case,) = load_claims(marked(tmp_path / "claims.jsonl", claims.split("\n")[0]))
    assert case.failure is None
    shipped = data_folder() / "characteristics_labels"
    labels = (shipped / "labels.jsonl").read_text(encoding="utf-8").split("\n")[0]
    (tmp_path / "articles").symlink_to(shipped / "articles")
    _, (study,) = load_labelled_studies(marked(tmp_path / "labels.jsonl", labels))
    assert not study.problem
