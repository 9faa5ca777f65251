from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.endnote import read_endnote, write_endnote
from indexers.errors import SourceError
from indexers.records import Record

RECORD = Record(
    record_id="r 1",
    source="endnote",
    title="A <trial> & more",
    abstract="Why.",
    pmid="123",
    doi="10.1/abc",
    pmcid="PMC9",
    year=2007,
    journal="Journal of Trials",
    authors=("Doe, Jane", "Roe, R"),
    publication_types=("Trial", "Article"),
    keywords=("cure",),
    language="eng",
    retracted=True,
)
XML = """<?xml version="1.0" encoding="UTF-8"?><xml><records><record><rec-number>7</rec-number>
<titles><title><style face="normal">A </style><style face="italic">trial</style></title>
</titles><dates><year><style>2004</style></year></dates></record></records></xml>"""


def test_round_trip(tmp_path: Path) -> None:
    write_endnote([RECORD], tmp_path / "a.xml")
    assert read_endnote(tmp_path / "a.xml") == [RECORD]


def test_styled_text(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(XML)
    (record,) = read_endnote(tmp_path / "a.xml")
    assert (record.record_id, record.title, record.year) == ("endnote-7", "A trial", 2004)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<!DOCTYPE x [<!ENTITY e "boo">]><xml><records/></xml>', "entity"),
        ("<xml><records>", "well-formed"),
        ("<x/>", "EndNote"),
    ],
)
def test_errors(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(SourceError, match=expected):
        read_endnote(tmp_path / "a.xml")


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, len(XML)), cut=st.integers(0, 30), new=st.binary(max_size=8))
def test_mangled(
    tmp_path_factory: pytest.TempPathFactory, place: int, cut: int, new: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "mangled.xml"
    raw = XML.encode()
    path.write_bytes(raw[:place] + new + raw[place + cut :])
    try:
        read_endnote(path)
    except SourceError as error:
        assert "\n" not in str(error)
