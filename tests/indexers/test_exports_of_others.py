"""What databases and reference managers write beside the standard, as librarians get it."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexers.errors import SourceError
from indexers.records import Record
from indexers.references import read_records

WEB_OF_SCIENCE = """\ufeffFN Clarivate Analytics Web of Science
VR 1.0
PT J
AU Okoro, A
   Lind, P
AF Okoro, Ada
   Lind, Per
TI Solvane for fever: a
   randomised trial
SO JOURNAL OF THINGS
LA English
DT Article; Retracted Publication
DE fever; solvane
PY 2019
VL 12
IS 3
AR e77
DI 10.5555/abc
PM 12345
UT WOS:000123
ER

PT J
TI B
UT WOS:000124
ER

EF
"""


def read(path: Path, text: str) -> list[Record]:
    path.write_text(text, encoding="utf-8")
    return read_records(path)


def test_web_of_science_plain_text(tmp_path: Path) -> None:
    first, second = read(tmp_path / "savedrecs.txt", WEB_OF_SCIENCE)
    assert first.title == "Solvane for fever: a randomised trial"
    assert first.authors == ("Okoro, Ada", "Lind, Per")
    assert (first.pmid, first.doi, first.year) == ("12345", "10.5555/abc", 2019)
    assert (first.volume, first.issue, first.pages) == ("12", "3", "e77")
    assert (first.database, first.accession) == ("Web of Science", "WOS:000123")
    assert first.retracted
    assert second.record_id == "WOS:000124"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (WEB_OF_SCIENCE.replace("ER\n\nPT J", "\nPT J"), r":22: expected 'ER' .* of line 3"),
        (WEB_OF_SCIENCE.replace("ER\n\nEF\n", ""), ":23: expected 'ER' at the end"),
        (WEB_OF_SCIENCE.replace("UT WOS:000124\n", ""), ":23: expected an id in the column ut"),
        (WEB_OF_SCIENCE.replace("PY 2019", "year 2019"), ":14: expected a tag such as 'TI'"),
        ("FN Clarivate Analytics Web of Science\nVR 1.0\nEF\n", "found no line 'PT J'"),
    ],
)
def test_a_damaged_one_names_its_line(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(SourceError, match=expected):
        read(tmp_path / "savedrecs.txt", text)


def test_tables_tell_where_a_report_stands_and_whose_number_it_is(tmp_path: Path) -> None:
    head = "EID,Title,Source title,Volume,Issue,Art. No.,Page start,Page end\n"
    paged, numbered = read(tmp_path / "a.csv", f"{head}2-s2.0-1,A,J,12,3,,1,9\n2,B,J,1.0,,77,,\n")
    assert (paged.volume, paged.issue, paged.pages) == ("12", "3", "1-9")
    assert (paged.database, paged.accession) == ("Scopus", "2-s2.0-1")
    assert (numbered.volume, numbered.issue, numbered.pages) == ("1", None, "77")


def test_ris_with_one_space_before_the_hyphen(tmp_path: Path) -> None:
    (record,) = read(tmp_path / "a.ris", "TY - JOUR\nTI - One space\nAU - Doe, J\nER -\n")
    assert (record.title, record.authors) == ("One space", ("Doe, J",))


def test_in_ris_proper_such_a_line_goes_on_with_the_text(tmp_path: Path) -> None:
    (record,) = read(tmp_path / "a.ris", "TY  - JOUR\nTI  - The role of\nMS - a trial\nER  - \n")
    assert record.title == "The role of MS - a trial"


def test_a_file_without_references_says_what_a_tag_looks_like(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="TY, two spaces, hyphen"):
        read(tmp_path / "a.ris", "PMID- 1\n")


@pytest.mark.parametrize(
    ("note", "pmid"),
    [
        ("<p>PMID: 12345\nPMCID: PMC77</p>", "12345"),
        ("PMID: 12345", "12345"),
        ("Comment in: J Things. PMID: 999", None),
        ("Retraction in: PMID 999", None),
    ],
)
def test_the_pmid_in_a_note_of_zotero(tmp_path: Path, note: str, pmid: str | None) -> None:
    (record,) = read(tmp_path / "a.ris", f"TY  - JOUR\nTI  - A\nN1  - {note}\nER  - \n")
    assert record.pmid == pmid


def test_headings_as_ovid_medline_prints_them(tmp_path: Path) -> None:
    words = ("*Malaria, Falciparum/dt [Drug Therapy]", "Humans", "kw: early/rx [Cure]")
    lines = "".join(f"KW  - {word}\n" for word in words)
    (record,) = read(tmp_path / "a.ris", f"TY  - JOUR\nTI  - A\n{lines}ER  - \n")
    assert record.mesh == ("Malaria, Falciparum", "Humans")
    assert record.mesh_headings == ("*Malaria, Falciparum/drug therapy", "Humans")
    assert record.keywords == ("kw: early/rx [Cure]",)


def test_headings_of_embase_stay_keywords(tmp_path: Path) -> None:
    text = "TY  - JOUR\nTI  - A\nKW  - *fever/dt [Drug Therapy]\nKW  - human\nER  - \n"
    (record,) = read(tmp_path / "a.ris", text)
    assert (record.mesh, record.keywords) == ((), ("*fever/dt [Drug Therapy]", "human"))
