"""Retractions, substances and other databases' numbers in RIS, EndNote XML, NBIB and tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexers.records import Record
from indexers.references import read_records, write_records
from indexers.retraction import says_retracted

RETRACTED = Record(
    record_id="r-1",
    source="test",
    title="Quinine",
    pmid="12",
    chemicals=("Quinine", "poly(I);poly(C)"),
    mesh=("Malaria",),
    mesh_headings=("*Malaria/drug therapy",),
    keywords=("cure",),
    licence="CC BY",
    database="Embase",
    accession="L627123459",
    retracted=True,
    retraction_pmids=("31", "32"),
)


@pytest.mark.parametrize("suffix", [".ris", ".nbib", ".bib", ".xml", ".csv", ".jsonl"])
def test_every_format_keeps_them(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_records([RETRACTED], path)
    (found,) = read_records(path)
    assert found.model_copy(update={"source": "test"}) == RETRACTED


def test_notes_are_there_for_people_who_read_the_file_elsewhere(tmp_path: Path) -> None:
    write_records([RETRACTED], tmp_path / "a.ris")
    lines = (tmp_path / "a.ris").read_text().splitlines()
    assert "N1  - Retracted Publication" in lines
    assert "N1  - Retraction in: PMID 31" in lines
    assert "N1  - Substance: poly(I);poly(C)" in lines
    assert "AN  - 12" in lines and "N1  - Accession number: L627123459" in lines


@pytest.mark.parametrize(
    ("types", "title", "retracted"),
    [
        (("Journal Article", "Retracted Publication"), "Quinine", True),
        (("Retracted",), "Quinine", True),
        ((), "RETRACTED: Quinine in children", True),
        ((), "RETRACTED ARTICLE: Quinine", True),
        ((), "Quinine in children (Retracted article. See vol. 12, pg. 3, 2011)", True),
        ((), "Quinine (RETRACTED)", True),
        (("Retraction of Publication",), "Retraction: Quinine in children", False),
        ((), "Retracted: Quinine in children", False),
        ((), "Why articles are retracted", False),
        ((), "Surgery of the retracted nipple (Retracted nipples)", False),
    ],
)
def test_what_says_that_a_report_was_retracted(
    types: tuple[str, ...], title: str, retracted: bool
) -> None:
    assert says_retracted(types, title) is retracted


def test_exports_of_others_tell_it_by_type_or_title(tmp_path: Path) -> None:
    ris = "TY  - JOUR\nTI  - RETRACTED: Quinine\nER  - \n\nTY  - JOUR\nTI  - B\nM3  - Retracted\n"
    (tmp_path / "a.ris").write_text(f"{ris}ER  - \n")
    (tmp_path / "b.csv").write_text("EID,Title,Source title,Document Type\n1,Quinine,J,Retracted\n")
    (tmp_path / "c.xml").write_text(
        "<xml><records><record><titles><title>RETRACTED ARTICLE: Quinine</title></titles>"
        "</record></records></xml>"
    )
    found = [r for name in ("a.ris", "b.csv", "c.xml") for r in read_records(tmp_path / name)]
    assert [record.retracted for record in found] == [True] * 4


def test_headings_of_an_endnote_library_are_told_from_keywords(tmp_path: Path) -> None:
    words = ("Humans", "*Malaria/drug therapy", "early cure")
    keywords = "".join(f"<keyword>{word}</keyword>" for word in words)
    (tmp_path / "a.xml").write_text(
        f"<xml><records><record><titles><title>A</title></titles><keywords>{keywords}</keywords>"
        "<notes>Substance of the matter\rMeSH?</notes></record></records></xml>"
    )
    (record,) = read_records(tmp_path / "a.xml")
    assert record.mesh == ("Humans", "Malaria")
    assert (record.keywords, record.chemicals) == (("early cure",), ())
