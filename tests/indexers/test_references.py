from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.errors import SourceError
from indexers.records import Record
from indexers.references import read_records, write_records

RECORD = Record(
    record_id="r-1",
    source="test",
    title="A trial of x; y, and “z”",
    abstract="Background: why.\nResults: 5 < 6.",
    pmid="123",
    doi="10.1/abc",
    pmcid="PMC9",
    year=2007,
    journal="Journal of Trials",
    authors=("Doe, Jane", "Roe, R"),
    publication_types=("Randomized Controlled Trial",),
    mesh=("Malaria, Falciparum", "Humans"),
    keywords=("cure",),
    language="eng",
    licence="by",
)
INDEXED = RECORD.model_copy(
    update={
        "record_id": "r-3",
        "mesh": ("Malaria, Falciparum", "Humans"),
        "mesh_headings": ("Malaria, Falciparum/*drug therapy/prevention & control", "Humans"),
        "chemicals": ("Quinine", "poly(I);poly(C)", "100%3B (R)-x"),
        "retracted": True,
        "retraction_pmids": ("31", "32"),
    }
)
BARE = Record(record_id="r-2", source="test", title="Bare")

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


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".csv", ".csv.gz"])
def test_round_trip_without_loss(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"records{suffix}"
    write_records([RECORD, INDEXED, BARE], path)
    first = path.read_bytes()
    assert read_records(path) == [RECORD, INDEXED, BARE]
    write_records([RECORD, INDEXED, BARE], path)
    assert path.read_bytes() == first


@pytest.mark.parametrize(
    ("suffix", "lost"),
    [
        (".ris", {"source": "ris"}),
        (".nbib", {"source": "nbib"}),
    ],
)
def test_round_trip_of_tagged_formats(tmp_path: Path, suffix: str, lost: dict[str, object]) -> None:
    path = tmp_path / f"records{suffix}"
    write_records([RECORD, BARE], path)
    flat = {"abstract": RECORD.abstract.replace("\n", " "), "licence": None}
    expected = [RECORD.model_copy(update=flat | lost)]
    expected += [BARE.model_copy(update={"source": lost["source"]})]
    assert read_records(path) == expected


def test_nbib_keeps_headings_substances_and_notices_of_retraction(tmp_path: Path) -> None:
    path = tmp_path / "a.nbib"
    write_records([INDEXED], path)
    lines = path.read_text().splitlines()
    assert "MH  - Malaria, Falciparum/*drug therapy/prevention & control" in lines
    assert "RN  - 0 (Quinine)" in lines and "RIN - PMID: 31" in lines
    flat = {"source": "nbib", "abstract": "Background: why. Results: 5 < 6.", "licence": None}
    assert read_records(path) == [INDEXED.model_copy(update=flat)]


def test_ris_keeps_publication_types_and_headings_with_star_and_subheading(tmp_path: Path) -> None:
    path = tmp_path / "a.ris"
    types = ("Journal Article", "Randomized Controlled Trial", "Retracted Publication")
    record = INDEXED.model_copy(update={"publication_types": types, "keywords": ("Humans", "cure")})
    write_records([record], path)
    lines = path.read_text().splitlines()
    assert "M3  - Randomized Controlled Trial" in lines
    assert "KW  - Malaria, Falciparum/*drug therapy/prevention & control" in lines
    flat = {"source": "ris", "abstract": "Background: why. Results: 5 < 6.", "licence": None}
    no_tags = {"chemicals": (), "retraction_pmids": ()}
    assert read_records(path) == [record.model_copy(update=flat | no_tags)]


@pytest.mark.parametrize("suffix", [".ris", ".nbib", ".bib", ".xml", ".csv", ".jsonl"])
def test_where_a_record_stands_survives(tmp_path: Path, suffix: str) -> None:
    place = {"volume": "18", "issue": "1", "pages": "62-e70"}
    of = {} if suffix == ".nbib" else {"database": "Embase", "accession": "627123459"}
    record = BARE.model_copy(update=place | of | {"record_id": "r-3"})
    write_records([record, BARE], tmp_path / f"a{suffix}")
    found, bare = read_records(tmp_path / f"a{suffix}")
    assert {name: getattr(found, name) for name in place | of} == place | of
    assert (bare.volume, bare.database, bare.accession, bare.pages) == (None, None, None, None)


def test_fields_that_are_not_told_leave_no_trace_in_the_bytes_of_a_record() -> None:
    assert set(BARE.model_dump()) & {"database", "accession", "volume", "issue", "pages"} == set()
    assert BARE.model_dump_json().endswith('"retracted":false,"retraction_pmids":[]}')


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


@pytest.mark.parametrize("suffix", [".bib", ".bib.gz", ".xml", ".xml.gz"])
def test_bibtex_and_endnote_are_chosen_by_suffix_and_root(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"records{suffix}"
    write_records([RECORD, BARE], path)
    first, second = read_records(path)
    assert first.source == ("bibtex" if ".bib" in suffix else "endnote")
    assert (first.title, first.doi, first.authors) == (RECORD.title, RECORD.doi, RECORD.authors)
    assert second.record_id == "r-2"


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
        ("a.nbib", "\n\n", None, "no reference"),
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


text_values = st.text(st.characters(codec="utf-8", exclude_characters=";\r\x00"), max_size=30).map(
    str.strip
)
records_strategy = st.lists(
    st.builds(
        Record,
        record_id=text_values.filter(bool),
        source=st.just("csv"),
        title=text_values,
        abstract=text_values,
        year=st.none() | st.integers(1500, 2199),
        authors=st.lists(text_values.filter(bool), max_size=2).map(tuple),
    ),
    max_size=4,
    unique_by=lambda record: record.record_id,
)


@settings(max_examples=100, deadline=None)
@given(records=records_strategy)
def test_any_text_survives_csv(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    write_records(records, path)
    assert read_records(path) == records


names = st.text("ab %3B25();*,-é", min_size=1, max_size=12).map(lambda t: " ".join(t.split()))
subjects = st.lists(names.filter(bool), max_size=3, unique=True).map(tuple)
starred = st.tuples(st.sampled_from(["Asthma", "*Humans"]), st.sampled_from(["", "/dt", "/*x & y"]))


@settings(max_examples=150, deadline=None)
@given(
    mesh=subjects.filter(lambda found: not any("/" in m or m.startswith("*") for m in found)),
    headings=st.lists(starred.map("".join), max_size=3, unique=True).map(tuple),
    chemicals=subjects,
    notices=st.lists(st.integers(1, 10**8).map(str), max_size=2, unique=True).map(tuple),
)
def test_subjects_survive_every_format_that_has_them(
    tmp_path_factory: pytest.TempPathFactory,
    mesh: tuple[str, ...],
    headings: tuple[str, ...],
    chemicals: tuple[str, ...],
    notices: tuple[str, ...],
) -> None:
    record = BARE.model_copy(
        update={
            "mesh": mesh,
            "mesh_headings": headings,
            "chemicals": chemicals,
            "retraction_pmids": notices,
            "retracted": bool(notices),
        }
    )
    folder = tmp_path_factory.mktemp("subjects")
    for suffix in ("jsonl", "csv", "nbib"):
        write_records([record], folder / f"a.{suffix}")
        (back,) = read_records(folder / f"a.{suffix}")
        assert back.model_copy(update={"source": "test"}) == record


@settings(max_examples=100, deadline=None)
@given(records=records_strategy)
def test_no_text_breaks_out_of_its_tag(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record]
) -> None:
    folder = tmp_path_factory.mktemp("tagged")
    for name in ("a.ris", "a.nbib"):
        write_records(records, folder / name)
        if records:
            back = read_records(folder / name)
            assert [r.title for r in back] == [" ".join(r.title.split()) for r in records]


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
