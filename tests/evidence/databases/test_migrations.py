# ruff: noqa: S608 - the statements are the test's own
import hashlib
import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from evidence import migrations
from evidence.databases.address import address_of
from evidence.databases.places import migrate_database
from evidence.errors import ProjectError
from evidence.project import Project
from tests.evidence.conftest import NewPlace
from tests.evidence.databases.server import force
from tests.evidence.test_project import COMPLETED, make_project

FIRST_SQLITE_TABLES = "666321f7c2cf2d75addd0d9aa4b7f703abb71af56b6c4ecb3ffc97968b29bb2b"
"""Of the SQL of the tables, indexes and triggers that projects had before there were steps."""
NEXT = """
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade():
    op.execute("CREATE TABLE notes (body TEXT)")
"""


def test_a_project_in_a_folder_has_the_tables_it_always_had(tmp_path: Path) -> None:
    make_project(tmp_path / "p").close()
    with sqlite3.connect(tmp_path / "p" / "review.db") as connection:
        rows = connection.execute("SELECT sql FROM sqlite_master ORDER BY rowid").fetchall()
    connection.close()
    tables = "\n".join(sql or "" for (sql,) in rows)
    assert hashlib.sha256(tables.encode()).hexdigest() == FIRST_SQLITE_TABLES


def test_the_steps_are_those_in_the_folder() -> None:
    folder = ScriptDirectory(str(Path(migrations.__file__).parent))
    found = [script.revision for script in folder.walk_revisions()]
    assert tuple(reversed(found)) == migrations.STEPS


def test_a_step_is_taken_once_and_an_older_program_refuses_what_came_of_it(
    new_place: NewPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(new_place())
    project.append(COMPLETED)
    head, path = project.head(), project.path
    project.close()
    assert migrate_database(path) == []
    newer = tmp_path / "newer"
    shutil.copytree(Path(migrations.__file__).parent, newer)
    (newer / "versions" / "notes_0002.py").write_text(NEXT)
    with monkeypatch.context() as program:
        program.setattr(migrations, "_FOLDER", newer)
        program.setattr(migrations, "STEPS", ("0001", "0002"))
        with pytest.raises(ProjectError, match="run `evidence migrate`"):
            Project.open(path)
        assert migrate_database(path) == ["0002"]
        assert migrate_database(path) == []
        opened = Project.open(path)
        assert opened.head() == head
        assert opened.chain_problems() == []
        opened.close()
        fresh = make_project(new_place())
        fresh.append(COMPLETED)
        fresh.close()
    for act in (Project.open, migrate_database):
        for made in (path, fresh.path):
            with pytest.raises(ProjectError, match="at step 0002, made by a newer version") as told:
                act(made)
            assert "\n" not in str(told.value)


def test_a_manifest_of_a_newer_version_is_refused_in_one_line(new_place: NewPlace) -> None:
    project = make_project(new_place())
    project.close()
    newer = '{"format_version": 2}'
    address = address_of(project.path)
    if address is None:
        (project.path / "manifest.json").write_text(newer)
    else:
        force(address, f"UPDATE files SET body = '{newer}' WHERE name = 'manifest.json'")
        (project.path / ".seen.json").unlink()
    with pytest.raises(ProjectError, match=r"format_version.*a newer version") as caught:
        Project.open(project.path)
    assert "\n" not in str(caught.value)
