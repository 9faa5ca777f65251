"""The small shipped sets: written from their labels, readable, and what their README says."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from data.benchmark.duplicate_sets import drawn_sources
from data.benchmark.make import drawn_ids, made_files
from data.benchmark.printed_places import printed_place
from eval.conll import read_abstracts
from eval.datasets import load_benchmark, load_reviews, question_files, shipped_trials
from eval.formats.duplicate_records import load_duplicates
from eval.tasks.synthesis import run_synthesis
from eval.tasks.synthesis_data import load_outcomes
from evidence.config import data_folder

FOLDER = data_folder() / "benchmark"
REFERENCE = Path("tests/reference/metafor_datasets.json")


def test_every_file_is_written_from_the_labels() -> None:
    made = dict(made_files(REFERENCE))
    for name, content in made.items():
        assert unpacked((FOLDER / name).read_bytes()) == unpacked(content), name
    by_hand = {"README.md", "labels.json", "printed_places.json"}
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    assert {name for name in there if not name.endswith((".py", ".pyc"))} == by_hand | made.keys()


def unpacked(content: bytes) -> bytes:
    """Gzip packs differently from version to version of its library; what is in it stays."""
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


def test_the_questions_have_their_gold_in_the_corpus() -> None:
    benchmark = load_benchmark(question_files(FOLDER / "questions"), shipped_trials()[1])
    assert len(benchmark.questions) == 60
    assert not benchmark.unanswerable
    assert sum(len(q.gold_ids) == 1 for q in benchmark.questions) == 49
    written = json.loads((FOLDER / "labels.json").read_text(encoding="utf-8"))["questions"]
    kept = {question.question_id: len(question.gold_ids) for question in benchmark.questions}
    assert kept == {f"q{n:02}": 1 + len(others) for n, (_, _, others) in enumerate(written, 1)}


def test_questions_and_abstracts_are_of_the_records_that_were_drawn() -> None:
    records = {record.record_id: record for record in shipped_trials()[1]}
    drawn, to_label = drawn_ids(records)
    labels = json.loads((FOLDER / "labels.json").read_text(encoding="utf-8"))
    places = [drawn.index(source) for source, _, _ in labels["questions"]]
    assert places == sorted(set(places))  # in the order drawn, each once
    assert places[-1] < 68  # of the first 68 that were read, 8 were passed over
    assert list(labels["pico"]) == to_label


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
    scores = run_synthesis(outcomes).scores
    found = scores["offline"].metrics
    assert [name for name in scores if name.startswith("release")] == []  # none read these
    assert found["share_pooled"].value == 1.0
    assert found["max_abs_log_error"].value == pytest.approx(0.0, abs=1e-6)


def test_the_duplicates_are_altered_copies_of_records_and_of_their_companions() -> None:
    _, data = load_duplicates(FOLDER / "duplicates")
    assert not data.failures
    reports = Counter(labelled.report for labelled in data.records)
    assert (len(data.records), len(reports)) == (404, 206)
    assert sum(n * (n - 1) // 2 for n in reports.values()) == 325
    own = {record.pmid for record in drawn_sources()} - {None}
    pmids = {labelled.record.pmid for labelled in data.records} - {None}
    made_up = {pmid for pmid in pmids if 40_000_000 <= int(pmid) < 50_000_000}  # of companions
    assert len(own) == 147 and pmids <= own | made_up
    assert any(labelled.place.get("pages") for labelled in data.records)


def test_the_printed_place_is_that_of_the_article_and_not_of_another_it_names() -> None:
    jats = (
        "<article-meta><volume>8</volume><issue>6</issue><fpage>R451</fpage><lpage>R458</lpage>"
        "<related-article><volume>1</volume></related-article></article-meta>"
        "<ref><volume>99</volume></ref>"
    )
    assert printed_place(jats) == {"volume": "8", "issue": "6", "pages": "R451-R458"}
    alone = "<article-meta><elocation-id>e97167</elocation-id></article-meta>"
    assert printed_place(alone) == {"pages": "e97167"}
    assert printed_place("<article-meta></article-meta>") == {}
