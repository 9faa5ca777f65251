from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from evidence.cli import app
from evidence.errors import StoreError

TABLE = "record_id,title,abstract\n"


def test_a_build_tells_what_each_file_gave_and_names_what_it_skipped(tmp_path: Path) -> None:
    folder = tmp_path / "found"
    folder.mkdir()
    (folder / "a.csv").write_text(f"{TABLE}1,One,A\n2,Two,B\n")
    (folder / "b.csv").write_text(f"{TABLE}2,Two,B\n3,Three,C\n")
    (folder / "search.docx").write_bytes(b"PK")
    command = ["index", "build", str(folder), "--encoder", "static", "--store"]
    done = CliRunner().invoke(app, [*command, str(tmp_path / "s")])
    assert done.exit_code == 0, done.output
    assert "a.csv: 2 records\n" in done.output
    assert "b.csv: 2 records, 1 of them read before\n" in done.output
    assert f"skipped, of no kind that is read: {folder / 'search.docx'}" in done.output
    told = json.loads(CliRunner().invoke(app, [*command, str(tmp_path / "t"), "--json"]).stdout)
    assert [file["n_records"] for file in told["files"]] == [2, 2]
    assert told["skipped"] == [str(folder / "search.docx")]


def test_a_store_that_is_not_there_is_bad_input_and_a_damaged_one_a_finding(tmp_path: Path) -> None:
    store = tmp_path / "store"
    missing = CliRunner().invoke(app, ["index", "verify", str(store)])
    assert isinstance(missing.exception, StoreError)  # what ends in exit code 2
    (tmp_path / "a.csv").write_text(f"{TABLE}1,One,A\n")
    built = [str(tmp_path / "a.csv"), "--store", str(store), "--encoder", "static"]
    assert CliRunner().invoke(app, ["index", "build", *built]).exit_code == 0
    (store / "manifest.json").write_bytes(b"{")
    damaged = CliRunner().invoke(app, ["index", "verify", str(store), "--json"])
    assert damaged.exit_code == 1
    assert json.loads(damaged.stdout)["problems"]
