"""Every format out and in again, and damaged or hostile files of every format."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.errors import SourceError
from indexers.records import Record
from indexers.references import read_records, write_records

# What a line of a reference file can hold: no control characters, no white space but single
# spaces. XML forbids surrogates and U+FFFE, U+FFFF; no format gives those back.
LINE = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cn"), include_characters=" "),
    max_size=25,
).map(lambda text: " ".join(text.split()))
WORDS = LINE.filter(bool)
NAMES = WORDS.filter(lambda text: not set(text) & set(";{}\\"))
LISTS = st.lists(NAMES, max_size=3, unique=True).map(tuple)
PMIDS = st.none() | st.integers(1, 10**8).map(str)
PLACES = st.none() | st.from_regex(r"[a-zA-Z]?[0-9]{1,4}", fullmatch=True)
DOIS = st.none() | st.from_regex(r"10\.[0-9]{4}/[A-Za-z0-9._()-]{1,12}", fullmatch=True)


def records_of(source: str) -> st.SearchStrategy[list[Record]]:
    """Records with every field that the reference formats share."""
    record = st.builds(
        Record,
        record_id=WORDS,
        source=st.just(source),
        title=LINE,
        abstract=LINE,
        pmid=PMIDS,
        doi=DOIS,
        pmcid=st.none() | st.integers(1, 10**7).map(lambda number: f"PMC{number}"),
        year=st.none() | st.integers(1500, 2199),
        journal=st.none() | WORDS,
        authors=LISTS,
        publication_types=LISTS,
        mesh=LISTS,
        chemicals=LISTS,
        keywords=LISTS,
        language=st.none() | st.sampled_from(["eng", "ger"]),
        licence=st.none() | st.just("by"),
        database=st.none() | st.sampled_from(["Embase", "Scopus"]),
        accession=st.none() | st.integers(1, 10**9).map(str),
        volume=PLACES,
        issue=PLACES,
        pages=PLACES,
        retracted=st.booleans(),
    )
    notices = st.lists(st.integers(1, 10**8).map(str), max_size=2, unique=True).map(tuple)
    record = st.tuples(record, notices).map(
        lambda found: found[0].model_copy(
            update={"retraction_pmids": found[1] if found[0].retracted else ()}
        )
    )
    return st.lists(record, min_size=1, max_size=3, unique_by=lambda r: r.record_id)


def there_and_back(folder: Path, name: str, records: list[Record]) -> list[Record]:
    write_records(records, folder / name)
    return read_records(folder / name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("references")


@settings(max_examples=150, deadline=None)
@given(records=records_of("bibtex"))
def test_bibtex_loses_nothing(folder: Path, records: list[Record]) -> None:
    assert there_and_back(folder, "a.bib", records) == records


@settings(max_examples=150, deadline=None)
@given(records=records_of("endnote"))
def test_endnote_loses_nothing(folder: Path, records: list[Record]) -> None:
    assert there_and_back(folder, "a.xml", records) == records


@settings(max_examples=150, deadline=None)
@given(records=records_of("csv"))
def test_csv_and_json_lines_lose_nothing(folder: Path, records: list[Record]) -> None:
    assert there_and_back(folder, "a.csv", records) == records
    assert there_and_back(folder, "a.jsonl", records) == records


@settings(max_examples=150, deadline=None)
@given(records=records_of("ris"))
def test_ris_loses_nothing(folder: Path, records: list[Record]) -> None:
    assert there_and_back(folder, "a.ris", records) == records


@settings(max_examples=150, deadline=None)
@given(records=records_of("nbib"))
def test_nbib_loses_only_what_it_has_no_tag_for(folder: Path, records: list[Record]) -> None:
    kept = ("record_id", "title", "abstract", "pmid", "doi", "pmcid", "year", "journal", "authors")
    back = there_and_back(folder, "a.nbib", records)
    kept += ("language", "licence", "database", "accession", "volume", "issue", "pages")
    for name in (*kept, "retracted", "retraction_pmids"):
        assert [getattr(r, name) for r in back] == [getattr(r, name) for r in records], name


FULL = Record(
    record_id="r-1",
    source="x",
    title="A trial; 5 < 6 & “more”",
    abstract="Why. How.",
    pmid="12",
    doi="10.1000/x_1",
    pmcid="PMC7",
    year=2011,
    journal="Journal of Trials",
    authors=("Doe, Jane", "Roe, R"),
    publication_types=("Trial",),
    mesh=("Malaria",),
    mesh_headings=("*Malaria/drug therapy",),
    chemicals=("Quinine",),
    keywords=("cure, early",),
    language="eng",
    licence="by",
    retracted=True,
    retraction_pmids=("99",),
)
BARE = Record(record_id="r-2", source="x", title="Bare")
NAMES_OF_FILES = ("a.ris", "a.nbib", "a.bib", "a.xml", "a.csv", "a.jsonl")
PLACE = st.floats(0, 1, exclude_max=True)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["truncate", "replace", "cut", "double"]), PLACE, PLACE, st.binary()),
    min_size=1,
    max_size=4,
)


def changed(raw: bytes, kind: str, first: float, second: float, new: bytes) -> bytes:
    start, other = int(first * len(raw)), int(second * len(raw))
    match kind:
        case "truncate":
            return raw[:start]
        case "replace":
            return raw[:start] + new + raw[start + len(new) :]
        case "cut":
            return raw[:start] + raw[start + 20 :]
    return raw[:start] + raw[other : other + 200] + raw[start:]


def test_bibtex_keeps_every_field(folder: Path) -> None:
    expected = FULL.model_copy(update={"source": "bibtex"})
    assert there_and_back(folder, "full.bib", [FULL]) == [expected]


@settings(max_examples=400)
@given(
    name=st.sampled_from(NAMES_OF_FILES),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    changes=CHANGES,
)
def test_mangled_files_give_records_or_one_line_that_names_the_file(
    folder: Path,
    name: str,
    encoding: str,
    line_end: str,
    changes: list[tuple[str, float, float, bytes]],
) -> None:
    write_records([FULL, BARE], folder / name)
    text = (folder / name).read_text(encoding="utf-8").replace("\n", line_end)
    raw = text.encode(encoding)
    for change in changes:
        raw = changed(raw, *change)
    path = folder / f"mangled-{name}"
    path.write_bytes(raw)
    try:
        records = read_records(path)
    except SourceError as error:
        assert str(error).startswith(str(path))
        assert "\n" not in str(error)
    else:
        ids = [record.record_id for record in records]
        assert len(ids) == len(set(ids))


# As PubMed, Embase (Ovid), Zotero and EndNote write them, shortened.
ZOTERO = """TY  - JOUR
TI  - A trial
AU  - Doe, Jane
T2  - Journal of Trials
AB  - Why.
DA  - 2019/03/02/
PY  - 2019
DO  - 10.1000/x
UR  - https://example.org/a
UR  - https://example.org/b
KW  - one
ER  -

"""
OVID_EMBASE = """
1.
TY  - JOUR
DB  - Embase
AN  - 2001234567
T1  - A trial
A1  - Doe J.
Y1  - 2019//
N2  - Why.
KW  - one
JF  - Journal of Trials
M3  - Article
UR  - https://example.org/a
DO  - https://dx.doi.org/10.1000/x
ER  -
"""
ENDNOTE = """TY  - JOUR
AU  - Doe, Jane
DA  - Mar 2
DO  - 10.1000/x
ET  - 2019/03/02
KW  - one
LA  - eng
N1  - Doe, Jane
PY  - 2019
TI  - A trial
T2  - Journal of Trials
AB  - Why.
ID  - 17
ER  -


"""


@pytest.mark.parametrize("export", [ZOTERO, OVID_EMBASE, ENDNOTE])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_exports_of_other_programs(folder: Path, export: str, line_end: str, encoding: str) -> None:
    path = folder / "export.ris"
    text = export.replace("A trial", "A trial – Köln").replace("ER  -", "ER  - ")
    path.write_bytes(text.replace("\n", line_end).encode(encoding))
    (record,) = read_records(path)
    assert (record.title, record.abstract) == ("A trial – Köln", "Why.")
    assert (record.year, record.doi, record.pmid) == (2019, "10.1000/x", None)
    assert (record.journal, record.keywords) == ("Journal of Trials", ("one",))
    assert len(record.authors) == 1


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
HOSTILE_XML = {
    "billion laughs": f'<!DOCTYPE xml [<!ENTITY l0 "ha">{LAUGHS}]><xml><records><record><titles>'
    "<title>&l11;</title></titles></record></records></xml>",
    "laughs in an attribute": f'<!DOCTYPE xml [<!ENTITY l0 "ha">{LAUGHS}]><xml><records><record '
    'a="&l11;"/></records></xml>',
    "quadratic": f'<!DOCTYPE xml [<!ENTITY a "{"x" * 100_000}">]><xml><records><record><titles>'
    f"<title>{'&a;' * 10_000}</title></titles></record></records></xml>",
    "external": '<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><records><record>'
    "<titles><title>&e;</title></titles></record></records></xml>",
    "parameter": '<!DOCTYPE xml [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><xml><records>'
    "<record/></records></xml>",
    "deep": f"<xml><records><record>{'<a>' * 100_000}",
}


@pytest.mark.parametrize("kind", sorted(HOSTILE_XML))
def test_hostile_xml_is_refused(folder: Path, kind: str) -> None:
    path = folder / "hostile.xml"
    path.write_text(HOSTILE_XML[kind])
    with pytest.raises(SourceError, match=r"hostile\.xml"):
        read_records(path)


def test_strings_of_bibtex_that_double_each_other_are_refused(folder: Path) -> None:
    lines = ['@string{s0 = "ha ha ha ha"}']
    lines += [f"@string{{s{n} = {' # '.join([f's{n - 1}'] * 10)}}}" for n in range(1, 15)]
    path = folder / "laughs.bib"
    path.write_text("\n".join([*lines, "@article{a, title = s14}"]))
    with pytest.raises(SourceError, match=r"laughs\.bib:\d+: .*@string") as error:
        read_records(path)
    assert error.value.line is not None


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """300 MiB of zeros, packed."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as file:
        file.writelines(bytes(1024 * 1024) for _ in range(300))
    return packed.getvalue()


@pytest.mark.parametrize("name", NAMES_OF_FILES)
def test_files_that_unpack_without_end_are_refused(folder: Path, name: str, bomb: bytes) -> None:
    path = folder / f"bomb-{name}.gz"
    path.write_bytes(bomb)
    with pytest.raises(SourceError, match="bomb-a"):
        read_records(path)


@pytest.mark.parametrize(
    "doi", ["https://doi.org/10.1/a", "http://dx.doi.org/10.1/a", "doi: 10.1/a"]
)
@pytest.mark.parametrize("name", ["a.ris", "a.bib", "a.xml"])
def test_a_doi_is_read_without_its_address(folder: Path, name: str, doi: str) -> None:
    (record,) = there_and_back(folder, name, [FULL.model_copy(update={"doi": doi})])
    assert record.doi == "10.1/a"


def test_bibtex_in_utf_16(folder: Path) -> None:
    (folder / "wide.bib").write_text("@article{a, title = {Köln – ≥ 3}}", encoding="utf-16")
    (record,) = read_records(folder / "wide.bib")
    assert record.title == "Köln – ≥ 3"
