from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from indexers.mesh import shipped_mesh
from indexers.store import Store
from retrievers.boolean.errors import QueryError
from retrievers.boolean.evaluate import BooleanRetriever
from retrievers.boolean.ovid import parse_ovid
from retrievers.boolean.pubmed import parse_pubmed
from retrievers.boolean.to_ovid import to_ovid
from retrievers.boolean.to_pubmed import to_pubmed
from retrievers.boolean.tree import Line, Query, SearchStrategy
from tests.indexers.fake_encoder import FakeEncoder
from tests.retrievers.boolean.brute_force import ReadRecord, matches
from tests.retrievers.boolean.trees import records, trees

SLOW = settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> BooleanRetriever:
    path: Path = tmp_path_factory.mktemp("boolean") / "store"
    return BooleanRetriever(Store.build(path, records(), FakeEncoder(), kind="flat"))


@pytest.fixture(scope="module")
def read() -> list[ReadRecord]:
    return [ReadRecord(record) for record in records()]


def by_hand(query: Query | SearchStrategy, read: list[ReadRecord]) -> list[str]:
    if not isinstance(query, SearchStrategy):
        query = SearchStrategy((Line(1, query),))
    last = query.lines[-1].query
    mesh = shipped_mesh()
    return [r.record.record_id for r in read if matches(last, r, mesh, query)]


@SLOW
@given(trees(ovid=False))
def test_pubmed_trees_find_what_sets_find(
    retriever: BooleanRetriever, read: list[ReadRecord], query: Query
) -> None:
    assert retriever.search(query) == by_hand(query, read)


@SLOW
@given(trees(ovid=True))
def test_ovid_trees_find_what_sets_find(
    retriever: BooleanRetriever, read: list[ReadRecord], query: Query
) -> None:
    assert retriever.search(query) == by_hand(query, read)


@settings(SLOW, max_examples=40)
@given(trees(ovid=True))
def test_ovid_in_pubmeds_words_keeps_meaning(retriever: BooleanRetriever, query: Query) -> None:
    try:
        text = to_pubmed(query)
    except QueryError:
        return  # refused, not changed
    assert retriever.search(parse_pubmed(text)) == retriever.search(query)


@settings(SLOW, max_examples=40)
@given(trees(ovid=False))
def test_pubmed_in_ovids_words_keeps_meaning(retriever: BooleanRetriever, query: Query) -> None:
    try:
        text = to_ovid(query)
    except QueryError:
        return
    assert retriever.search(parse_ovid(text)) == retriever.search(query)


@pytest.mark.parametrize(
    "text",
    [
        "sepsis[tiab] AND lornoxicam[ti]",
        '"severe sepsis"[tiab] NOT lornoxicam[tiab]',
        "random*[tiab] AND 2004[dp]",
        '"lung injury"[tiab:~2]',
        '"acute lung injury"[tiab:~4]',
        "malaria[mh] NOT malaria[mh:noexp]",
        "Kirov M[au] OR Kirov[au]",
        "crit care[ta]",
        "english[la]",
        "clinical trial[pt] NOT clinical trial[pt:noexp]",
        "15566594[pmid]",
        "10.1186/cc2969[doi]",
        "severe sepsis",
    ],
)
def test_known_queries_find_something_and_the_right_thing(
    retriever: BooleanRetriever, read: list[ReadRecord], text: str
) -> None:
    strategy = parse_pubmed(text)
    found = retriever.search(strategy)
    assert found and found == by_hand(strategy, read)
    assert retriever.count(strategy) == len(found) < len(records())


def test_lines_are_counted_one_by_one(retriever: BooleanRetriever, read: list[ReadRecord]) -> None:
    strategy = parse_ovid("1. sepsis.ti.\n2. (lung$ adj3 injur$).ab.\n3. or/1-2\n4. 3 not 1")
    counts = dict(retriever.line_counts(strategy))
    assert counts[4] == len(retriever.search(strategy)) == len(by_hand(strategy, read))
    assert max(counts[1], counts[2]) <= counts[3] <= counts[1] + counts[2]
    assert counts[4] == counts[3] - counts[1] > 0


def test_explosion_goes_down_the_tree_not_up(retriever: BooleanRetriever) -> None:
    malaria = set(retriever.search(parse_ovid("exp Malaria/")))
    falciparum = set(retriever.search(parse_ovid("exp Malaria, Falciparum/")))
    assert falciparum < malaria
    assert falciparum <= set(retriever.search(parse_ovid("exp Parasitic Diseases/")))


def test_what_the_store_does_not_keep_is_said(retriever: BooleanRetriever) -> None:
    notices = retriever.notices(parse_pubmed('"Asthma/drug therapy"[majr] OR therapy[sh]'))
    assert [n.message.partition(";")[0] for n in notices] == [
        "the store keeps no major topics",
        "the store keeps no subheadings",
        "the store keeps no subheading",
    ]
    assert retriever.count(parse_pubmed("therapy[sh]")) == 0


def test_dates_that_the_store_lacks_are_refused(retriever: BooleanRetriever) -> None:
    with pytest.raises(QueryError, match="line 1, character 15: the store keeps no entry date"):
        retriever.search(parse_pubmed("sepsis[ti] OR 2010:2011[edat]"))


def test_a_nearness_of_too_many_arrangements_is_refused(retriever: BooleanRetriever) -> None:
    group = "(" + " or ".join(f"w{i}" for i in range(60)) + ")"
    with pytest.raises(QueryError, match="arrangements"):
        retriever.count(parse_ovid(f"({group} adj9 {group}).tw."))
