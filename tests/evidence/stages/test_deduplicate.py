from __future__ import annotations

import random
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.stages.deduplicate import Deduplication, deduplicate, find_duplicates
from indexers.records import Record

TITLE = "Aspirin for the treatment of common colds in adults: a randomised controlled trial"
HEAD = "Aspirin for the treatment of common colds in adults"
TEAM = ("Smith, John", "Jones, Anne", "Wang, Xiao")
WORDS = (
    "colds are common and aspirin is often taken for them though its benefit is not known we"
    " randomised four hundred adults with a cold of less than two days to aspirin or placebo three"
    " times daily for five days the main outcome was the time until symptoms had gone secondary"
    " outcomes were fever use of other drugs and adverse events symptoms lasted for six days with"
    " aspirin and for seven with placebo a difference that chance could explain fever was shorter"
    " by half a day stomach pain was more frequent with aspirin we conclude that it does little"
    " for a cold and that those who take it should know of its harms before they do"
)
OTHER_WORDS = " ".join(reversed(WORDS.split()))


def record(name: str, **fields: Any) -> Record:
    given = {"title": TITLE, "authors": TEAM, "year": 2010, "journal": "Lancet", **fields}
    return Record(record_id=name, source="test", **given)


def merged(*records: Record) -> list[set[str]]:
    return [set(cluster.members) for cluster in find_duplicates(records).clusters]


def judged(one: dict[str, Any], other: dict[str, Any]) -> tuple[str, str]:
    """What two records are to each other, and the reason."""
    result = find_duplicates([record("a", **one), record("b", **other)])
    if result.clusters:
        return "duplicate", result.clusters[0].pairs[0].reason
    if result.near_duplicates:
        return "near", result.near_duplicates[0].reason
    return "distinct", ""


# --- identifiers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"pmid": "123"}, {"pmid": " 0123 "}),
        ({"pmcid": "PMC77"}, {"pmcid": "77"}),
        ({"doi": "10.1000/ABC"}, {"doi": "https://doi.org/10.1000/abc."}),
    ],
)
def test_one_identifier_is_enough(one: dict[str, str], other: dict[str, str]) -> None:
    far = {"title": TITLE.upper(), "year": 1999, "authors": (), "journal": "BMJ"}
    verdict, reason = judged(one, {**far, **other})
    assert verdict == "duplicate"
    assert reason == f"same {next(iter(one)).upper()}"


@pytest.mark.parametrize("name", ["pmid", "doi", "pmcid"])
def test_other_identifiers_never_merge_but_are_shown(name: str) -> None:
    numbers = {"pmid": ("1", "2"), "pmcid": ("PMC1", "PMC2"), "doi": ("10.1000/a", "10.1000/b")}
    one, other = ({name: number} for number in numbers[name])
    assert judged(one, other) == ("near", f"same title, but another {name.upper()}")


def test_identifiers_that_contradict_each_other_are_for_a_person() -> None:
    verdict, reason = judged({"doi": "10.1000/a", "pmid": "1"}, {"doi": "10.1000/a", "pmid": "2"})
    assert (verdict, reason) == ("near", "same DOI, but another PMID")


def test_abstracts_of_a_supplement_share_its_doi() -> None:
    other = {"title": "Statins after myocardial infarction in women", "authors": ("Berg A",)}
    assert judged({"doi": "10.1000/s"}, {"doi": "10.1000/s", **other})[0] == "near"


def test_a_translated_title_under_the_same_doi() -> None:
    german = {"title": "[Acetylsalicylsäure bei Erkältungen Erwachsener]", "doi": "10.1000/s"}
    assert judged({"doi": "10.1000/s"}, german)[0] == "duplicate"


def test_an_erratum_with_the_doi_of_its_article_is_for_a_person() -> None:
    verdict, reason = judged(
        {"doi": "10.1000/a"}, {"doi": "10.1000/a", "title": f"Erratum: {TITLE}"}
    )
    assert verdict == "near"
    assert "notice" in reason


# --- the same title ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({}, "same title, first author, journal and year"),
        ({"year": 2011}, "same title, first author, journal and year within 1"),
        ({"authors": ("Smith J",), "journal": None}, "same title, first author and year"),
        ({"authors": ()}, "same title, journal and year, the authors are missing"),
        ({"year": None}, "same title, first author and journal, a year is missing"),
        ({"authors": TEAM[::-1]}, "same title, first author, journal and year"),
        ({"title": TITLE.upper() + "."}, "same title, first author, journal and year"),
    ],
)
def test_the_same_title_with_support_is_merged(other: dict[str, Any], reason: str) -> None:
    assert judged({}, other) == ("duplicate", reason)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"year": 2012}, "same title, but years apart"),
        ({"journal": "Value in Health"}, "same title, but another journal"),
        ({"journal": "medRxiv"}, "same title, but another kind of publication"),
        (
            {"publication_types": ("Conference Abstract",)},
            "same title, but another kind of publication",
        ),
        ({"authors": ("Berg A",)}, "same title, but another first author"),
        ({"authors": (), "journal": None}, "same title, too little else to tell"),
        ({"journal": None, "year": 2011}, "same title, too little else to tell"),
    ],
)
def test_the_same_title_with_a_doubt_is_for_a_person(other: dict[str, Any], reason: str) -> None:
    assert judged({}, other) == ("near", reason)


def test_a_conference_abstract_of_the_same_title_has_another_text() -> None:
    verdict, reason = judged({"abstract": WORDS}, {"abstract": OTHER_WORDS})
    assert (verdict, reason) == ("near", "same title, but another abstract")


def test_title_and_abstract_alone_are_enough() -> None:
    bare = {"authors": (), "journal": None, "year": None}
    assert judged({"abstract": WORDS}, {**bare, "abstract": WORDS[:300] + " …"}) == (
        "duplicate",
        "same title and abstract",
    )
    assert judged({"abstract": WORDS}, {**bare, "abstract": ""})[0] == "near"


def test_an_abstract_in_another_language_tells_nothing() -> None:
    german = (
        "Erkältungen sind häufig, und Acetylsalicylsäure wird dagegen oft genommen, obwohl ihr"
        " Nutzen nicht bekannt ist. Vierhundert Erwachsene erhielten fünf Tage lang dreimal täglich"
        " Acetylsalicylsäure oder ein Scheinmedikament; Zielgröße war die Dauer der Beschwerden."
    )
    assert judged({"abstract": WORDS}, {"abstract": german})[0] == "duplicate"


def test_a_review_that_is_updated_keeps_its_title() -> None:
    journal = {"journal": "Cochrane Database Syst Rev"}
    verdict, reason = judged(journal, {**journal, "year": 2011})
    assert verdict == "near"
    assert "updated" in reason
    assert judged(journal, journal)[0] == "duplicate"


def test_short_titles_are_not_enough() -> None:
    reply = {"title": "In reply"}
    assert judged(reply, reply)[0] == "near"
    assert judged({"title": "Migraine"}, {"title": "Migraine", "authors": ("Berg A",)}) == (
        "distinct",
        "",
    )
    short = {"title": "Levetiracetam monotherapy trial"}
    assert judged(short, short)[0] == "duplicate"
    assert judged({**short, "authors": ("Smith J",)}, short)[0] == "near"


# --- shortened and misspelt titles ---------------------------------------------------------------


def test_a_subtitle_that_was_dropped() -> None:
    assert judged({"abstract": WORDS}, {"title": HEAD, "abstract": WORDS[:400]}) == (
        "duplicate",
        "same title up to a subtitle, first author and abstract",
    )
    assert judged({}, {"title": HEAD}) == (
        "duplicate",
        "same title up to a subtitle, authors, journal and year",
    )
    assert judged({}, {"title": HEAD, "authors": TEAM[:1]})[0] == "near"
    assert judged({}, {"title": HEAD, "journal": "BMJ"})[0] == "distinct"
    assert judged({"abstract": WORDS}, {"title": HEAD, "abstract": OTHER_WORDS})[0] == "distinct"


def test_a_title_that_was_cut_off() -> None:
    cut = {"title": TITLE[:60] + "...", "abstract": WORDS}
    assert judged({"abstract": WORDS}, cut)[0] == "duplicate"


@pytest.mark.parametrize(
    "subtitle", ["study protocol", "five-year follow-up", "cost-effectiveness analysis"]
)
def test_a_subtitle_that_may_name_another_report(subtitle: str) -> None:
    other = {"title": f"{HEAD}: {subtitle}"}
    assert judged({"title": HEAD}, other)[0] == "near"
    start = {"abstract": WORDS[:300]}
    assert judged({"title": HEAD, **start}, {**other, **start})[0] == "near"
    whole = {"abstract": WORDS}
    assert judged({"title": HEAD, **whole}, {**other, **whole})[0] == "duplicate"


@pytest.mark.parametrize("word", ["treatmen", "treattment", "treamtent", "treatments"])
def test_a_misspelt_title(word: str) -> None:
    misspelt = {"title": TITLE.replace("treatment", word)}
    assert judged({}, misspelt) == ("duplicate", "title misspelt, same authors, journal and year")
    assert judged({}, {**misspelt, "year": 2011})[0] == "near"
    assert judged({"abstract": WORDS}, {**misspelt, "year": 2011, "abstract": WORDS})[0] == (
        "duplicate"
    )
    assert judged({}, {**misspelt, "authors": ("Berg A",)})[0] == "distinct"


# --- what is not the same ------------------------------------------------------------------------

COMPANIONS = [
    f"Erratum: {TITLE}",
    f"{TITLE}: erratum",
    f"{TITLE} (vol 35, pg 12, 2010)",
    f"Correction: {TITLE}",
    f"Reply to: {TITLE}",
    f"Re: {TITLE}",
    f"{TITLE} - authors' reply",
    f"Comment on '{TITLE}'",
    f"{TITLE}. Part II",
    f"{TITLE} 2",
    f"{TITLE} (study B)",
    f"{TITLE}: second report",
    TITLE.replace("adults", "children"),
    TITLE.replace("Aspirin", "Paracetamol"),
    TITLE.replace("common colds", "chronic colds"),
]


@pytest.mark.parametrize("title", COMPANIONS)
@pytest.mark.parametrize("abstract", ["", WORDS])
def test_companions_are_never_merged(title: str, abstract: str) -> None:
    assert judged({"abstract": abstract}, {"title": title, "abstract": abstract})[0] != "duplicate"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("hypertension", "hypotension"),
        ("I", "II"),
        ("1", "2"),
        ("A", "B"),
        ("2 of 2", "2"),
        ("prednisone", "prednisolone"),
        ("citalopram", "escitalopram"),
        ("dysphagia", "dysphasia"),
        ("NCT 12345678", "NCT 1234567"),
        ("hepatitis B", "hepatitis C"),
        ("IL-6", "IL-8"),
        ("[ISRCTN11111111]", "[ISRCTN22222222]"),
    ],
)
def test_words_and_numbers_that_mean_another_study_are_told_apart(one: str, two: str) -> None:
    long = "A multicentre double blind placebo controlled comparison of aspirin, study {}"
    fields = {"abstract": WORDS}
    for more in ({}, fields):
        titles = ({**more, "title": long.format(word)} for word in (one, two))
        assert judged(*titles)[0] != "duplicate"


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


def test_time_grows_with_the_records_not_with_their_pairs() -> None:
    records = [
        record(str(i), title=f"Trial number {i} of drug {i * 7} in people", authors=(f"Name{i} A",))
        for i in range(2000)
    ]
    records += [record(f"same{i}", title="Editorial", authors=()) for i in range(1000)]
    records += [record(f"one{i}", pmid="1") for i in range(300)]
    start = time.process_time()
    assert [len(cluster) for cluster in merged(*records)] == [300]
    assert time.process_time() - start < 10


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
