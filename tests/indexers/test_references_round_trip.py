from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.control_characters import without_controls
from indexers.records import Record
from indexers.references import read_records, write_records
from tests.indexers.references_factory import BARE, RECORD

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
    flat = {"abstract": RECORD.abstract.replace("\n", " ")}
    expected = [RECORD.model_copy(update=flat | lost)]
    expected += [BARE.model_copy(update={"source": lost["source"]})]
    assert read_records(path) == expected


def test_nbib_keeps_headings_substances_and_notices_of_retraction(tmp_path: Path) -> None:
    path = tmp_path / "a.nbib"
    write_records([INDEXED], path)
    lines = path.read_text().splitlines()
    assert "MH  - Malaria, Falciparum/*drug therapy/prevention & control" in lines
    assert "RN  - 0 (Quinine)" in lines and "RIN - PMID: 31" in lines
    flat = {"source": "nbib", "abstract": "Background: why. Results: 5 < 6."}
    assert read_records(path) == [INDEXED.model_copy(update=flat)]


def test_ris_keeps_publication_types_and_headings_with_star_and_subheading(tmp_path: Path) -> None:
    path = tmp_path / "a.ris"
    types = ("Journal Article", "Randomized Controlled Trial", "Retracted Publication")
    record = INDEXED.model_copy(update={"publication_types": types, "keywords": ("Humans", "cure")})
    write_records([record], path)
    lines = path.read_text().splitlines()
    assert "M3  - Randomized Controlled Trial" in lines
    assert "KW  - Malaria, Falciparum/*drug therapy/prevention & control" in lines
    flat = {"source": "ris", "abstract": "Background: why. Results: 5 < 6."}
    assert read_records(path) == [record.model_copy(update=flat)]


@pytest.mark.parametrize("suffix", [".ris", ".nbib", ".bib", ".xml", ".csv", ".jsonl"])
def test_where_a_record_stands_survives(tmp_path: Path, suffix: str) -> None:
    place = {"volume": "18", "issue": "1", "pages": "62-e70"}
    of = {"database": "Embase", "accession": "627123459"}
    record = BARE.model_copy(update=place | of | {"record_id": "r-3"})
    write_records([record, BARE], tmp_path / f"a{suffix}")
    found, bare = read_records(tmp_path / f"a{suffix}")
    assert {name: getattr(found, name) for name in place | of} == place | of
    assert (bare.volume, bare.database, bare.accession, bare.pages) == (None, None, None, None)


def test_fields_that_are_not_told_leave_no_trace_in_the_bytes_of_a_record() -> None:
    assert set(BARE.model_dump()) & {"database", "accession", "volume", "issue", "pages"} == set()
    assert BARE.model_dump_json().endswith('"retracted":false,"retraction_pmids":[]}')


@pytest.mark.parametrize("suffix", [".bib", ".bib.gz", ".xml", ".xml.gz"])
def test_bibtex_and_endnote_are_chosen_by_suffix_and_root(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"records{suffix}"
    write_records([RECORD, BARE], path)
    first, second = read_records(path)
    assert first.source == ("bibtex" if ".bib" in suffix else "endnote")
    assert (first.title, first.doi, first.authors) == (RECORD.title, RECORD.doi, RECORD.authors)
    assert second.record_id == "r-2"


any_text = st.text(st.characters(codec="utf-8", exclude_characters=";\r\x00"), max_size=30).map(
    str.strip
)
text_values = any_text.map(without_controls).map(str.strip)


def records_with(values: st.SearchStrategy[str]) -> st.SearchStrategy[list[Record]]:
    """Records of such texts; their ids are without control characters."""
    record = st.builds(
        Record,
        record_id=text_values.filter(bool),
        source=st.just("csv"),
        title=values,
        abstract=values,
        year=st.none() | st.integers(1500, 2199),
        authors=st.lists(values.filter(bool), max_size=2).map(tuple),
    )
    return st.lists(record, max_size=4, unique_by=lambda record: record.record_id)


@settings(max_examples=100, deadline=None)
@given(records=records_with(text_values))
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
@given(records=records_with(any_text))
def test_no_text_breaks_out_of_its_tag(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record]
) -> None:
    folder = tmp_path_factory.mktemp("tagged")
    for name in ("a.ris", "a.nbib"):
        write_records(records, folder / name)
        if records:
            back = read_records(folder / name)
            expected = [" ".join(without_controls(r.title).split()) for r in records]
            assert [r.title for r in back] == expected
