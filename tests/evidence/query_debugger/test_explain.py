from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.query_debugger.explain import explain
from evidence.query_debugger.explanation import Explanation, KnownRecord, LostRecord, Part
from evidence.query_debugger.explanation_html import as_html
from evidence.query_debugger.explanation_text import as_text
from indexers.records import Record
from indexers.store import Store
from retrievers.boolean.evaluate import BooleanRetriever
from retrievers.boolean.ovid import parse_ovid
from retrievers.boolean.pubmed import parse_pubmed
from retrievers.boolean.tree import (
    And,
    Line,
    LineReference,
    Not,
    Or,
    Query,
    SearchStrategy,
    all_of,
    any_of,
    children,
)
from tests.evidence.query_debugger.small_store import small_store
from tests.indexers.fake_encoder import FakeEncoder
from tests.retrievers.boolean.trees import records, trees

QUERY = """\
#1. fever[tiab] OR febrile[tiab] OR fever*[tiab]
#2. paracetamol[tiab]
#3. #1 AND #2
#4. #3 NOT children[tiab]
"""
FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return small_store(tmp_path_factory.mktemp("explain"))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path: Path = tmp_path_factory.mktemp("corpus") / "store"
    return Store.build(path, records(60), FakeEncoder(), kind="flat")


@pytest.fixture(scope="module")
def explained(store: Store) -> Explanation:
    known = ["11", "r2", "r3", "r7", "12", "no such record", "99"]
    return explain(parse_pubmed(QUERY), store, known)


def parts(explained: Explanation, number: int) -> dict[str, Part]:
    line = next(line for line in explained.lines if line.number == number)
    return {part.text: part for part in line.tree.parts()}


def test_lines_are_counted_alone_and_together(explained: Explanation) -> None:
    assert [line.hits for line in explained.lines] == [4, 3, 2, 1]
    assert explained.hits == 1
    both = parts(explained, 3)
    assert (both["#1"].hits, both["#1"].cumulative, both["#1"].hits_without) == (4, 4, 3)
    assert (both["#2"].hits, both["#2"].cumulative, both["#2"].hits_without) == (3, 2, 4)
    assert parts(explained, 4)["children[tiab]"].hits_without == 2


def test_each_or_member_says_what_it_adds(explained: Explanation) -> None:
    members = parts(explained, 1)
    assert members["fever[tiab]"].adds == 0  # `fever*` finds the same
    assert members["febrile[tiab]"].hits == 0
    assert [part.text for _, part in explained.adding_nothing()] == [
        "fever[tiab]",
        "febrile[tiab]",
        "fever*[tiab]",
    ]


def test_known_records_are_ids_or_pmids_and_may_be_missing_from_the_store(
    explained: Explanation,
) -> None:
    assert [record.record_id for record in explained.known] == ["r1", "r2", "r3", "r7"]
    assert explained.not_in_store == ("no such record", "99")


def test_each_lost_record_names_what_keeps_it_out(explained: Explanation) -> None:
    found = {
        lost.record.record_id: [(o.how, o.line_number, o.alone) for o in lost.obstacles]
        for lost in explained.lost
    }
    assert found == {
        "r1": [("taken out by NOT", 4, True)],
        "r3": [("missed by", 3, False), ("taken out by NOT", 4, False)],
        "r7": [("missed by", 3, True)],
    }
    assert parts(explained, 4)["children[tiab]"].loses == ("r1",)
    assert parts(explained, 4)["children[tiab]"].found_if_dropped == ("r1",)
    assert parts(explained, 3)["#1"].loses == ("r7",)
    assert parts(explained, 3)["#1"].found_if_dropped == ("r7",)
    assert parts(explained, 3)["#2"].loses == ("r3",)
    assert parts(explained, 3)["#2"].found_if_dropped == ()


def test_lines_know_who_uses_them(explained: Explanation) -> None:
    assert [line.used_by for line in explained.lines] == [(3,), (3,), (4,), ()]


def test_what_is_beyond_the_limit_is_told_and_never_guessed(store: Store) -> None:
    cut = explain(parse_pubmed(QUERY), store, ["11"], most_counted=6)
    assert [line.hits for line in cut.lines] == [4, 3, 2, 1]
    assert parts(cut, 1)["febrile[tiab]"].hits is None
    assert any("not counted" in note for note in cut.notes)
    assert "febrile[tiab]: –" in as_text(cut)


def test_of_a_large_or_the_text_shows_the_first_members(store: Store) -> None:
    words = " OR ".join(f"word{at}[tiab]" for at in range(80))
    text = as_text(explain(parse_pubmed(words), store))
    assert "and 20 more, of which 20 add nothing" in text
    assert "word59[tiab]" in text
    assert "word60[tiab]" not in text


def test_without_known_records_only_hits_are_told(store: Store) -> None:
    text = as_text(explain(parse_pubmed(QUERY), store))
    assert "known" not in text
    assert "1 of 10 records found" in text


def test_ovid_strategies_are_written_as_ovid_does(store: Store) -> None:
    strategy = parse_ovid("1 exp Fever/\n2 paracetamol.ti,ab.\n3 1 and 2")
    found = explain(strategy, store, ["r7"], syntax="ovid")
    assert [line.tree.text for line in found.lines] == [
        "exp Fever/",
        "paracetamol.ti,ab.",
        "1 and 2",
    ]
    assert [o.text for lost in found.lost for o in lost.obstacles] == ["1: exp Fever/"]


def test_a_reference_to_a_reference_is_followed_to_what_fails(store: Store) -> None:
    text = "1 fever.ti.\n2 paracetamol.ti.\n3 1 and 2\n4 remove duplicates from 3"
    found = explain(parse_ovid(text), store, ["r7"], syntax="ovid")
    assert [(o.text, o.alone) for o in found.lost[0].obstacles] == [("1: fever.ti.", True)]


def test_it_is_json_and_comes_back_the_same(explained: Explanation) -> None:
    dumped = explained.model_dump_json()
    assert json.loads(dumped)["hits"] == 1
    assert Explanation.model_validate_json(dumped) == explained


def test_the_text_shows_lines_parts_and_losses(explained: Explanation) -> None:
    text = as_text(explained)
    for shown in (
        "1 of 10 records found; known records: 1 found, 3 lost; not in the store: no such",
        "├ fever[tiab]: 4 (adds nothing; known 3/4)",
        "febrile[tiab]: 0 (finds nothing",
        "taken out by NOT children[tiab], line 4, character 12 (found if this is dropped)",
        "missed by #1: fever[tiab] OR febrile[tiab] OR fever*[tiab], line 3, character 5",
    ):
        assert shown in text


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@FEW
@given(st.text(), st.text(), st.text())
def test_hostile_text_is_neither_markup_nor_a_terminal_command(
    title: str, query: str, name: str
) -> None:
    nasty = f"<script>{title}\x1b[2J\u202e</code>"
    part = Part(kind="term", role="line", text=nasty + query, line=1, character=1, hits=1, adds=0)
    lost = LostRecord(record=KnownRecord(record_id=nasty, pmid=None, title=nasty), obstacles=())
    explained = Explanation(
        n_records=1, hits=0, known=(lost.record,), not_in_store=(nasty + name,), lost=(lost,),
        lines=({"number": 1, "hits": 1, "missed": (), "used_by": (), "tree": part},),  # type: ignore[arg-type]
        notes=(nasty,),
    )  # fmt: skip
    text = as_text(explained)
    assert not {"\x1b", "\u202e", "\r", "\x07"} & set(text)
    tags = Tags()
    tags.feed(as_html(explained))
    tags.close()
    assert tags.open == []
    assert "script" not in tags.seen


def dropped(query: Query, path: tuple[int, ...]) -> Query:
    operands = list(children(query))
    if len(path) > 1:
        operands[path[0]] = dropped(operands[path[0]], path[1:])
    else:
        del operands[path[0]]
    match query:
        case And():
            return all_of(operands)
        case Or():
            return any_of(operands)
        case _:
            return Not(*operands) if len(operands) > 1 else operands[0]


def placed(
    query: Query, part: Part, path: tuple[int, ...] = ()
) -> Iterator[tuple[Query, Part, tuple[int, ...]]]:
    yield query, part, path
    below = children(query) if isinstance(query, And | Or | Not) else ()
    assert len(part.operands) == len(below)
    for at, (inner, inner_part) in enumerate(zip(below, part.operands, strict=True)):
        yield from placed(inner, inner_part, (*path, at))


@FEW
@given(trees(ovid=False), trees(ovid=False))
def test_every_number_is_what_a_search_of_that_part_finds(
    corpus: Store, first: Query, second: Query
) -> None:
    strategy = SearchStrategy((Line(1, first), Line(2, all_of([LineReference(1), second]))))
    ids = [record.record_id for record in corpus.records()]
    explained = explain(strategy, corpus, ids, most_counted=10_000)
    search = BooleanRetriever(corpus).search
    found = set(search(strategy))
    assert {lost.record.record_id for lost in explained.lost} == set(ids) - found
    for line in explained.lines:
        query = strategy.lines[line.number - 1].query
        for node, part, path in placed(query, line.tree):
            alone = search(SearchStrategy((*strategy.lines, Line(3, node))))
            assert part.hits == part.n_known == len(alone)
            if part.role not in ("and operand", "excluded"):
                continue
            edited = {line.number: dropped(query, path)}
            lines = [Line(old.number, edited.get(old.number, old.query)) for old in strategy.lines]
            gained = set(search(SearchStrategy(tuple(lines)))) - found
            assert set(part.found_if_dropped) == gained


def test_a_strategy_of_one_or_loses_records_as_a_whole(store: Store) -> None:
    explained = explain(parse_pubmed("fever[tiab] OR cooling[tiab]"), store, ["r5"])
    assert [(o.text, o.alone) for o in explained.lost[0].obstacles] == [
        ("fever[tiab] OR cooling[tiab]", False)
    ]


def test_records_without_pmid_are_found_by_their_title(tmp_path: Path) -> None:
    twins = [
        Record(record_id=f"t{at}", source="s", title="The same title", abstract=abstract)
        for at, abstract in enumerate(("apple", "pear"))
    ]
    store = Store.build(tmp_path / "twins", twins, FakeEncoder(), kind="flat")
    explained = explain(parse_pubmed("apple[tiab]"), store, ["t0", "t1"])
    assert [lost.record.record_id for lost in explained.lost] == ["t1"]
