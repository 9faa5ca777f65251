from __future__ import annotations

import time
from typing import Any

import pytest

from evidence.stages.deduplicate import deduplicate, normalised_doi, normalised_title
from indexers.records import Record

TITLE = "Aspirin for the treatment of common colds in adults: a randomised controlled trial"


def record(name: str, **fields: Any) -> Record:
    given = {"title": TITLE, "authors": ("Smith J",), "year": 2010, "journal": "Lancet", **fields}
    return Record(record_id=name, source="test", **given)


def pairs(*records: Record) -> list[tuple[str, str]]:
    return [(m.record_id, m.duplicate_of) for m in deduplicate(records)]


@pytest.mark.parametrize(
    "same",
    [
        ({"pmid": "123"}, {"pmid": " 0123 "}),
        ({"pmcid": "PMC77"}, {"pmcid": "77"}),
        ({"doi": "10.1000/ABC"}, {"doi": "https://doi.org/10.1000/abc."}),
    ],
)
def test_one_identifier_is_enough_and_the_earlier_record_stays(
    same: tuple[dict[str, str], dict[str, str]],
) -> None:
    first = record("a", **same[0])
    second = record("b", title="Quite another title of a paper", year=1999, authors=(), **same[1])
    (mark,) = deduplicate([first, second])
    assert (mark.record_id, mark.duplicate_of) == ("b", "a")
    assert mark.provenance.actor == "machine"
    assert mark.provenance.engine == "offline"
    assert mark.provenance.at is None
    assert "same" in mark.provenance.reason


def test_conflicting_identifiers_never_merge() -> None:
    assert (
        pairs(record("a", doi="10.1000/a", pmid="1"), record("b", doi="10.1000/a", pmid="2")) == []
    )
    assert pairs(record("a", pmid="1"), record("b", pmid="2")) == []


def test_the_same_title_needs_a_near_year_and_author_or_journal() -> None:
    other = {"title": TITLE.upper() + ".", "journal": "lancet", "authors": ("Jones A",)}
    assert pairs(record("a"), record("b", **other, year=2011)) == [("b", "a")]
    assert pairs(record("a"), record("b", **other, year=2012)) == []
    assert pairs(record("a"), record("b", year=2010, journal="BMJ", authors=("Jones A",))) == []
    assert pairs(record("a"), record("b", journal="BMJ", authors=("Smith, John",))) == [("b", "a")]


def test_a_misspelt_title_needs_the_same_year_and_author() -> None:
    misspelt = TITLE.replace("randomised", "randomized").replace("treatment", "treatmen")
    assert pairs(record("a"), record("b", title=misspelt)) == [("b", "a")]
    assert pairs(record("a"), record("b", title=misspelt, year=2011)) == []
    assert pairs(record("a"), record("b", title=misspelt, authors=("Jones A",))) == []


@pytest.mark.parametrize(
    "title",
    [
        f"Erratum: {TITLE}",
        f"{TITLE}: study protocol",
        f"{TITLE}. Part II",
        f"{TITLE} 2",
        TITLE.replace("adults", "children"),
        f"Reply to: {TITLE}",
    ],
)
def test_companions_are_never_merged(title: str) -> None:
    assert pairs(record("a"), record("b", title=title)) == []


@pytest.mark.parametrize(
    ("one", "two"), [("hypertension", "hypotension"), ("I", "II"), ("1", "2"), ("2 of 2", "2")]
)
def test_words_and_numbers_that_mean_another_study_are_told_apart(one: str, two: str) -> None:
    long = (
        "A multicentre randomised double blind placebo controlled comparison of aspirin, study {}"
    )
    assert pairs(record("a", title=long.format(one)), record("b", title=long.format(two))) == []


def test_an_erratum_with_the_doi_of_its_article_stays() -> None:
    erratum = record("b", doi="10.1000/a", title=f"Erratum: {TITLE}")
    assert pairs(record("a", doi="10.1000/a"), erratum) == []


def test_short_titles_are_not_enough() -> None:
    assert pairs(record("a", title="In reply"), record("b", title="In reply")) == []


def test_chains_point_to_the_record_that_is_kept() -> None:
    records = (
        record("a", pmid="1"),
        record("b", pmid="1", doi="10.1000/b"),
        record("c", doi="10.1000/b", title="An unrelated title of this paper", authors=()),
    )
    assert pairs(*records) == [("b", "a"), ("c", "a")]


def test_normal_forms() -> None:
    assert normalised_doi("doi:10.1000/Abc;") == "10.1000/abc"
    assert normalised_doi("not a doi") is None
    assert normalised_title("[Étude <i>in</i> vitro.]") == "etude in vitro"


def test_time_grows_with_the_records_not_with_their_pairs() -> None:
    records = [
        record(str(i), title=f"Trial number {i} of drug {i * 7} in people", authors=(f"Name{i} A",))
        for i in range(3000)
    ]
    start = time.process_time()
    assert deduplicate(records) == []
    assert time.process_time() - start < 10
