from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from indexers.encoder import minilm_encoder
from indexers.guideline_records import guideline_records
from indexers.records import Record
from indexers.references import read_records
from retrievers.dense import DenseRetriever
from retrievers.hybrid import HybridRetriever
from retrievers.lexical import LexicalRetriever
from retrievers.router import Domain, RoutedRetriever
from tests.indexers.fake_encoder import FakeEncoder
from tests.retrievers.conftest import MakeStore

TOPICS = {
    "trials": "randomised trial of malaria drugs",
    "guidelines": "recommendation for the care of asthma",
}


@pytest.fixture(scope="module")
def domains(make_store: MakeStore) -> list[Domain]:
    return [domain_of(make_store, name, text) for name, text in TOPICS.items()]


def domain_of(make_store: MakeStore, name: str, text: str) -> Domain:
    records = [
        Record(record_id=f"{name}-{i}", source="t", title=f"{text} {i}", abstract="Shared words.")
        for i in range(10)
    ]
    store = make_store(records, FakeEncoder())
    return Domain(name, store, LexicalRetriever(store))


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


def test_each_hit_has_its_rank_in_every_domain_that_found_it(domains: list[Domain]) -> None:
    twins = [replace(domains[0], name="a"), domains[0]]
    router = RoutedRetriever(twins, FakeEncoder(), margin=1)
    found = router.retrieve_with_ranks(TOPICS["trials"], 4)
    assert [hit for hit, _ in found] == router.retrieve(TOPICS["trials"], 4)
    assert [ranks for _, ranks in found] == [{"a": n, "trials": n} for n in range(1, 5)]
    alone = RoutedRetriever(domains, FakeEncoder(), margin=0)
    found = alone.retrieve_with_ranks(TOPICS["guidelines"], 4)
    assert [set(ranks) for _, ranks in found] == [{"guidelines"}] * 4


def test_a_blank_query_finds_nothing(domains: list[Domain]) -> None:
    assert RoutedRetriever(domains, FakeEncoder()).retrieve("  ", 5) == []


def test_a_store_of_many_topics_is_judged_by_what_it_has_on_this_one(
    make_store: MakeStore,
) -> None:
    topics = [f"{word} {n}" for n in range(40) for word in ("burns", "fractures", "cataract")]
    records = [
        Record(record_id=f"r{n}", source="t", title=title)
        for n, title in enumerate([*topics, "recommendation for the care of gout"])
    ]
    store = make_store(records, FakeEncoder())
    broad = Domain("broad", store, LexicalRetriever(store))
    narrow = domain_of(make_store, "narrow", TOPICS["guidelines"])
    router = RoutedRetriever([broad, narrow], FakeEncoder(), margin=0)
    assert router.explain("care of gout")[0].domain == "broad"
    assert router.explain("care of asthma")[0].domain == "narrow"


def test_domains_are_checked(domains: list[Domain]) -> None:
    with pytest.raises(ValueError, match="different names"):
        RoutedRetriever([], FakeEncoder())
    with pytest.raises(ValueError, match="different names"):
        RoutedRetriever([domains[0], domains[0]], FakeEncoder())
    with pytest.raises(ValueError, match="trials: expected vectors by"):
        RoutedRetriever([domains[0]], FakeEncoder("another"))
    with pytest.raises(ValueError, match="margin"):
        RoutedRetriever(domains, FakeEncoder(), margin=-1)


DATA = Path(__file__).parents[2] / "data"
TRIAL_IDS = ("PMC1065065", "PMC1079844", "PMC1261533", "PMC1513406", "PMC1876597", "PMC1887535")


@pytest.fixture(scope="module")
def shipped(make_store: MakeStore) -> list[Domain]:
    """Some shipped trials, most of them of malaria too, and the sample guideline."""
    encoder = minilm_encoder()
    corpus = {r.record_id: r for r in read_records(DATA / "corpus" / "records.jsonl.gz")}
    guideline = guideline_records(DATA / "guideline_sample" / "guideline.pdf")
    contents = {"trials": [corpus[i] for i in TRIAL_IDS], "guideline": list(guideline)}
    found = []
    for name, records in contents.items():
        store = make_store(records, encoder)
        hybrid = HybridRetriever([LexicalRetriever(store), DenseRetriever(store, encoder)])
        found.append(Domain(name, store, hybrid))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "domain", "first"),
    [
        (
            "Which first-line treatment is recommended for uncomplicated malaria?",
            "guideline",
            "2.1 First-line",
        ),
        ("When should patients be seen again?", "guideline", "2.2 Follow-up"),
        (
            "randomised trial of chloroquine with sulphadoxine-pyrimethamine in children",
            "trials",
            "PMC1513406",
        ),
        ("effects of lornoxicam in sepsis", "trials", "PMC1065065"),
    ],
)
def test_recommendations_come_from_the_guideline_and_trials_from_trials(
    shipped: list[Domain], query: str, domain: str, first: str
) -> None:
    router = RoutedRetriever(shipped, minilm_encoder(), margin=0)
    assert router.explain(query)[0].domain == domain
    found = router.retrieve(query, 3)
    ids = {record_id.startswith("guideline#") for record_id in (hit.record_id for hit in found)}
    assert ids == {domain == "guideline"}
    wanted = first
    if domain == "guideline":
        path = DATA / "guideline_sample" / "guideline.pdf"
        (wanted,) = [r.record_id for r in guideline_records(path) if first in r.title]
    assert found[0].record_id == wanted


@pytest.mark.slow
def test_guideline_and_trials_are_mixed(shipped: list[Domain]) -> None:
    router = RoutedRetriever(shipped, minilm_encoder(), margin=2)
    found = router.retrieve("treatment of uncomplicated falciparum malaria", 6)
    from_guideline = [hit.record_id.startswith("guideline#") for hit in found]
    assert 0 < sum(from_guideline) < len(found) == 6
    made = {r.record_id for r in guideline_records(DATA / "guideline_sample" / "guideline.pdf")}
    assert {hit.record_id for hit in found if hit.record_id.startswith("guideline#")} <= made
