from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.stages.deduplicate import Deduplication, deduplicate, find_duplicates
from indexers.records import Record
from tests.evidence.stages.deduplicate_factory import COMPANIONS, HEAD, TITLE, WORDS, record


def merged(*records: Record) -> list[set[str]]:
    return [set(cluster.members) for cluster in find_duplicates(records).clusters]


# --- clusters ------------------------------------------------------------------------------------
def test_the_most_complete_record_represents_and_nothing_is_lost() -> None:
    records = [
        record("bare", pmid="1", authors=(), journal=None, year=None),
        record("full", pmid="1", doi="10.1000/b", abstract=WORDS),
        record("brief", doi="10.1000/b", abstract=WORDS[:100]),
    ]
    (cluster,) = find_duplicates(records).clusters
    assert cluster.representative == "full"
    assert cluster.members == ("bare", "full", "brief")
    assert {(p.first, p.second, p.reason) for p in cluster.pairs} >= {
        ("bare", "full", "same PMID"),
        ("brief", "full", "same DOI"),
    }
    marks = [(m.record_id, m.duplicate_of, m.provenance.reason) for m in deduplicate(records)]
    assert marks == [("bare", "full", "same PMID"), ("brief", "full", "same DOI")]


def test_marks_are_made_by_the_machine_offline_and_unstamped() -> None:
    (mark,) = deduplicate([record("a", pmid="1"), record("b", pmid="1")])
    assert (mark.provenance.actor, mark.provenance.engine) == ("machine", "offline")
    assert mark.provenance.at is None


def test_the_reason_names_the_way_to_the_representative() -> None:
    full = record("full", pmid="1", doi="10.1000/b", abstract=WORDS, publication_types=("Article",))
    between = record("between", pmid="1", pmcid="PMC5", title=HEAD, authors=(), year=None)
    far = record("far", pmcid="PMC5", title="[Aspirin bei Erkältung]", year=2011, journal=None)
    reasons = {m.record_id: m.provenance.reason for m in deduplicate([full, between, far])}
    assert reasons["between"] == "same PMID"
    assert reasons["far"].endswith("as between; same PMID")


def test_a_record_without_identifiers_does_not_chain_two_studies() -> None:
    conference = record("conference", doi="10.1000/a")
    article = record("article", doi="10.1000/b")
    bare = record("bare")
    result = find_duplicates([conference, bare, article])
    assert result.clusters == ()
    assert len(result.near_duplicates) == 3


def test_a_head_does_not_chain_two_subtitles() -> None:
    adults = record("adults", title=f"{HEAD}: effects in smokers", abstract=WORDS)
    children = record("children", title=f"{HEAD}: effects in athletes", abstract=WORDS)
    head = record("head", title=HEAD, abstract=WORDS)
    clusters = merged(adults, head, children)
    assert len(clusters) <= 1
    assert all(not {"adults", "children"} <= cluster for cluster in clusters)


def test_an_identifier_wins_over_a_title() -> None:
    one = record("one", doi="10.1000/a", pmid="1")
    other = record("other", doi="10.1000/b")
    torn = record("torn", pmid="1")
    assert merged(one, other, torn) == [{"one", "torn"}]


def test_of_the_pairs_between_two_clusters_one_is_asked() -> None:
    records = [record(name, doi="10.1000/a") for name in ("a1", "a2")]
    records += [record(name, doi="10.1000/b") for name in ("b1", "b2")]
    result = find_duplicates(records)
    assert len(result.clusters) == 2
    assert len(result.near_duplicates) == 1


def test_the_order_of_the_records_changes_nothing_but_the_order() -> None:
    draw = random.Random(3)  # noqa: S311 - no secret
    records = [
        record(
            f"r{number}",
            title=draw.choice([TITLE, HEAD, TITLE.upper(), *COMPANIONS]),
            doi=draw.choice([None, None, "10.1000/a", "10.1000/b", "10.1000/c"]),
            year=draw.choice([2010, 2011, None]),
            journal=draw.choice(["Lancet", "The Lancet", None]),
            abstract=draw.choice(["", WORDS, WORDS[:300]]),
        )
        for number in range(60)
    ]

    def content(result: Deduplication) -> tuple[Any, ...]:
        clusters = sorted((c.representative, sorted(c.members), c.pairs) for c in result.clusters)
        return clusters, sorted(result.near_duplicates, key=str)

    expected = content(find_duplicates(records))
    assert expected[0]
    for _ in range(5):
        draw.shuffle(records)
        assert content(find_duplicates(records)) == expected


def test_two_records_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="'a'"):
        find_duplicates([record("a"), record("a")])


def test_nothing_in_nothing_out() -> None:
    assert deduplicate([]) == []
    assert find_duplicates([record("a", title="")]) == Deduplication(
        clusters=(), near_duplicates=()
    )


odd = st.text(alphabet=st.sampled_from("aAé αβ<>&;:[]().-–1²/ß\u0301\x00中 IV"), max_size=40)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda title, abstract, author, journal, doi, year: {
                "title": title,
                "abstract": abstract,
                "authors": (author,),
                "journal": journal,
                "doi": doi,
                "year": year,
            },
            *(odd | st.just(TITLE), odd, odd, odd),
            st.none() | odd.map("10.1000/{}".format),
            st.none() | st.integers(min_value=-5, max_value=9999),
        ),
        max_size=8,
    )
)
def test_odd_fields_keep_every_record_in_at_most_one_cluster(fields: list[dict[str, Any]]) -> None:
    records = [record(str(number), **given) for number, given in enumerate(fields)]
    result = find_duplicates(records)
    members = [name for cluster in result.clusters for name in cluster.members]
    assert len(members) == len(set(members))
    for cluster in result.clusters:
        assert cluster.representative in cluster.members
        assert set(cluster.reasons()) == set(cluster.members) - {cluster.representative}
        assert all(cluster.reasons().values())


def test_many_records_of_one_title_or_one_id() -> None:
    records = [
        record(str(i), title=f"Trial number {i} of drug {i * 7} in people", authors=(f"Name{i} A",))
        for i in range(2000)
    ]
    records += [record(f"same{i}", title="Editorial", authors=()) for i in range(1000)]
    records += [record(f"one{i}", pmid="1") for i in range(300)]
    assert [len(cluster) for cluster in merged(*records)] == [300]


# --- what a person holds apart, and what is left to a person --------------------------------------
def said(records: list[Record], *apart: tuple[str, str]) -> list[tuple[str, str, str, str]]:
    words = {"duplicate_marked": "=", "duplicate_suspected": "?"}
    return [
        (w.record_id, words[w.kind], w.duplicate_of, w.provenance.reason)
        for w in deduplicate(records, apart=apart)
    ]


ONE = record("one", pmid="1", pmcid="PMC5", doi="10.1000/one", abstract=WORDS)
SAME_PMID = record("same pmid", pmid="1", title="Aspirin", abstract="", authors=())
SAME_PMCID = record("same pmcid", pmcid="PMC5", title="Common colds", abstract="", authors=())


def test_records_that_a_person_holds_apart_are_not_merged() -> None:
    records = [ONE, SAME_PMID, SAME_PMCID]
    merges = [("same pmid", "=", "one"), ("same pmcid", "=", "one")]
    assert [w[:3] for w in said(records)] == merges
    for pair in (("one", "same pmid"), ("same pmid", "one")):
        assert [w[:3] for w in said(records, pair)] == merges[1:]
    assert said(records, ("one", "same pmid"), ("one", "same pmcid")) == []
    assert len(said(records, ("same pmid", "same pmcid"))) == 1


def test_what_was_merged_through_a_record_goes_with_it() -> None:
    whole = record("whole", pmcid="PMC5", doi="10.1000/x", abstract=WORDS)
    between = record("between", pmcid="PMC5", pmid="7", abstract="", title="Aspirin", authors=())
    behind = record("behind", pmid="7", abstract="", title="Common colds", authors=(), year=None)
    records = [whole, between, behind]
    assert [w[:3] for w in said(records)] == [("between", "=", "whole"), ("behind", "=", "whole")]
    assert [w[:3] for w in said(records, ("whole", "between"))] == [("behind", "=", "between")]
    assert [w[:3] for w in said(records, ("whole", "behind"))] == [("between", "=", "whole")]


def test_near_duplicates_are_suspected_of_the_more_complete_record() -> None:
    short = record("a", abstract="")
    conference = record("b", abstract="", publication_types=("Congress",), journal="Congress")
    (word,) = said([conference, short])
    assert word[1] == "?"
    assert {word[0], word[2]} == {"a", "b"}
    full = record("z", abstract=WORDS)
    (word,) = said([conference, full])
    assert word[:3] == ("b", "?", "z")


def test_a_question_is_about_records_that_stay() -> None:
    conference = record("b", abstract="", journal="Congress of 2010", doi=None)
    copy = record("a copy", doi="10.1000/one", abstract="")
    words = said([ONE, copy, conference])
    assert words[0][:3] == ("a copy", "=", "one")
    assert words[1][:3] == ("b", "?", "one")
    assert words[1][3].endswith("(a copy with b)")
    assert len(words) == 2
