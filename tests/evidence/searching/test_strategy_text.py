"""A strategy as edited lines: numbers hold, faults have a place, the text is what is run."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.query_debugger.suggestion import Suggestion
from evidence.question import ClinicalQuestion
from evidence.searching.strategy_text import (
    EditedLine,
    drafted_lines,
    first_lines,
    found_ids,
    in_one_query,
    lines_of,
    look_into,
    suggestions_for,
    text_of,
    with_term,
)
from indexers.store import Store
from tests.evidence.searching.added_factory import make_store
from tests.evidence.trial_factory import QUESTION


def lines(*texts: str) -> tuple[EditedLine, ...]:
    return tuple(EditedLine(number=n, text=text) for n, text in enumerate(texts, 1))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.open(make_store(tmp_path_factory.mktemp("stores") / "store"))


def test_pasted_lines_keep_their_numbers() -> None:
    assert lines_of("#1. a[tiab]\n#3. b[tiab]\n  OR c\n#4. #1 AND #3", "pubmed") == (
        EditedLine(number=1, text="a[tiab]"),
        EditedLine(number=3, text="b[tiab] OR c"),
        EditedLine(number=4, text="#1 AND #3"),
    )
    assert lines_of("a\nOR b", "pubmed") == lines("a OR b")
    assert lines_of("a\nb\n#1 AND #2", "pubmed") == lines("a", "b", "#1 AND #2")
    assert lines_of("  ", "pubmed") == lines("")


def test_ovids_counts_of_hits_are_passed_over() -> None:
    pasted = "1     exp Malaria/ (123)\n2     foo.ti,ab. (3)\n3     1 and 2"
    assert lines_of(pasted, "ovid") == lines("exp Malaria/", "foo.ti,ab.", "1 and 2")


def test_the_text_is_numbered_where_there_are_several_lines() -> None:
    assert text_of(lines("a"), "pubmed") == "a"
    assert text_of((*lines("a", " "), EditedLine(number=5, text="b\nc")), "pubmed") == (
        "#1. a\n#5. b c"
    )
    assert text_of(lines("a", "1 and b"), "ovid") == "1. a\n2. 1 and b"


@given(st.lists(st.sampled_from(["a[tiab]", "b OR c", "#1 AND d"]), min_size=2, max_size=6))
def test_what_is_kept_can_be_edited_again(texts: list[str]) -> None:
    assert lines_of(text_of(lines(*texts), "pubmed"), "pubmed") == lines(*texts)


def test_references_are_written_out_for_a_search_box() -> None:
    assert in_one_query(lines("a OR b", "c", "#1 AND #2")) == "(a OR b) AND (c)"
    assert in_one_query(lines("")) == ""


def test_each_line_is_counted_and_lost_records_are_named(store: Store) -> None:
    look = look_into(lines("gleam", "solvane", "#1 AND #2"), store, ["s0", "s2"], "pubmed")
    assert look.explanation is not None
    assert [line.hits for line in look.explanation.lines] == [8, 1, 1]
    assert [lost.record.record_id for lost in look.explanation.lost] == ["s2"]
    assert found_ids(lines("gleam", "solvane", "#1 AND #2"), store, "pubmed") == ("s0",)


def test_lines_are_told_as_they_were_typed(store: Store) -> None:
    for typed in (("gleam   or solvane", "", "#1 and Gleam"), ("", "gleam  or solvane")):
        look = look_into(lines(*typed), store, (), "pubmed")
        assert look.explanation is not None
        shown = [line.shown for line in look.explanation.lines]
        assert shown == [" ".join(text.split()) for text in typed if text]


@pytest.mark.parametrize(
    ("texts", "syntax", "number", "character"),
    [
        (("gleam AND (x",), "pubmed", 1, 11),
        (("gleam", "#1 AND (x"), "pubmed", 2, 8),
        (("gleam", "", "#1 AND #7"), "pubmed", 3, 8),
        (("gleam.ti.", "1 and (x.ti."), "ovid", 2, 7),
    ],
)
def test_a_fault_is_at_a_character_of_the_line_as_it_is_seen(
    store: Store, texts: tuple[str, ...], syntax: str, number: int, character: int
) -> None:
    look = look_into(lines(*texts), store, (), "ovid" if syntax == "ovid" else "pubmed")
    assert look.explanation is None and look.fault is not None
    assert (look.fault.number, look.fault.character) == (number, character)


def test_nothing_written_is_no_fault(store: Store) -> None:
    assert look_into(lines("", " "), store, (), "pubmed").fault is None


def test_a_suggested_term_is_joined_where_its_part_stands() -> None:
    suggestion = Suggestion(
        term="kestrol[tiab]",
        line_number=2,
        beside="solvane[tiab]",
        line=2,
        character=1,
        finds_lost=("s2",),
        overcomes=("s2",),
        hits=1,
        further_hits=0,
        n_found_with_term=0,
        shared_heading="",
    )
    whole = with_term(lines("gleam", "solvane[tiab]"), suggestion)
    assert whole == lines("gleam", "solvane[tiab] OR kestrol[tiab]")
    inner = with_term(lines("gleam", "solvane[tiab] AND #1"), suggestion)
    assert inner == lines("gleam", "(solvane[tiab] OR kestrol[tiab]) AND #1")
    assert with_term(lines("gleam", "solvane [tiab]"), suggestion) is None


def test_suggestions_are_those_of_the_debugger(store: Store) -> None:
    found = suggestions_for(lines("solvane AND gleam"), store, ["s2"], "pubmed")
    assert all("s2" in each.overcomes for each in found)


def test_the_editor_begins_with_the_questions_own_strategy_or_a_draft(tmp_path: Path) -> None:
    assert first_lines(QUESTION) == lines("")
    drafted = drafted_lines(QUESTION)
    assert "fever*[tiab]" in drafted[0].text
    own = ClinicalQuestion.model_validate(
        {
            **QUESTION.model_dump(),
            "strategy": {"concepts": [{"name": "x", "terms": [{"text": "gleam"}]}]},
        }
    )
    assert first_lines(own) == lines("gleam[tiab]")
