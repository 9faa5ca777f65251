"""Which database a project's folder has: SQLite beside it, or PostgreSQL at an address."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from evidence.database import ProjectDatabase
from evidence.databases.address import address_of
from evidence.databases.sqlite import DATABASE, SqliteDatabase
from evidence.errors import ProjectError
from evidence.manifest import MANIFEST


def make_database(path: Path, manifest: bytes) -> None:
    """Make the database of a new project, and its folder; nothing stays behind when it fails.

    Raises:
        ProjectError: There is something at `path` already, or at its address.
    """
    address = address_of(path)
    if address is None:
        _make_folder(path, manifest)
        return
    from evidence.databases.postgres import PostgresDatabase

    database = PostgresDatabase(address)
    try:
        database.create(manifest)
    finally:
        database.close()


def open_database(path: Path) -> ProjectDatabase:
    """The database of a project, which is not looked at yet.

    Raises:
        ProjectError: The folder is no project.
    """
    address = address_of(path)
    if address is not None:
        from evidence.databases.postgres import PostgresDatabase

        (path / "derived").mkdir(exist_ok=True)
        return PostgresDatabase(address)
    if not (path / MANIFEST).is_file() or not (path / DATABASE).is_file():
        raise ProjectError(
            f"{path}: expected a project folder with {MANIFEST} and {DATABASE}; "
            "make one with `evidence new`"
        )
    return SqliteDatabase(path)


def migrate_database(path: Path) -> list[str]:
    """Bring the tables of a project to the form that this program knows; gives the steps taken.

    Raises:
        ProjectError: The folder is no project, or a newer version made it, or its tables cannot
            be changed.
    """
    database = open_database(path)
    try:
        steps = database.migrate()
        database.check()
    finally:
        database.close()
    return steps


def _make_folder(path: Path, manifest: bytes) -> None:
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ProjectError(f"{path}: expected a new or empty folder for the project")
    path.parent.mkdir(parents=True, exist_ok=True)
    half_built = path.with_name(f".{path.name}.{os.getpid()}.new")
    for left in (half_built, *_left_behind(path)):
        shutil.rmtree(left, ignore_errors=True)
    try:
        half_built.mkdir()
        for folder in ("calls", "derived"):
            (half_built / folder).mkdir()
        (half_built / MANIFEST).write_bytes(manifest)
        SqliteDatabase.create(half_built)
        if path.exists():
            path.rmdir()
        half_built.rename(path)
    except BaseException:
        shutil.rmtree(half_built, ignore_errors=True)
        raise


def _left_behind(path: Path) -> list[Path]:
    """Half-built folders of a project whose makers were killed."""
    halves = re.compile(rf"\.{re.escape(path.name)}\.(\d+)\.new")
    found = ((half, halves.fullmatch(half.name)) for half in path.parent.iterdir())
    return [half for half, named in found if named and not _at_work(int(named[1]))]


def _at_work(process: int) -> bool:
    """Whether a process of this computer may still be there; elsewhere than on POSIX, always."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
