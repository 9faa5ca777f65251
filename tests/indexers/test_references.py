from __future__ import annotations

import errno
import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.errors import SourceError
from indexers.records import Record
from indexers.references import read_records, write_records
from tests.indexers.references_factory import BARE, RECORD

RIS = """Provider: Somebody
1.
TY  - JOUR
T1  - A wrapped title
that goes on
A1  - Doe, J
A1  - Roe, R
Y1  - 2004/05/01/
JF  - Journal
N2  - Abstract.
AN  - 77
DP  - PubMed
KW  - one
KW  - two
ZZ  - unknown
ER  -

TY  - JOUR
TI  - Second
DO  - 10.1/x
ER  -
"""
NBIB = """
PMID- 12
DP  - 2006 Jan 9
TI  - A title that
      goes on.
AB  - Text.
FAU - Doe, Jane
AU  - Doe J
LA  - eng
PT  - Journal Article
PT  - Retracted Publication
MH  - Malaria/*drug therapy
MH  - *Malaria/mortality
RN  - EC 2.7.7.49 (Telomerase)
RN  - 0 (N-(3-pyridyl)amide (x))
RN  - 57-27-2
RIN - J Trials. 2008;1:2. PMID: 99.
LID - S1 [pii]
LID - 10.1/y [doi]
PMC - PMC3

PMID- 13
TI  - Second
"""


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_headings_are_told_from_keywords_in_a_ris_file_of_another_program(tmp_path: Path) -> None:
    def read(*keywords: str) -> Record:
        lines = "".join(f"KW  - {keyword}\n" for keyword in keywords)
        text = f"TY  - JOUR\nTI  - T\n{lines}ER  - \n"
        return read_records(written(tmp_path, "a.ris", text))[0]

    found = read("*Quality of Life", "Malaria/drug therapy", "Humans", "my cure", "HIV/AIDS")
    assert found.mesh == ("Quality of Life", "Malaria", "Humans")
    assert found.mesh_headings == ("*Quality of Life", "Malaria/drug therapy", "Humans")
    assert found.keywords == ("my cure", "HIV/AIDS")
    for others in (("Humans", "my cure"), ("*malaria", "malaria/dt [Drug Therapy]"), ("HIV/AIDS",)):
        found = read(*others)
        assert (found.mesh, found.mesh_headings, found.keywords) == ((), (), others)


def test_ugly_ris(tmp_path: Path) -> None:
    for content in (RIS, RIS.replace("\n", "\r\n"), "\ufeff" + RIS):
        first, second = read_records(written(tmp_path, "a.ris", content))
        assert first.title == "A wrapped title that goes on"
        assert (first.record_id, first.pmid, first.year) == ("77", "77", 2004)
        assert (first.authors, first.keywords) == (("Doe, J", "Roe, R"), ("one", "two"))
        assert (first.abstract, first.journal) == ("Abstract.", "Journal")
        assert (second.record_id, second.title) == ("10.1/x", "Second")


def test_ris_ids_are_made_distinct(tmp_path: Path) -> None:
    one = "TY  - JOUR\nID  - a\nTI  - T\nER  - \n"
    taken = one.replace("ID  - a", "ID  - a-2")
    records = read_records(written(tmp_path, "a.ris", one + one + taken + one))
    assert [r.record_id for r in records] == ["a", "a-3", "a-2", "a-4"]


def test_accession_of_another_database_is_no_pmid(tmp_path: Path) -> None:
    text = RIS.replace("DP  - PubMed", "DP  - Embase")
    assert read_records(written(tmp_path, "a.ris", text))[0].pmid is None


def test_nbib(tmp_path: Path) -> None:
    first, second = read_records(written(tmp_path, "a.nbib", NBIB))
    assert first.title == "A title that goes on."
    assert (first.record_id, first.doi, first.pmcid) == ("12", "10.1/y", "PMC3")
    assert (first.year, first.authors, first.mesh) == (2006, ("Doe, Jane",), ("Malaria",))
    assert first.mesh_headings == ("Malaria/*drug therapy", "*Malaria/mortality")
    assert first.chemicals == ("Telomerase", "N-(3-pyridyl)amide (x)")
    assert first.retracted and first.retraction_pmids == ("99",)
    assert (second.record_id, second.title, second.retracted) == ("13", "Second", False)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_csv_delimiters_and_encodings(tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = [
        ["record_id", "Title", "abstract", "pmid", "label_included"],
        ["1", '"Café ""au"" lait', 'two\nlines"', "12.0", "1"],
    ]
    text = "\r\n".join(delimiter.join(row) for row in rows).replace("Café", "Café" + delimiter)
    text = text.replace(f'lait{delimiter}two\nlines"', f'lait"{delimiter}"two\nlines"')
    (record,) = read_records(written(tmp_path, "a.csv", text.encode(encoding)))
    assert record.title == f'Café{delimiter} "au" lait'
    assert (record.abstract, record.pmid, record.source) == ("two\nlines", "12", "csv")


def test_a_cell_that_a_spreadsheet_would_run_is_kept_as_text(tmp_path: Path) -> None:
    titles = ["=1+1", "'=1+1", "-5 kg", "'plain", "@x"]
    records = [Record(record_id=str(i), source="s", title=t) for i, t in enumerate(titles)]
    path = tmp_path / "a.csv"
    write_records(records, path)
    assert ",'=1+1," in path.read_text()
    assert read_records(path) == records


@pytest.mark.parametrize("ending", ["ris", "nbib", "bib", "jsonl", "csv", "xml"])
def test_a_file_that_was_written_without_records_is_read(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"found.{ending}"
    write_records([], path)
    assert read_records(path) == []


@pytest.mark.parametrize(
    ("name", "content", "line", "expected"),
    [
        ("a.csv", "record_id,title\n1,T\n", 1, "abstract"),
        ("a.csv", "", 1, "record_id"),
        ("a.csv", "record_id,title,abstract\n1,T,A\n\n2,T\n", 4, "3 fields"),
        ("a.csv", "record_id,title,abstract\n1,T,A,more\n", 2, "3 fields"),
        ("a.csv", 'record_id,title,abstract\n1,"T,A\n2,T,A\n', 2, "CSV"),
        ("a.csv", "record_id,title,abstract\n1,T,A\n,T,A\n", 3, "record_id"),
        ("a.csv", 'record_id,title,abstract\n1,"a\nb",A\n1,T,A\n', 4, "line 2"),
        ("a.csv", b"record_id,title,abstract\n1,\x81,A\n", None, "UTF-8"),
        ("a.jsonl", RECORD.model_dump_json() + "\n{", 2, "JSON"),
        ("a.jsonl", '{"record_id":"1","source":"s","title":"t","colour":1}', 1, "colour"),
        ("a.jsonl", '{"record_id":"1","source":"s","title":"\\ud800"}', 1, "JSON"),
        ("a.ris", "Title: x\n", None, "TY"),
        ("a.ris", "TY  - JOUR\nTI  - x\n", 1, "ER"),
        ("a.ris", "\nTY  - JOUR\nTI  - x\nTY  - JOUR\nER  - \n", 4, "line 2"),
        ("a.ris", "TY  - JOUR\nno tag\nER  - \n", 1, "no tag"),
        ("a.nbib", "PMID- 1\nnonsense\n", 2, "nonsense"),
        ("a.bib", "a text", None, "no entry"),
        ("a.xml", "<x/>", None, "PubMed"),
        ("a.docx", "x", None, ".jsonl"),
        ("a.csv.gz", "not gzip", None, "readable"),
    ],
)
def test_errors_name_file_line_and_what_was_expected(
    tmp_path: Path, name: str, content: str | bytes, line: int | None, expected: str
) -> None:
    with pytest.raises(SourceError) as error:
        read_records(written(tmp_path, name, content))
    message = str(error.value)
    assert error.value.line == line, message
    assert name in message
    assert expected in message
    assert "\n" not in message


def test_missing_file_and_unwritable_place(tmp_path: Path) -> None:
    for suffix in ("jsonl", "csv", "ris", "nbib", "xml"):
        with pytest.raises(SourceError, match=f"none.{suffix}"):
            read_records(tmp_path / f"none.{suffix}")
    with pytest.raises(SourceError, match="written"):
        write_records([BARE], tmp_path / "none" / "a.csv")
    with pytest.raises(SourceError, match="docx"):
        write_records([BARE], tmp_path / "a.docx")


def test_gzipped_xml_goes_to_the_pubmed_reader(tmp_path: Path) -> None:
    xml = (
        b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>5</PMID></MedlineCitation>"
        b"</PubmedArticle></PubmedArticleSet>"
    )
    (record,) = read_records(written(tmp_path, "a.xml.gz", gzip.compress(xml)))
    assert record.pmid == "5"


def _mangled(text: str) -> st.SearchStrategy[bytes]:
    """The text with a stretch replaced by arbitrary bytes."""
    raw = text.encode()
    places = st.tuples(st.integers(0, len(raw)), st.integers(0, 40), st.binary(max_size=12))
    return places.map(lambda p: raw[: p[0]] + p[2] + raw[p[0] + p[1] :])


CSV = 'record_id,title,abstract,year\n1,"A, b",Text,2001\n2,T,"x\ny",\n'


@settings(max_examples=400, deadline=None)
@given(
    file=st.one_of(
        st.tuples(st.just("a.csv"), _mangled(CSV)),
        st.tuples(st.just("a.ris"), _mangled(RIS)),
        st.tuples(st.just("a.nbib"), _mangled(NBIB)),
        st.tuples(st.sampled_from(["a.csv", "a.ris", "a.nbib", "a.jsonl"]), st.binary()),
    )
)
def test_mangled_files_give_records_or_a_source_error(
    tmp_path_factory: pytest.TempPathFactory, file: tuple[str, bytes]
) -> None:
    path = tmp_path_factory.getbasetemp() / f"mangled-{file[0]}"
    path.write_bytes(file[1])
    try:
        records = read_records(path)
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        ids = [record.record_id for record in records]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv.gz", "a.ris", "a.nbib", "a.bib", "a.xml"])
def test_a_full_disk_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def full(path: Path, body: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    told = r"can be written \(No space left on device\); free disk space, then run the same"
    with pytest.raises(SourceError, match=rf"{name}: expected a file that {told} command again"):
        write_records([RECORD], tmp_path / name)
