"""Tables as databases write them, and the .txt of PubMed's Save."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexers.errors import SourceError
from indexers.references import read_records

PUBMED = (
    "PMID,Title,Authors,Citation,First Author,Journal/Book,Publication Year,Create Date,PMCID,"
    "NIHMS ID,DOI\n"
    '"11","A trial; of x","Doe J, Roe RA.","Malar J. 2019 Mar 1;18(1):62.","Doe J","Malar J",'
    '"2019","2019/03/02","PMC9","","10.1/a"\n'
)
SCOPUS = (
    '"Authors","Author full names","Author(s) ID","Title","Year","Source title","Volume","DOI",'
    '"Abstract","Author Keywords","Index Keywords","PubMed ID",'
    '"Language of Original Document","Document Type","Source","EID"\n'
    '"Doe J.; Roe R.","Doe, Jane (571); Roe, Rita (572)","571; 572","A trial","2019","Malar J",'
    '"18","10.1/a","[No abstract available]","cure; early","human; cure","11","English","Article",'
    '"Scopus","2-s2.0-85"\n'
)
WOS_EXCEL = (
    "Publication Type,Authors,Author Full Names,Article Title,Source Title,Language,Document Type,"
    "Author Keywords,Keywords Plus,Abstract,Publication Year,DOI,Pubmed Id,UT (Unique WOS ID)\n"
    'J,"Doe, J; Roe, R","Doe, Jane; Roe, Rita",A trial,MALARIA JOURNAL,English,Article,cure,'
    "CHILDREN,Text.,2019,10.1/a,11,WOS:0001\n"
)
WOS_TAGS = (
    "PT\tAU\tAF\tTI\tSO\tLA\tDT\tDE\tID\tAB\tPY\tDI\tPM\tUT\n"
    'J\tDoe, J; Roe, R\tDoe, Jane; Roe, Rita\t"A" trial\tMALARIA JOURNAL\tEnglish\tArticle\tcure\t'
    "CHILDREN\tText.\t2019\t10.1/a\t11\tWOS:0001\n"
)
NBIB = "\nPMID- 12\nTI  - A title\n\nPMID- 13\nTI  - Second\n"


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8-sig")
    return path


@pytest.mark.parametrize(
    ("name", "text", "record_id", "title", "authors"),
    [
        ("p.csv", PUBMED, "11", "A trial; of x", ("Doe J", "Roe RA")),
        ("p.txt", PUBMED, "11", "A trial; of x", ("Doe J", "Roe RA")),
        ("s.csv", SCOPUS, "2-s2.0-85", "A trial", ("Doe, Jane", "Roe, Rita")),
        ("w.csv", WOS_EXCEL, "WOS:0001", "A trial", ("Doe, Jane", "Roe, Rita")),
        ("w.txt", WOS_TAGS, "WOS:0001", '"A" trial', ("Doe, Jane", "Roe, Rita")),
        ("w.tsv", WOS_TAGS, "WOS:0001", '"A" trial', ("Doe, Jane", "Roe, Rita")),
    ],
)
def test_tables_of_databases_are_known_by_their_columns(
    tmp_path: Path, name: str, text: str, record_id: str, title: str, authors: tuple[str, ...]
) -> None:
    (record,) = read_records(written(tmp_path, name, text))
    assert (record.record_id, record.title, record.authors) == (record_id, title, authors)
    assert (record.pmid, record.doi, record.year) == ("11", "10.1/a", 2019)
    assert record.journal in ("Malar J", "MALARIA JOURNAL")
    if text is not PUBMED:
        assert record.keywords == (("cure", "early", "human") if text is SCOPUS else
                                   ("cure", "CHILDREN"))  # fmt: skip
        assert (record.language, record.publication_types) == ("English", ("Article",))
        assert record.abstract == ("" if text is SCOPUS else "Text.")


def test_an_empty_id_of_a_database_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match=r"s\.csv:2: expected an id in the column eid, found an empty field"
    ):
        read_records(written(tmp_path, "s.csv", SCOPUS.replace("2-s2.0-85", "")))


def test_another_table_is_told_what_to_rename(tmp_path: Path) -> None:
    columns = "Key,Item Type,Title,Abstract Note," + ",".join(f"column {n}" for n in range(20))
    with pytest.raises(SourceError) as refused:
        read_records(written(tmp_path, "z.csv", f"{columns}\n"))
    message = str(refused.value)
    assert "rename 'key' to record_id; rename 'abstract note' to abstract" in message
    assert message.endswith("'column 7' and 12 more")


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (NBIB, ["12", "13"]),
        ("TY  - JOUR\nID  - a\nTI  - T\nER  - \n", ["a"]),
        ("record_id,title,abstract\n1,T,A\n", ["1"]),
    ],
)
def test_a_txt_file_is_known_by_its_first_lines(tmp_path: Path, text: str, ids: list[str]) -> None:
    found = read_records(written(tmp_path, "set.txt", text))
    assert [record.record_id for record in found] == ids


def test_a_txt_file_of_something_else_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="choose Save, format PubMed"):
        read_records(written(tmp_path, "a.txt", "1. J Trials. 2008;1:2.\n\nA trial of x.\n"))
