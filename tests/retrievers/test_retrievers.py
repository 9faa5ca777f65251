from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.errors import StoreError
from indexers.record_store import RecordStore
from indexers.records import Record
from retrievers.dense import DenseRetriever
from retrievers.hybrid import HybridRetriever
from retrievers.lexical import LexicalRetriever
from retrievers.protocol import Hit, Retriever
from tests.indexers.fake_encoder import FakeEncoder
from tests.retrievers.conftest import MakeStore

RECORDS = [
    Record(record_id="e", source="t", title="Sepsis", abstract="Fluids.", mesh=("Humans",)),
    Record(record_id="a", source="t", title="Malaria drugs", abstract="Asthma is not the topic."),
    Record(record_id="b", source="t", title="Asthma inhalers", abstract="Malaria is not it."),
    Record(record_id="c", source="t", title="Sepsis", abstract="Fluids.", mesh=("Shock, Septic",)),
    Record(record_id="d", source="t", title="Treatments", abstract="AND title:x OR NOT y."),
]


@pytest.fixture(scope="module")
def store(make_store: MakeStore) -> RecordStore:
    return make_store(RECORDS, FakeEncoder())


class FixedRetriever:
    """Returns one ranking for any query, and remembers how much it was asked for."""

    def __init__(self, name: str, ranking: str) -> None:
        self.name = name
        self.ranking = ranking
        self.limits: list[int] = []

    def retrieve(self, query: str, limit: int) -> list[Hit]:
        self.limits.append(limit)
        found = enumerate(self.ranking[:limit], 1)
        return [Hit(record_id=record_id, score=-rank, rank=rank) for rank, record_id in found]


def test_dense_finds_an_exact_title_first(store: RecordStore) -> None:
    dense: Retriever = DenseRetriever(store, FakeEncoder())
    for record in RECORDS[1:]:
        hits = dense.retrieve(f"{record.title} {record.abstract}", 3)
        assert hits[0].record_id == record.record_id
        assert [hit.rank for hit in hits] == [1, 2, 3]
    assert dense.retrieve("Malaria drugs", 1)[0].record_id == "a"
    assert dense.retrieve(" \n", 3) == []


def test_dense_refuses_another_encoder(store: RecordStore) -> None:
    with pytest.raises(StoreError, match="build the store again with this encoder"):
        DenseRetriever(store, FakeEncoder("another"))


def test_lexical_counts_titles_twice_and_searches_mesh(store: RecordStore) -> None:
    lexical: Retriever = LexicalRetriever(store)
    assert [hit.record_id for hit in lexical.retrieve("malaria", 5)] == ["a", "b"]
    assert [hit.record_id for hit in lexical.retrieve("asthma", 5)] == ["b", "a"]
    assert [hit.record_id for hit in lexical.retrieve("septic shock", 5)] == ["c"]
    assert [hit.record_id for hit in lexical.retrieve("treatment", 5)] == ["d"], "stemming"
    assert lexical.retrieve("unheard", 5) == []


def test_lexical_ties_stand_by_record_id(store: RecordStore) -> None:
    hits = LexicalRetriever(store).retrieve("sepsis", 5)
    assert [hit.record_id for hit in hits] == ["c", "e"]
    assert hits[0].score == hits[1].score


def test_syntax_in_a_query_is_words(store: RecordStore) -> None:
    lexical = LexicalRetriever(store)
    plain = lexical.retrieve("malaria asthma", 5)
    for query in (
        "malaria AND asthma",
        "+malaria -asthma",
        "title:malaria^9 asthma",
        '"asthma malaria',
    ):
        found = {hit.record_id for hit in lexical.retrieve(query, 5)}
        assert {hit.record_id for hit in plain} <= found, query


@settings(max_examples=300, deadline=None)
@given(query=st.text(max_size=60) | st.text("()[]{}\"'+-^~*?:\\/ANDORTabc<>=", max_size=60))
def test_no_query_is_a_syntax_error(store: RecordStore, query: str) -> None:
    assert len(LexicalRetriever(store).retrieve(query, 3)) <= 3


def test_hybrid_by_hand() -> None:
    parts = [FixedRetriever("one", "abc"), FixedRetriever("two", "cd")]
    hits = HybridRetriever(parts, rank_constant=60).retrieve_with_ranks("q", 10)
    assert [hit.record_id for hit, _ in hits] == ["c", "a", "b", "d"]  # b and d tie at 1/62
    expected = [1 / 63 + 1 / 61, 1 / 61, 1 / 62, 1 / 62]
    assert [hit.score for hit, _ in hits] == pytest.approx(expected, abs=1e-15)
    assert [hit.rank for hit, _ in hits] == [1, 2, 3, 4]
    assert [ranks for _, ranks in hits] == [
        {"one": 3, "two": 1},
        {"one": 1},
        {"one": 2},
        {"two": 2},
    ]


def test_hybrid_rank_constant_changes_the_order() -> None:
    parts = [FixedRetriever("one", "axyzc"), FixedRetriever("two", "bxyzc")]
    steep = HybridRetriever(parts, rank_constant=1).retrieve("q", 3)
    flat = HybridRetriever(parts, rank_constant=60).retrieve("q", 3)
    assert [hit.record_id for hit in steep] == ["x", "a", "b"]
    assert [hit.record_id for hit in flat] == ["x", "y", "z"]


def test_hybrid_weights_count_and_are_named() -> None:
    parts = [FixedRetriever("one", "ab"), FixedRetriever("two", "ba")]
    assert [h.record_id for h in HybridRetriever(parts).retrieve("q", 2)] == ["a", "b"]
    weighted = HybridRetriever(parts, weights={"two": 2.0})
    assert [h.record_id for h in weighted.retrieve("q", 2)] == ["b", "a"]
    assert weighted.retrieve("q", 1)[0].score == pytest.approx(2 / 61 + 1 / 62, abs=1e-15)
    assert (weighted.name, HybridRetriever(parts).name) == ("hybrid-two=2", "hybrid")
    for wrong in ({"three": 1.0}, {"one": 0.0}):
        with pytest.raises(ValueError, match="weights"):
            HybridRetriever(parts, weights=wrong)


def test_hybrid_takes_candidates_or_the_limit_if_larger() -> None:
    part = FixedRetriever("one", "abcdef")
    hybrid = HybridRetriever([part], candidates=4)
    assert len(hybrid.retrieve("q", 2)) == 2
    assert len(hybrid.retrieve("q", 5)) == 5
    assert part.limits == [4, 5]


def test_hybrid_over_a_store(store: RecordStore) -> None:
    hybrid: Retriever = HybridRetriever(
        [DenseRetriever(store, FakeEncoder()), LexicalRetriever(store)]
    )
    first = hybrid.retrieve("Malaria drugs", 3)
    assert first[0].record_id == "a"
    assert first == hybrid.retrieve("Malaria drugs", 3)


def test_wrong_arguments() -> None:
    part = FixedRetriever("one", "a")
    for parts, constant, candidates in (
        ([], 60, 9),
        ([part, part], 60, 9),
        ([part], 0, 9),
        ([part], 60, 0),
    ):
        with pytest.raises(ValueError, match="expected"):
            HybridRetriever(parts, constant, candidates)
    with pytest.raises(ValueError, match="limit"):
        HybridRetriever([part]).retrieve("q", 0)


def test_limits_below_one_are_refused(store: RecordStore) -> None:
    for retriever in (DenseRetriever(store, FakeEncoder()), LexicalRetriever(store)):
        with pytest.raises(ValueError, match="limit"):
            retriever.retrieve("q", 0)
