"""No name from outside becomes a path that leaves its folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.reports.uploads import read_upload, safe_name
from evidence.searching.batch import read_queries
from indexers.full_text import packed_name

PIECES = ("..", "/", "\\", ".", "C:", "\x00", "a", "~", "%2e", "\u2215", "\u6f22" * 90)
NAMES = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
TEXT = "Methods\n\n" + "The patients were seen at home by nurses who wrote in a diary. " * 8


@given(NAMES)
def test_names_of_full_texts_and_uploads_stay_in_their_folder(name: str) -> None:
    folder = Path("/folder")
    for made in (packed_name(name), safe_name(name)):
        assert made not in ("", ".", "..")
        assert (folder / made).parent == folder
        assert not set(made) & set("/\\\x00:~")
        assert len(made.encode()) <= 120


@given(st.sets(NAMES, min_size=2, max_size=4))
def test_record_ids_that_differ_have_files_that_differ(names: set[str]) -> None:
    assert len({packed_name(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    "name",
    ["../../out.txt", "\u6f22" * 200 + ".txt", "/etc/cron.d/out.txt", "a\\..\\out.txt", ".."],
)
def test_an_upload_writes_nothing_outside_of_its_own_folder(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    if name == "..":
        assert safe_name(name) == "file"
        return
    assert read_upload(name, TEXT.encode()).form == "text"
    assert list(tmp_path.rglob("*")) == []


def test_names_of_queries_are_names_of_files(tmp_path: Path) -> None:
    hostile = ["../../up", "/etc/passwd", "..", "a/b", "c\\d", "e\x1b[2Jf", "-rf", "=1"]
    table = tmp_path / "queries.csv"
    table.write_text("name,query\n" + "".join(f'"{name}",malaria\n' for name in hostile))
    for query in read_queries(table, "natural"):
        assert (tmp_path / query.name).parent == tmp_path
        assert query.name[0] not in "-.=+@"
        assert query.name.isprintable()


def test_no_document_is_opened_beside_the_one_that_is_read(tmp_path: Path) -> None:
    opened: list[str] = []
    watching = True

    def watch(event: str, words: tuple[object, ...]) -> None:
        if watching and event == "open" and isinstance(words[0], str):
            opened.append(words[0])

    from indexers.guidelines import read_guideline

    page = tmp_path / "g.html"
    page.write_text(
        f'<p>{TEXT}</p><img src="other.html"/><a href="file://{tmp_path}/other.html">x</a>'
    )
    (tmp_path / "other.html").write_text("<p>other</p>")
    sys.addaudithook(watch)
    read_guideline(page, "g")
    watching = False
    assert [name for name in opened if str(tmp_path) in name] == [str(page)]
