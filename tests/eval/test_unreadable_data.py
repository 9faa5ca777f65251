"""Data of which nothing can be read: bad input, told in one line, whatever stands in the file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eval import datasets
from eval.conll import read_abstracts
from eval.formats.clef_topics import load_topics
from eval.formats.duplicate_records import load_duplicates
from eval.formats.med_evidence import load_closed_questions
from eval.numeric_data import load_numbers
from eval.tasks.certainty_data import load_profiles
from eval.tasks.grounding_data import load_claims
from eval.trialreview import main
from evidence.errors import SourceError
from tests.indexers.fake_encoder import FakeEncoder


@pytest.mark.parametrize(
    ("task", "name", "content"),
    [
        ("search", "qa.json", b"\xff\xfe\x00"),
        ("search", "qa.json", b""),
        ("screening", "a.csv", b""),
        ("duplicates", "a.jsonl", b"{"),
        ("pico", "a.conll", b"\xff"),
        ("extraction", "labels.jsonl", b"{"),
        ("certainty", "outcomeinfo.json", b"["),
        ("grounding", "claims.jsonl", b"{"),
    ],
)
def test_data_of_which_nothing_can_be_read_is_bad_input(
    tmp_path: Path, task: str, name: str, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    out = tmp_path / "out"
    assert main([task, "--data", str(tmp_path / name), "--out", str(out)], FakeEncoder()) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert told.count("\n") == 1


LOADERS: dict[str, Callable[[Path], object]] = {
    "a.json": lambda path: datasets.load_benchmark([path], []),
    "a.csv": datasets.load_reviews,
    "a.conll": read_abstracts,
    "annotated_rct_dataset.json": load_numbers,
    "outcomeinfo.json": load_profiles,
    "claims.jsonl": load_claims,
    "records.jsonl": load_duplicates,
    "med.jsonl": load_closed_questions,
    "CD000001": load_topics,
}
PIECES = (
    *("{", "}", "[", "]", ",", ":", '"', "\n", "\t", "null", "1", "é", "\x00", "-DOCSTART- (1)"),
    *('{"question_id": 1, "question": "q", "answer": "higher", "original_review": 1, "sources": ',),
    *("record_id,title,abstract,label_included\n", "x I-INT\n", "Topic: CD1\n", "Query: \n", "(a "),
    *('{"outcome": "o", "assessment_results": {"GRADE": ', '"gold": ["a"]', '"body": "b"'),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(LOADERS)), pieces=st.lists(st.sampled_from(PIECES), max_size=12))
def test_no_text_ends_in_a_crash(
    tmp_path_factory: pytest.TempPathFactory, name: str, pieces: list[str]
) -> None:
    path = tmp_path_factory.mktemp("any") / name
    path.write_text("".join(pieces), encoding="utf-8")
    with contextlib.suppress(SourceError):
        LOADERS[name](path)
