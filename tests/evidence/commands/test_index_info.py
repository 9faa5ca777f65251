"""`evidence index info` tells which files a store was filled from."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evidence.cli import app
from indexers.errors import StoreError
from indexers.manifest import read_manifest, write_manifest
from indexers.store import Store
from indexers.swap import written_in_place

TABLE = "record_id,title,abstract\n"


def table(path: Path, *ids: str) -> Path:
    path.write_text(TABLE + "".join(f"{i},Title {i},Text\n" for i in ids))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["index", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.stdout


def told(store: Path) -> list[dict[str, Any]] | None:
    files: list[dict[str, Any]] | None
    files = json.loads(run("info", store, "--json")).get("indexed_files")
    return files


@pytest.fixture
def first(tmp_path: Path) -> Path:
    return table(tmp_path / "first.csv", "1", "2")


@pytest.fixture
def store(tmp_path: Path, first: Path) -> Path:
    run("build", first, "--encoder", "static", "--store", tmp_path / "s")
    return tmp_path / "s"


def test_each_file_with_date_size_and_digest(store: Path, first: Path) -> None:
    raw = first.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    assert told(store) == [
        {
            "name": "first.csv",
            "n_records": 2,
            "size_bytes": len(raw),
            "modified_at": "2023-11-14T22:13:20Z",
            "sha256": digest,
        }
    ]
    words = run("info", store)
    assert f"first.csv: 2 records, {len(raw)} bytes, of 2023-11-14T22:13:20Z" in words
    assert digest in words
    Store.open(store).verify()


def test_updates_add_to_the_list_and_deletions_keep_it(tmp_path: Path, store: Path) -> None:
    second = table(tmp_path / "second.csv", "3")
    run("update", second, "--store", store)
    run("update", second, "--store", store)
    run("delete", "1", "--store", store)
    assert [file["name"] for file in told(store) or ()] == ["first.csv", "second.csv"]
    Store.open(store).verify()


def test_two_builds_of_the_same_files_tell_the_same(tmp_path: Path, first: Path) -> None:
    for name in ("a", "b"):
        run("build", first, "--encoder", "static", "--store", tmp_path / name)
    assert told(tmp_path / "a") == told(tmp_path / "b")


def test_a_store_of_an_earlier_version_says_so(tmp_path: Path, store: Path) -> None:
    manifest = read_manifest(store).model_copy(update={"indexed_files": None})
    write_manifest(store, manifest)
    assert "indexed_files" not in json.loads((store / "manifest.json").read_text())
    assert told(store) is None
    assert "indexed_files: not told by this store; build it again" in run("info", store)
    run("update", table(tmp_path / "second.csv", "3"), "--store", store)
    assert told(store) is None  # a list without its beginning would mislead


def test_nobody_writes_beside_a_writer(store: Path) -> None:
    with (
        written_in_place(store),
        pytest.raises(StoreError, match="another build is at work"),
        written_in_place(store),
    ):
        pass
    with written_in_place(store) as folder:
        assert folder == store.resolve()
