from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.formats.json_items import read_json_items
from evidence.errors import SourceError

ITEMS = [{"a": 1, "t": "é"}, {"a": 2, "t": "[}"}, {"a": 3, "t": "x"}]
KEYED = {str(n): item for n, item in enumerate(ITEMS)}
FORMS = {
    "list": json.dumps(ITEMS),
    "pretty list": json.dumps(ITEMS, indent=2, ensure_ascii=False),
    "object": json.dumps(KEYED),
    "pretty object": json.dumps(KEYED, indent=2),
    "inside": json.dumps({"items": ITEMS}),
    "lines": "\n".join(map(json.dumps, ITEMS)),
}


def values(path: Path, content: bytes) -> tuple[list[object], int]:
    path.write_bytes(content)
    items, broken = read_json_items(path, inside="items")
    return [item.value for item in items], len(broken)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_read_whole(tmp_path: Path, form: str) -> None:
    raw = FORMS[form].encode()
    assert values(tmp_path / "a", raw) == (ITEMS, 0)
    assert values(tmp_path / "a", gzip.compress(raw)) == (ITEMS, 0)


@pytest.mark.parametrize("form", FORMS)
def test_a_cut_at_any_place_keeps_what_stands_before(tmp_path: Path, form: str) -> None:
    raw = FORMS[form].rstrip().encode()
    for end in range(1, len(raw)):
        found, n_broken = values(tmp_path / "a", raw[:end])
        assert found == ITEMS[: len(found)], end
        # What is cut between two lines cannot be told from a whole file.
        assert n_broken == 1 or (form == "lines" and raw[:end].rstrip().endswith(b"}")), end


def test_a_packed_file_without_its_end_is_told(tmp_path: Path) -> None:
    packed = gzip.compress((FORMS["lines"] + "\n").encode())
    assert values(tmp_path / "a", packed[:-8]) == (ITEMS, 1)
    assert values(tmp_path / "a", packed + packed) == (ITEMS * 2, 0)


def test_what_is_no_utf_8_is_told_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.jsonl"
    path.write_bytes('{"a": "b"}\n{"a": "Müller et al."}\n'.encode("latin-1"))
    with pytest.raises(SourceError, match=r"latin\.jsonl:2: expected text in UTF-8"):
        read_json_items(path)


def test_a_broken_line_loses_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join([json.dumps(ITEMS[0]), "{broken", "", json.dumps(ITEMS[2])]))
    items, broken = read_json_items(path)
    assert [(item.line, item.entry) for item in items] == [(1, 1), (4, 3)]
    assert [fault.told(path) for fault in broken] == [
        f"{path}:2: entry 2: expected a whole JSON object in this line"
    ]


def test_lines_of_items_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(FORMS["pretty list"])
    assert [item.line for item in read_json_items(path)[0]] == [2, 6, 10]


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.json"
    path.write_bytes(raw)
    try:
        items, broken = read_json_items(path)
    except SourceError:
        return
    blank = raw.decode(errors="ignore").lstrip("\ufeff").strip() == ""
    assert items or broken or blank or b"[" in raw or b"{" in raw


def test_nesting_without_end_is_one_failure(tmp_path: Path) -> None:
    assert values(tmp_path / "a", b"[" * 200_000)[1] == 1
