from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection
from typer.testing import CliRunner

from evidence.cli import app
from evidence.database import LogRow
from evidence.databases.address import POINTER, project_folder
from evidence.databases.copying import copy_project
from evidence.databases.postgres import PostgresDatabase
from evidence.databases.sqlite import SqliteDatabase
from evidence.errors import ProjectError
from evidence.project import Project
from tests.evidence.conftest import NewPlace
from tests.evidence.databases.server import Server
from tests.evidence.test_project import DOCUMENT, filled, tamper

CALL = f"calls/{'b' * 64}.json"
FILES = {CALL: "{}", "calls/run-2/engine.json": "{}", "contexts.json": "{}", "people.json": "{}"}


@pytest.fixture
def source(new_place: NewPlace) -> Project:
    """With what a folder has beside the log."""
    project = filled(new_place())
    for name, body in FILES.items():
        (project.path / name).parent.mkdir(parents=True, exist_ok=True)
        (project.path / name).write_text(body)
    (project.path / "derived" / "report.html").write_text("old")
    project.keep_files("people.json")
    return project


def test_a_copy_has_the_same_chain_there_and_back(
    source: Project, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    middle = project_folder(server.url(f"copy_of_{source.path.name.partition('-')[0]}"))
    assert copy_project(source, middle)[:2] == source.head()
    place = Project.open(middle).place
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("XDG_CACHE_HOME", str(tmp_path / "another computer"))
        copied = copy_project(Project.open(project_folder(place)), tmp_path / "back")
    assert copied == (5, source.head()[1], 1, len(FILES))
    back = Project.open(tmp_path / "back")
    assert [line.hash for line in back.lines()] == [line.hash for line in source.lines()]
    assert back.manifest == source.manifest
    assert back.document(DOCUMENT.document_digest) == DOCUMENT
    assert back.chain_problems() == []
    for name, body in FILES.items():
        assert (back.path / name).read_text() == body
    assert (back.path / "people.json").stat().st_mode & 0o077 == 0
    assert not (back.path / "derived" / "report.html").exists()


def test_a_broken_chain_is_not_copied(source: Project, tmp_path: Path) -> None:
    tamper(source, "UPDATE log SET body = replace(body, 'include', 'exclude') WHERE seq = 3")
    with pytest.raises(ProjectError, match=r"not copied.*log line 3: its content was changed"):
        copy_project(Project.open(source.path), tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_copy_never_goes_over_another_project(source: Project, new_place: NewPlace) -> None:
    other = filled(new_place())
    with pytest.raises(ProjectError, match=r"new or empty folder|there is a project of this name"):
        copy_project(source, other.path)
    assert other.head()[0] == 5
    assert other.chain_problems() == []


def test_a_copy_that_fails_leaves_nothing(
    tmp_path: Path, new_place: NewPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = filled(tmp_path / "source"), new_place()
    (source.path / CALL).write_text("{}")

    def fail(_self: object, _connection: Connection, _rows: Sequence[LogRow]) -> None:
        raise OSError("the disk is gone")

    for database in (SqliteDatabase, PostgresDatabase):
        monkeypatch.setattr(database, "add_lines", fail)
    with pytest.raises(OSError, match="the disk is gone"):
        copy_project(source, target)
    monkeypatch.undo()
    left = [p.name for p in target.rglob("*")] if target.exists() else []
    assert set(left) <= {POINTER, "derived"}


def test_the_commands_take_an_address(server: Server, tmp_path: Path) -> None:
    folder, address = str(tmp_path / "p"), server.url("by_command")
    head = filled(Path(folder)).head()[1]
    for words, told in (
        (["copy", folder, address], head),
        (["verify", address], f"5 lines hold; the last is {head}"),
        (["migrate", address], "nothing to do"),
        (["people", "add", address, "Ada", "--no-password", "--role", "admin"], "Ada may sign in"),
        (["people", "list", address], "Ada  (admin; through a proxy alone)"),
        (["copy", address, str(tmp_path / "back")], head),
        (["people", "list", str(tmp_path / "back")], "Ada  (admin; through a proxy alone)"),
        (["screening", "status", address], "title"),
    ):
        result = CliRunner().invoke(app, words, catch_exceptions=False)
        assert result.exit_code == 0, (words, result.output)
        assert told in result.output, (words, result.output)
