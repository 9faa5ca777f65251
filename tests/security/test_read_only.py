"""A store and a project where nothing can be written: read from, never changed, and said so."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.cli import app
from evidence.databases.sqlite import DATABASE
from evidence.errors import ProjectError, StoreError
from evidence.project import Project
from indexers.store import Store
from tests.faults.long_commands import finished
from tests.faults.synthetic import RECORDS, review, trial_store

Closing = Callable[[Path], None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    review(folder / "project", trial_store(folder / "store", folder / "texts")).close()
    finished(folder / "project")
    return folder


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Closing]:
    """Takes the right to write to a folder and all below away; root keeps it, so by a mount."""
    undo: list[Callable[[], object]] = []

    def close(folder: Path) -> None:
        if os.geteuid() != 0:
            folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
            for one in folders:
                one.chmod(0o555)
                undo.append(lambda one=one: one.chmod(0o755))  # type: ignore[misc]
            return
        _mount("--bind", folder, folder)
        undo.append(lambda: subprocess.run(["umount", "--lazy", folder], check=True))
        _mount("-o", "remount,bind,ro", folder)

    yield close
    for action in reversed(undo):
        action()


def _mount(*arguments: str | Path) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("nothing can be mounted here, and root writes wherever it likes")


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts are those of Linux")


def test_a_store_is_searched(made: Path, tmp_path: Path, closed: Closing) -> None:
    shutil.copytree(made / "store", tmp_path / "store")
    (tmp_path / "store" / "lexical" / ".tantivy-meta.lock").unlink(missing_ok=True)
    expected = Store.open(made / "store").search_text("relapse fever", 10)
    closed(tmp_path / "store")
    store = Store.open(tmp_path / "store")
    store.verify()
    assert store.search_text("relapse fever", 10) == expected != []
    assert {record.record_id for record in store.records()} == {r.record_id for r in RECORDS[:3]}


def test_a_damaged_index_is_still_named(made: Path, tmp_path: Path, closed: Closing) -> None:
    shutil.copytree(made / "store", tmp_path / "store")
    meta = tmp_path / "store" / "lexical" / "meta.json"
    meta.write_bytes(b"x" * meta.stat().st_size)
    closed(tmp_path / "store")
    with pytest.raises(StoreError, match="expected a lexical index"):
        Store.open(tmp_path / "store").search_text("relapse", 10)


def test_a_project_is_verified_and_exported_elsewhere(
    made: Path, tmp_path: Path, closed: Closing
) -> None:
    shutil.copytree(made / "project", tmp_path / "project")
    closed(tmp_path / "project")
    project = str(tmp_path / "project")
    assert CliRunner().invoke(app, ["verify", project]).exit_code == 0
    out = tmp_path / "report.html"
    told = CliRunner().invoke(app, ["export", project, "--format", "html", "--out", str(out)])
    assert told.exit_code == 0, told.output
    assert out.stat().st_size > 1000
    opened = Project.open(tmp_path / "project")
    with pytest.raises(ProjectError, match="nothing was written"):
        opened.append()
    opened.close()


def test_lines_that_a_writer_left_beside_the_file_are_read(
    made: Path, tmp_path: Path, closed: Closing
) -> None:
    shutil.copytree(made / "project", tmp_path / "now")
    shutil.copytree(made / "project", tmp_path / "project")
    n_lines = _head(tmp_path / "now")[0]
    writer = sqlite3.connect(tmp_path / "now" / DATABASE)
    writer.execute("PRAGMA wal_autocheckpoint = 0")
    writer.execute("UPDATE head SET length = length + 1")
    writer.commit()  # it stands beside the file as long as the writer is there
    for path in (tmp_path / "now").glob(f"{DATABASE}*"):
        shutil.copy(path, tmp_path / "project")
    writer.close()
    closed(tmp_path / "project")
    assert _head(tmp_path / "project")[0] == n_lines + 1


def _head(path: Path) -> tuple[int, str]:
    opened = Project.open(path)
    try:
        return opened.head()
    finally:
        opened.close()
