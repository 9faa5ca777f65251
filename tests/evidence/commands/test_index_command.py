from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from evidence.cli import app

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
