"""Which record a file is of: names and identifiers decide, titles only suggest."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.reports.matching import Match, by_identifiers, by_name, by_title, contradicts
from indexers.records import Record
from tests.evidence.reports_factory import METHODS, RECORDS, record


def ids(matches: list[Match]) -> list[tuple[str, str]]:
    return [(match.record_id, match.by) for match in matches]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("r2.pdf", [("r2", "record id")]),
        ("PMC70003.xml.gz", [("r3", "PMCID")]),
        ("Okoro 2013 - pmc70003 (final).PDF", [("r3", "PMCID")]),
        ("PMC700031.pdf", []),
        ("10.5555_gleam.4.pdf", [("r4", "DOI")]),
        ("10.5555%2Fgleam.4.pdf", []),
        ("doi 10.5555-GLEAM-4 suppl.pdf", [("r4", "DOI")]),
        ("10.5555_gleam.44.pdf", []),
        ("90001.pdf", [("r1", "PMID")]),
        ("okoro_90001_2011.pdf", [("r1", "PMID")]),
        ("PMID90001.pdf", [("r1", "PMID")]),
        ("s13063-019-90001.pdf", []),
        ("190001.pdf", []),
        ("article.pdf", []),
        ("90001_90002.pdf", [("r1", "PMID"), ("r2", "PMID")]),
        ("PMC70003_90001.pdf", [("r3", "PMCID")]),
    ],
)
def test_names(name: str, expected: list[tuple[str, str]]) -> None:
    assert ids(by_name(Path("folder of 90005") / name, RECORDS)) == expected


def test_a_doi_that_begins_another_does_not_count() -> None:
    longer = record(0, record_id="longer", doi="10.5555/gleam.0.1", pmid=None, pmcid=None)
    assert ids(by_name(Path("10.5555_gleam.0.1.pdf"), [*RECORDS, longer])) == [("longer", "DOI")]


def test_short_pmids_and_empty_ids_match_no_name() -> None:
    bare = Record(record_id="x", source="s", title="A trial", pmid="2019")
    assert by_name(Path("2019.pdf"), [bare]) == []
    assert by_name(Path("---.pdf"), [Record(record_id="…", source="s", title="A trial")]) == []


def test_identifiers_of_an_article() -> None:
    assert ids(by_identifiers(record(2, record_id="else", pmcid=None), RECORDS)) == [("r2", "DOI")]
    other = record(2, doi="10.5555/other", pmid="1", pmcid="PMC1")
    assert by_identifiers(other, RECORDS) == []
    assert contradicts(other, RECORDS[2]) == "the article is PMCID PMC1, the record PMCID PMC70002"
    assert contradicts(record(2, pmid="1"), RECORDS[2]) is None
    bare = Record(record_id="x", source="s", title="A trial")
    assert contradicts(bare, RECORDS[2]) is None


def test_a_title_on_the_first_page_suggests_one_record() -> None:
    title = "SOLVANE for acute gleam fever in\nriver delta clinics: a randomized trial"
    beginning = f"Vol 3, June\n{title}\n{METHODS}"
    (match,) = by_title(beginning, RECORDS)
    assert (match.record_id, match.by, match.sure, match.likeness) == ("r4", "title", False, 100)
    misread = beginning.replace("delta clinics", "delta cl1nics")
    (match,) = by_title(misread, RECORDS)
    assert match.record_id == "r4"
    assert 90 <= match.likeness < 100


def test_titles_that_do_not_tell_records_apart_suggest_none() -> None:
    page = f"{RECORDS[1].title}\n{METHODS}"
    twin = record(1, record_id="twin")
    assert by_title(page, [RECORDS[1], twin]) == []
    assert by_title(f"{RECORDS[1].title}\n{RECORDS[2].title}", RECORDS) == []
    assert by_title(METHODS, RECORDS) == []
    assert by_title(page, [record(1, title="Gleam fever")]) == []
    part = record(1, record_id="part", title="Solvane for acute gleam fever in mountain villages")
    assert ids(by_title(page, [part, RECORDS[1]])) == [("r1", "title")]
