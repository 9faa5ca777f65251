"""Control characters in the files of librarians: dropped where they enter, whatever the format."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.control_characters import (
    ControlTally,
    bytes_without_controls,
    record_without_controls,
    without_controls,
)
from indexers.errors import SourceError
from indexers.records import Record, abstract_document
from indexers.references import read_records, stream_records

NUL, BELL, FEED = "\x00", "\x07", "\x0c"
FORMATS = {
    "a.csv": f"record_id,title,abstract\nr{NUL}1,Zinc{FEED}trial,Few{BELL} died.\n",
    "a.ris": f"TY  - JOUR\nID  - r{NUL}1\nTI  - Zinc{FEED}trial\nAB  - Few{BELL} died.\nER  - \n",
    "a.nbib": f"PMID- {NUL}1\nTI  - Zinc{FEED}trial\nAB  - Few{BELL} died.\n",
    "a.bib": f"@article{{r{NUL}1, title={{Zinc{FEED}trial}}, abstract={{Few{BELL} died.}}}}\n",
    "a.jsonl": json.dumps(
        {
            "record_id": "r\x001",
            "source": "s",
            "title": "Zinc\x0ctrial",
            "abstract": "Few\x07 died.",
        }
    ),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("packed", [False, True])
def test_a_record_is_read_without_them_and_they_are_counted(
    tmp_path: Path, name: str, packed: bool
) -> None:
    path = tmp_path / (f"{name}.gz" if packed else name)
    raw = FORMATS[name].encode()
    path.write_bytes(gzip.compress(raw) if packed else raw)
    tally = ControlTally()
    (record,) = read_records(path, tally)
    assert tally.n_dropped == 3
    assert record.record_id.endswith("1")
    assert NUL not in record.record_id
    assert (record.title, record.abstract) == ("Zinc trial", "Few died.")
    assert list(stream_records(path)) == [record]


def test_offsets_are_those_of_the_cleaned_text(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(FORMATS["a.jsonl"])
    document = abstract_document(read_records(path)[0])
    start = document.text.index("Few died.")
    assert document.quote(start, start + 9).text == "Few died."


def test_they_stand_unescaped_in_json_too(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"record_id": "r{NUL}1", "source": "s", "title": "T{BELL}"}}\n')
    assert [(r.record_id, r.title) for r in read_records(path)] == [("r1", "T")]
    assert list(stream_records(path)) == read_records(path)


def test_an_id_that_was_another_by_them_alone_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"record_id": name, "source": "s", "title": "T"} for name in ("r1", "r\x001")]
    path.write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(SourceError, match="'r1' is also on line 1"):
        read_records(path)
    path.write_text(json.dumps(rows[0] | {"record_id": "\x00"}))
    with pytest.raises(SourceError, match=r"a\.jsonl:1: expected a record as JSON: record_id"):
        read_records(path)


@given(st.text())
def test_text_of_either_kind_keeps_all_else(text: str) -> None:
    cleaned = without_controls(text)
    assert without_controls(cleaned) == cleaned
    assert [c for c in cleaned if c >= " "] == [c for c in cleaned if c not in "\t\n\r"]
    assert bytes_without_controls(text.encode("utf-8", "replace")).decode() == without_controls(
        text.encode("utf-8", "replace").decode()
    )


def test_a_record_without_them_is_the_same() -> None:
    record = Record(record_id="1", source="s", title="α\tβ\nγ", authors=("A, B",), volume="3")
    assert record_without_controls(record) == record
