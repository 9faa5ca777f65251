from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from indexers.mesh import shipped_mesh
from indexers.records import Record
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


def printed(*headings: str, **more: object) -> Record:
    mesh = tuple(heading.strip("*").split("/")[0] for heading in headings)
    record_id = more.pop("record_id", headings[0])
    fields = {"record_id": record_id, "source": "test", "title": "T", "mesh": mesh}
    return Record.model_validate(fields | {"mesh_headings": headings} | more)


HEADED = (
    printed("Asthma/*drug therapy/mortality", "Humans", chemicals=("Quinine",)),
    printed("*Asthma/mortality", chemicals=("Quinine Sulfate",)),
    printed("Asthma/prevention & control", "*Humans"),
    printed("*Status Asthmaticus/diet therapy"),
    printed("Asthma", "Malaria/*drug therapy"),
)


@pytest.fixture(scope="module")
def headed(tmp_path_factory: pytest.TempPathFactory) -> BooleanRetriever:
    path: Path = tmp_path_factory.mktemp("headed") / "store"
    untold = Record(record_id="untold", source="test", title="T", mesh=("Asthma",))
    return BooleanRetriever(Store.build(path, (*HEADED, untold), FakeEncoder(), kind="flat"))


@pytest.mark.parametrize(
    ("parser", "text", "found"),
    [
        (parse_pubmed, "asthma[mh:noexp]", "0 1 2 4 5"),
        (parse_pubmed, "asthma[majr]", "0 1 3"),
        (parse_pubmed, "asthma[majr:noexp]", "0 1"),
        (parse_ovid, "*Asthma/", "0 1"),
        (parse_ovid, "exp *Asthma/", "0 1 3"),
        (parse_pubmed, "asthma/drug therapy[mh]", "0"),
        (parse_pubmed, "asthma/therapy[mh]", "0 2 3"),
        (parse_pubmed, "asthma/therapy[mh:noexp]", ""),
        (parse_pubmed, "asthma/mortality[mh]", "0 1"),
        (parse_pubmed, "asthma/mortality[majr]", "1"),
        (parse_ovid, "Asthma/dt", "0"),
        (parse_ovid, "exp Asthma/th", ""),
        (parse_ovid, "exp Asthma/dh,pc", "2 3"),
        (parse_ovid, "exp *Asthma/dt, dh, pc", "0 3"),
        (parse_pubmed, "therapy[sh]", "0 2 3 4"),
        (parse_pubmed, "dt[sh]", "0 4"),
        (parse_ovid, "drug therapy.fs.", "0 4"),
        (parse_ovid, "th.fs.", ""),
        (parse_ovid, "th.xs.", "0 2 3 4"),
        (parse_pubmed, "mortalit*[sh]", "0 1"),
        (parse_pubmed, "mortality[tw]", "0 1"),
        (parse_ovid, "quinine.nm.", "0 1"),
        (parse_pubmed, '"quinine"[nm]', "0"),
        (parse_ovid, '"quinine sulfate".rn.', "1"),
        (parse_ovid, "quin$.mp.", "0 1"),
        (parse_ovid, "asthm$/", "0 1 2 4 5"),
        (parse_pubmed, "hasabstract", ""),  # none of these has one
        (parse_pubmed, "all[sb]", "0 1 2 3 4 5"),
    ],
)
def test_major_topics_subheadings_and_substances(
    headed: BooleanRetriever, parser: Callable[[str], SearchStrategy], text: str, found: str
) -> None:
    ids = [*(record.record_id for record in HEADED), "untold"]
    assert headed.search(parser(text)) == [ids[int(place)] for place in found.split()]


def test_what_the_store_does_not_tell_is_said(
    tmp_path: Path, headed: BooleanRetriever, retriever: BooleanRetriever
) -> None:
    bare = Record(record_id="1", source="test", title="T", mesh=("Asthma",))
    untold = BooleanRetriever(Store.build(tmp_path / "s", [bare], FakeEncoder(), kind="flat"))
    (notice,) = untold.notices(parse_pubmed("asthma[majr]"))
    assert "no record of the store tells major topics and subheadings" in notice.message
    (notice,) = untold.notices(parse_pubmed("quinine[nm]"))
    assert "no record of the store tells its substances" in notice.message
    for text in ("asthma/dt[mh]", "therapy[sh]"):
        (notice,) = headed.notices(parse_pubmed(text))
        assert notice.message.startswith("1 records have headings but do not tell major topics")
    assert headed.notices(parse_pubmed("asthma[mh] OR quinine[nm]")) == ()
    (notice,) = headed.notices(parse_pubmed("0[rn]"))
    assert "not their registry numbers" in notice.message
    (notice,) = retriever.notices(parse_pubmed("acme[ad]"))
    assert notice.message.startswith("the store keeps no affiliation")


def test_journals_are_found_by_abbreviation_and_by_full_name(tmp_path: Path) -> None:
    names = (
        "Malaria journal",
        "Lancet (London, England)",
        "The Lancet",
        "Lancet oncology",
        "Journal of the National Cancer Institute",
        "Heart & lung : the journal of critical care",
    )
    rows = [
        Record(record_id=str(n), source="test", title="T", journal=name)
        for n, name in enumerate(names)
    ]
    store = BooleanRetriever(Store.build(tmp_path / "s", rows, FakeEncoder(), kind="flat"))
    found = {
        '"Malar J"[ta]': "0",
        '"Malaria journal"[ta]': "0",
        "lancet[ta]": "1 2",
        '"Lancet"[ta]': "1 2",
        "J Natl Cancer Inst[ta]": "4",
        "heart lung[ta]": "5",
        "1475-2875[ta]": "",
    }
    assert {text: " ".join(store.search(parse_pubmed(text))) for text in found} == found
    (abbreviated,) = store.notices(parse_pubmed('"Malar J"[ta]'))
    assert "one name of each journal" in abbreviated.message
    (issn,) = store.notices(parse_pubmed("1475-2875[ta]"))
    assert "no ISSN" in issn.message
    assert store.notices(parse_pubmed("lancet[ta]")) == ()


def test_filters_and_bare_numbers_find_what_pubmed_finds(
    retriever: BooleanRetriever, read: list[ReadRecord]
) -> None:
    same = {
        "15566594": "15566594[pmid]",
        "humans[filter]": "humans[mh]",
        "animals[filter]": "animals[mh:noexp]",
        "allchild[filter]": "infant[mh] OR child[mh] OR adolescent[mh]",
        "randomizedcontrolledtrial[filter]": "randomized controlled trial[pt]",
        "french[filter]": "french[la]",
        "hasabstract sepsis": "hasabstract AND sepsis",
    }
    for text, other in same.items():
        found = retriever.search(parse_pubmed(text))
        assert found == retriever.search(parse_pubmed(other)) == by_hand(parse_pubmed(text), read)
        assert found
    pmids = [r.pmid for r in records() if r.pmid][:2]
    assert retriever.count(parse_pubmed(" ".join(map(str, pmids)))) == 2
    abstracts = [r.record_id for r in records() if r.abstract]
    for text in ("hasabstract", "hasabstract[text]", "fha[filter]"):
        assert retriever.search(parse_pubmed(text)) == abstracts
    limited = parse_ovid("1. sepsis.ti.\n2. limit 1 to abstracts")
    assert retriever.search(limited) == by_hand(limited, read) != []
    (notice,) = retriever.notices(parse_pubmed("systematic[sb]"))
    assert "keeps no subset" in notice.message


def test_dates_that_the_store_lacks_are_refused(retriever: BooleanRetriever) -> None:
    with pytest.raises(QueryError, match="line 1, character 15: the store keeps no entry date"):
        retriever.search(parse_pubmed("sepsis[ti] OR 2010:2011[edat]"))


def test_a_nearness_of_too_many_arrangements_is_refused(retriever: BooleanRetriever) -> None:
    group = "(" + " or ".join(f"w{i}" for i in range(60)) + ")"
    with pytest.raises(QueryError, match="arrangements"):
        retriever.count(parse_ovid(f"({group} adj9 {group}).tw."))
