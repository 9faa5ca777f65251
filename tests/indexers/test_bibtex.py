from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.bibtex import read_bibtex, write_bibtex
from indexers.errors import SourceError
from indexers.records import Record

RECORD = Record(
    record_id="a b{c}",
    source="bibtex",
    title='50% of {x} & $5 ~ a_b ^ \\ # "q" @article{',
    abstract="Background: why. Results: 5 < 6.",
    pmid="123",
    doi="10.1/a_b",
    pmcid="PMC9",
    year=2007,
    journal="Journal of Trials",
    authors=("Doe, Jane", "Group A and B", "Müller, J"),
    publication_types=("Randomized Controlled Trial",),
    mesh=("Malaria, Falciparum", "Humans"),
    keywords=("a, b",),
    language="eng",
    licence="by",
    retracted=True,
)
UGLY = r"""% a comment
@string{jt = "Journal of " # "Trials"}
@article{doe2007,
  title = {A {Trial} of {\"O}dema, 50\% \& 5% {$\geq$} 3},
  author = "Doe, Jane and M{\"u}ller, \v{S}. and {WHO and Friends}",
  journal = jt # " X", YEAR = 2007, month = jan, keywords = {one, two},
}
@Article(doe2007, title = "Second")
"""


def test_round_trip(tmp_path: Path) -> None:
    bare = Record(record_id="r-2", source="bibtex", title="Bare")
    write_bibtex([RECORD, bare], tmp_path / "a.bib")
    assert read_bibtex(tmp_path / "a.bib") == [RECORD, bare]


def test_ugly_file(tmp_path: Path) -> None:
    (tmp_path / "a.bib").write_text(UGLY)
    first, second = read_bibtex(tmp_path / "a.bib")
    assert first.title == "A Trial of Ödema, 50% & 5% ≥ 3"
    assert first.authors == ("Doe, Jane", "Müller, Š.", "WHO and Friends")
    assert (first.journal, first.year) == ("Journal of Trials X", 2007)
    assert first.keywords == ("one", "two")
    assert (second.record_id, second.title) == ("doe2007-2", "Second")


@pytest.mark.parametrize(("text", "line"), [("@article{a,\n title = {x\n", 2), ("none", None)])
def test_errors(tmp_path: Path, text: str, line: int | None) -> None:
    (tmp_path / "a.bib").write_text(text)
    with pytest.raises(SourceError, match=r"a\.bib") as error:
        read_bibtex(tmp_path / "a.bib")
    assert error.value.line == line


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, len(UGLY)), cut=st.integers(0, 30), new=st.binary(max_size=8))
def test_mangled(
    tmp_path_factory: pytest.TempPathFactory, place: int, cut: int, new: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "mangled.bib"
    raw = UGLY.encode()
    path.write_bytes(raw[:place] + new + raw[place + cut :])
    try:
        read_bibtex(path)
    except SourceError as error:
        assert "\n" not in str(error)


def test_a_file_that_unpacks_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexers.bibtex.LARGEST_BYTES", 1000)
    path = tmp_path / "bomb.bib.gz"
    path.write_bytes(gzip.compress(b" " * 1001))
    with pytest.raises(SourceError, match="under 1,000 bytes"):
        read_bibtex(path)
