from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexers.errors import SourceError
from indexers.records import Record
from retrievers.questions import GoldQuestion, distinct_questions, read_questions, with_ids_of

PUBMED = "http://www.ncbi.nlm.nih.gov/pubmed/"


def snippet(pmid: str, start: int, text: str, section: str = "abstract") -> dict[str, object]:
    return {
        "document": PUBMED + pmid,
        "offsetInBeginSection": start,
        "offsetInEndSection": start + len(text),
        "beginSection": section,
        "endSection": section,
        "text": text,
    }


BIOASQ = [
    {
        "id": "q1",
        "body": "Does it work?",
        "documents": [PUBMED + "1", PUBMED + "3"],
        "snippets": [
            snippet("1", 10, "works well in"),
            snippet("1", 16, "well in adults."),
            snippet("1", 0, "A title.", "title"),
        ],
    },
    {
        "id": "q2",
        "body": "And in children?",
        "documents": [],
        "snippets": [snippet("2", 5, "Unknown."), snippet("1", 40, "Later.")],
    },
]
PUBMEDQA = {
    "77": {"QUESTION": "Is it so?", "CONTEXTS": ["First.", "Second."], "LONG_ANSWER": "Yes"}
}


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_bioasq_by_line_gzipped_and_as_one_object(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(item) for item in BIOASQ)
    packed = tmp_path / "dev.jsonl.gz"
    packed.write_bytes(gzip.compress(lines.encode()))
    found = read_questions(packed)
    assert found.name == "dev"
    assert [(q.question_id, q.text, q.gold_ids) for q in found.questions] == [
        ("q1", "Does it work?", ("1",)),
        ("q2", "And in children?", ("2", "1")),
    ]
    first, second = found.records
    assert (first.pmid, first.title) == ("1", "A title.")
    assert first.abstract == "works well in adults. Later."  # the overlap stands once
    assert second.abstract == "Unknown."
    assert found.n_without_text == 1
    whole = written(tmp_path / "dev.json", json.dumps({"questions": BIOASQ}))
    assert read_questions(whole) == found


def test_pubmedqa_gives_neither_the_question_nor_the_answer_away(tmp_path: Path) -> None:
    found = read_questions(written(tmp_path / "qa.json", json.dumps(PUBMEDQA)))
    assert found.questions[0] == GoldQuestion(question_id="77", text="Is it so?", gold_ids=("77",))
    assert (found.records[0].title, found.records[0].abstract) == ("", "First.\nSecond.")


def test_our_own_form_names_gold_or_gives_it(tmp_path: Path) -> None:
    gold = {"record_id": "r1", "title": "T", "abstract": "A"}
    line = json.dumps({"question_id": "1", "text": "Q?", "gold": ["PMC9", gold, "PMC9"]})
    found = read_questions(written(tmp_path / "own.jsonl", line + "\n\n"))
    assert found.questions[0].gold_ids == ("PMC9", "r1")
    assert [record.record_id for record in found.records] == ["r1"]
    assert found.n_without_text == 1


def test_gold_ids_are_matched_by_record_id_or_pmid() -> None:
    corpus = [Record(record_id="PMC9", source="t", title="", pmid="11")]
    questions = [
        GoldQuestion(question_id="a", text="?", gold_ids=("11", "PMC9")),
        GoldQuestion(question_id="b", text="?", gold_ids=("11", "12")),
        GoldQuestion(question_id="c", text="?", gold_ids=()),
    ]
    inside, outside = with_ids_of(questions, corpus)
    assert [(q.question_id, q.gold_ids) for q in inside] == [("a", ("PMC9",))]
    assert [q.question_id for q in outside] == ["b", "c"]


def test_ids_may_be_written_as_numbers(tmp_path: Path) -> None:
    path = written(tmp_path / "own.jsonl", '{"question_id": 1, "text": "Q", "gold": [123, "PMC4"]}')
    (question,) = read_questions(path).questions
    assert (question.question_id, question.gold_ids) == ("1", ("123", "PMC4"))


def test_questions_in_the_same_words_are_one_with_all_their_gold() -> None:
    asked = [
        GoldQuestion(question_id="a", text="Does it  help?", gold_ids=("1", "2")),
        GoldQuestion(question_id="b", text="Does it harm?", gold_ids=("1",)),
        GoldQuestion(question_id="c", text=" does it help? ", gold_ids=("3", "2")),
    ]
    first, second = distinct_questions(asked)
    assert (first.question_id, first.gold_ids) == ("a", ("1", "2", "3"))
    assert second == asked[1]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "expected a question|questions with gold"),
        ("[]", "questions with gold"),
        ('{"a": {"b": 1}}', "questions with gold"),
        ('{"body": "Q?", "snippets": [{"text": "no document"}]}', "document"),
        ('{"question_id": "1", "text": "", "gold": []}', "text"),
        ('{"question_id": "1", "text": "Q", "gold": []}\nnot json', ":2: expected a question"),
        ('{"question_id": "1", "text": "Q", "gold": []}\n[1]', ":2: expected a question"),
        ('{"question_id": "1", "text": "Q", "gold": []}\n' * 2, "stands twice"),
        ('{"question_id": "1", "text": "Q", "gold": "PMC1"}', "gold of 1: expected a list"),
        ('{"question_id": null, "text": "Q", "gold": []}', "question_id"),
        ("[" * 100_000, "nested|expected"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SourceError, match=named) as caught:
        read_questions(written(tmp_path / "bad.jsonl", text))
    assert "\n" not in str(caught.value)
    assert "bad.jsonl" in str(caught.value)


def test_a_missing_or_broken_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.json"):
        read_questions(tmp_path / "none.json")
    broken = tmp_path / "broken.json.gz"
    broken.write_bytes(gzip.compress(b"{}")[:-6])
    with pytest.raises(SourceError, match="readable"):
        read_questions(broken)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "body",
                            "snippets",
                            "document",
                            "gold",
                            "QUESTION",
                            "CONTEXTS",
                            "questions",
                        ]
                    ),
                    inner,
                    max_size=4,
                )
            ),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_mangled_files_give_questions_or_a_source_error(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "fuzz.json"
    path.write_bytes(raw)
    try:
        assert read_questions(path).questions
    except SourceError as error:
        assert "fuzz.json" in str(error)
