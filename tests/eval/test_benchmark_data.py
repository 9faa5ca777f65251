"""The small shipped sets: written from their labels, readable, and what their README says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.benchmark.make import made_files
from eval.conll import read_abstracts
from eval.datasets import load_benchmark, load_reviews, question_files, shipped_trials
from eval.tasks.synthesis import run_synthesis
from eval.tasks.synthesis_data import load_outcomes
from evidence.config import data_folder

FOLDER = data_folder() / "benchmark"
REFERENCE = Path("tests/reference/metafor_datasets.json")


def test_every_file_is_written_from_the_labels() -> None:
    made = dict(made_files(REFERENCE))
    for name, content in made.items():
        assert (FOLDER / name).read_bytes() == content, name
    by_hand = {"README.md", "labels.json", "make.py"}
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    assert {name for name in there if "__pycache__" not in name} == by_hand | made.keys()


def test_the_questions_have_their_gold_in_the_corpus() -> None:
    benchmark = load_benchmark(question_files(FOLDER / "questions"), shipped_trials()[1])
    assert len(benchmark.questions) == 60
    assert not benchmark.unanswerable
    assert sum(len(q.gold_ids) == 1 for q in benchmark.questions) == 49
    written = json.loads((FOLDER / "labels.json").read_text(encoding="utf-8"))["questions"]
    kept = {question.question_id: len(question.gold_ids) for question in benchmark.questions}
    assert kept == {f"q{n:02}": 1 + len(others) for n, (_, _, others) in enumerate(written, 1)}


def test_the_reviews_have_a_question_and_included_records() -> None:
    _, reviews = load_reviews(FOLDER / "screening")
    assert [(len(r.records), sum(r.included)) for r in reviews] == [(160, 12), (160, 14)]
    assert all(review.question and review.failure is None for review in reviews)


def test_the_abstracts_are_labelled_and_unlike_those_of_training() -> None:
    _, abstracts = read_abstracts(FOLDER / "pico")
    assert len(abstracts) == 20
    assert all(abstract.failure is None and any(abstract.labels) for _, abstract in abstracts)
    assert {label for _, a in abstracts for label in a.labels if label} == {
        *("population", "intervention", "outcome"),
    }
    trained_on = (data_folder() / "heads" / "trained_on.txt").read_text(encoding="utf-8")
    assert not any(abstract.digest in trained_on for _, abstract in abstracts)


def test_the_pooled_sets_agree_with_their_reference() -> None:
    _, outcomes = load_outcomes(FOLDER / "synthesis")
    assert len(outcomes) == 28
    found = run_synthesis(outcomes).scores["offline"].metrics
    assert list(run_synthesis(outcomes).scores) == ["offline"]  # no extractor read these
    assert found["share_pooled"].value == 1.0
    assert found["max_abs_log_error"].value == pytest.approx(0.0, abs=1e-6)
