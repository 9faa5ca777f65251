from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from indexers.records import Record
from indexers.store import Store
from retrievers.lexical import LexicalRetriever
from retrievers.router import Domain, RoutedRetriever, sampled_domain
from tests.indexers.fake_encoder import FakeEncoder

TOPICS = {
    "trials": "randomised trial of malaria drugs",
    "guidelines": "recommendation for the care of asthma",
}


@pytest.fixture(scope="module")
def domains(tmp_path_factory: pytest.TempPathFactory) -> list[Domain]:
    folder = tmp_path_factory.mktemp("stores")
    return [sampled(folder / name, name, text) for name, text in TOPICS.items()]


def sampled(path: Path, name: str, text: str) -> Domain:
    records = [
        Record(record_id=f"{name}-{i}", source="t", title=f"{text} {i}", abstract="Shared words.")
        for i in range(10)
    ]
    store = Store.build(path, records, FakeEncoder())
    return sampled_domain(name, store, LexicalRetriever(store), FakeEncoder(), n_sample=4)


def test_the_nearest_store_is_picked(domains: list[Domain]) -> None:
    router = RoutedRetriever(domains, FakeEncoder(), margin=0)
    for name, text in TOPICS.items():
        nearest, other = router.explain(text)
        assert (nearest.domain, nearest.weight, other.weight) == (name, 1.0, 0.0)
        assert nearest.nearness > other.nearness
        found = router.retrieve(text + " shared", 20)
        assert {hit.record_id.split("-")[0] for hit in found} == {name}
        assert [hit.rank for hit in found] == list(range(1, len(found) + 1))


def test_stores_within_the_margin_are_mixed_by_weight(domains: list[Domain]) -> None:
    router = RoutedRetriever(domains, FakeEncoder(), margin=2)
    query = TOPICS["trials"] + " shared"
    nearest, other = router.explain(query)
    assert other.weight == pytest.approx(1 - (nearest.nearness - other.nearness) / 2, abs=1e-5)
    found = router.retrieve(query, 20)
    assert {hit.record_id.split("-")[0] for hit in found} == set(TOPICS)
    assert found[0].record_id.startswith("trials")
    assert found[0].score == pytest.approx(1 / 61)
    assert all(a.score >= b.score for a, b in pairwise(found))
    assert len(router.retrieve(query, 3)) == 3


def test_an_equal_nearness_is_settled_by_name(domains: list[Domain]) -> None:
    twins = [replace(domains[0], name=name) for name in ("b", "a")]
    router = RoutedRetriever(twins, FakeEncoder(), margin=0)
    rows = [(row.domain, row.weight) for row in router.explain(TOPICS["trials"])]
    assert rows == [("a", 1.0), ("b", 0.0)]


def test_a_record_in_two_stores_is_one_record(domains: list[Domain]) -> None:
    twins = [replace(domains[0], name=name) for name in ("a", "b")]
    found = RoutedRetriever(twins, FakeEncoder(), margin=1).retrieve(TOPICS["trials"], 20)
    assert len({hit.record_id for hit in found}) == len(found) == 10
    assert found[0].score == pytest.approx(2 / 61)


def test_a_blank_query_finds_nothing(domains: list[Domain]) -> None:
    assert RoutedRetriever(domains, FakeEncoder()).retrieve("  ", 5) == []


def test_the_sample_is_spread_over_the_store(tmp_path: Path) -> None:
    records = [Record(record_id=str(i), source="t", title=f"T{i}") for i in range(10)]
    encoder = FakeEncoder()
    store = Store.build(tmp_path / "store", records, FakeEncoder())
    domain = sampled_domain("d", store, LexicalRetriever(store), encoder, n_sample=5)
    assert encoder.encoded == ["T0", "T2", "T4", "T6", "T8"]
    assert domain.sample.shape == (5, encoder.dimension)
    assert sampled_domain("d", store, LexicalRetriever(store), encoder).sample.shape[0] == 10


def test_domains_are_checked(domains: list[Domain]) -> None:
    with pytest.raises(ValueError, match="different names"):
        RoutedRetriever([], FakeEncoder())
    with pytest.raises(ValueError, match="different names"):
        RoutedRetriever([domains[0], domains[0]], FakeEncoder())
    with pytest.raises(ValueError, match="trials"):
        short = replace(domains[0], sample=np.zeros((3, 2), dtype=np.float32))
        RoutedRetriever([short], FakeEncoder())
    with pytest.raises(ValueError, match="margin"):
        RoutedRetriever(domains, FakeEncoder(), margin=-1)
