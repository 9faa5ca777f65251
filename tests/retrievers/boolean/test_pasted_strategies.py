"""Strategies as they are pasted from appendices of reviews: counts, dashes, other platforms."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from indexers.records import Record
from indexers.store import Store
from retrievers.boolean.errors import QueryError
from retrievers.boolean.evaluate import BooleanRetriever
from retrievers.boolean.ovid import parse_ovid
from retrievers.boolean.pubmed import parse_pubmed
from retrievers.boolean.tree import SearchStrategy
from tests.indexers.fake_encoder import FakeEncoder

TWO_LINES = "1 asthma.ti. 120\n2 copd.ti. 45\n"


@pytest.mark.parametrize(
    "line",
    ["1-2/or", "1,2/or", "1-2/or 150", "or/1–2", "or/1-2 150", "1 or 2 1,150", "(1 or 2) 150"],
)
def test_lines_joined_as_appendices_print_them(line: str) -> None:
    assert _last(TWO_LINES + f"3 {line}") == _last(TWO_LINES + "3 or/1-2")


def test_a_range_joined_by_and() -> None:
    assert _last(TWO_LINES + "3 1-2/and") == _last(TWO_LINES + "3 1 and 2")


def test_a_list_of_lines_keeps_its_last_line() -> None:
    assert _last(TWO_LINES + "3 or/1, 2") == _last(TWO_LINES + "3 or/1-2")


def test_the_count_behind_a_limit_is_no_condition() -> None:
    limited = TWO_LINES + '3 limit 1 to (english language and yr="2000–2010")'
    assert _last(f"{limited} 1,234") == _last(limited.replace("–", "-"))


def test_years_with_a_long_dash() -> None:
    assert _last("2000–2010.yr.") == _last("2000-2010.yr.")


def test_ovids_printout_with_its_drawn_lines() -> None:
    lines = '1     exp Malaria/ (70123)\n2     limit 1 to yr="2010 -Current" (900)\n'
    printed = f"Search Strategy:\n{'-' * 80}\n{lines}{'*' * 27}\n"
    strategy = parse_ovid(printed)
    assert [line.number for line in strategy.lines] == [1, 2]
    assert _last(printed) == _last(lines)
    assert [notice.message for notice in strategy.notices] == ["skipped what stands before line 1"]


def test_records_picked_by_place_are_refused() -> None:
    with pytest.raises(QueryError, match="picks records by their place"):
        parse_ovid(TWO_LINES + "3 from 1 keep 1-10")


@pytest.mark.parametrize("parse", [parse_ovid, parse_pubmed])
def test_a_soft_hyphen_parts_no_word(parse: Callable[[str], SearchStrategy]) -> None:
    with pytest.raises(QueryError, match=r"line 2, character 8: .*U\+00AD.* delete it"):
        parse("malaria OR\nlumefan\u00adtrine")


@pytest.mark.parametrize("parse", [parse_ovid, parse_pubmed])
@pytest.mark.parametrize(
    ("query", "sign", "platform"),
    [
        ("asthma:ti,ab,kw", ":ti,ab,kw", "the Cochrane Library"),
        ("'asthma'/exp", "/exp", "Embase.com"),
        ("TI asthma", "TI", "EBSCOhost"),
        ("asthma OR AB copd", "AB", "EBSCOhost"),
        ("1. AB asthma", "AB", "EBSCOhost"),
    ],
)
def test_other_platforms_are_named(
    parse: Callable[[str], SearchStrategy], query: str, sign: str, platform: str
) -> None:
    told = [notice.message for notice in parse(query).notices]
    assert any(t.startswith(f"{sign} is the syntax of") and platform in t for t in told)


@pytest.mark.parametrize("query", ["Cell Line/de", "ti asthma", "next generation.ti."])
def test_what_is_ovids_own_or_words_gives_no_such_notice(query: str) -> None:
    told = [notice.message for notice in parse_ovid(query).notices]
    assert not any("syntax of" in t or "no operator" in t for t in told)


def test_next_in_capitals_is_an_operator_elsewhere() -> None:
    told = [notice.message for notice in parse_ovid("(heart NEXT attack*).ti.").notices]
    assert told == ["NEXT is no operator of Ovid but searched as a word; write adjN"]


@pytest.mark.parametrize(
    ("dates", "cut"),
    [
        ('"2000/01/01"[dp] : "3000"[dp]', False),
        ('"2000/01"[dp] : "2003/12/31"[dp]', False),
        ("2000:2003[dp]", False),
        ("2000/03[dp]", True),
        ('"2000/01/01"[dp] : "2003/06/30"[dp]', True),
    ],
)
def test_whole_years_are_told_only_where_a_year_is_cut(
    tmp_path: Path, dates: str, cut: bool
) -> None:
    record = Record(record_id="1", source="test", title="Asthma", year=2001)
    store = Store.build(tmp_path / "store", [record], FakeEncoder())
    told = [notice.message for notice in BooleanRetriever(store).notices(parse_pubmed(dates))]
    assert any("whole years" in t for t in told) == cut


def test_what_no_record_tells_is_said_once_and_what_some_do_not_is_counted(tmp_path: Path) -> None:
    bare = Record(record_id="1", source="test", title="Asthma", language="eng")
    other = Record(record_id="2", source="test", title="Asthma")
    store = Store.build(tmp_path / "store", [bare, other], FakeEncoder())
    query = "1 exp Asthma/\n2 letter.pt.\n3 comment.pt.\n4 limit 1 to english\n5 asthma.af."
    told = [str(notice) for notice in BooleanRetriever(store).notices(parse_ovid(query))]
    assert told == [
        "line 1, character 3: no record of the store has MeSH; 0 says nothing",
        "line 2, character 3: no record of the store tells its publication type; 0 says nothing",
        "line 4, character 14: 1 of 2 records do not tell their language; they are not found here",
    ]


def test_a_store_that_tells_everything_gives_no_such_notice(tmp_path: Path) -> None:
    record = Record(
        record_id="1",
        source="test",
        title="Asthma",
        mesh=("Asthma",),
        publication_types=("Letter",),
        language="eng",
    )
    store = Store.build(tmp_path / "store", [record], FakeEncoder())
    query = parse_pubmed('"Asthma"[mh] AND letter[pt] AND english[la]')
    assert BooleanRetriever(store).notices(query) == ()
    assert BooleanRetriever(store).search(query) == ["1"]


def _last(text: str) -> str:
    """The last line as words, without places."""
    return re.sub(r"Place\([^)]*\)", "", repr(parse_ovid(text).lines[-1].query))
