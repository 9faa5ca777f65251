"""Copies of a project: from a folder into PostgreSQL, back, or from one to another of a kind.

Lines go over as they stand, so that the copy's chain has the same hashes. What is derived stays
behind.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, text

from evidence.database import LogRow, ProjectDatabase
from evidence.databases.address import address_of
from evidence.databases.files import PEOPLE, made_files, write_copy
from evidence.errors import ProjectError
from evidence.project import Project

_ROWS_AT_ONCE = 1_000


class Copied(NamedTuple):
    """What a copy holds."""

    lines: int
    head: str
    documents: int
    files: int


def copy_project(source: Project, target: Path) -> Copied:
    """Copy a project; nothing stays behind when it fails.

    Args:
        source: As it is at this moment; what is written to it meanwhile is not in the copy.
        target: A new or empty folder, or the folder of an address without a project.

    Raises:
        ProjectError: The chain of the source is broken, or there is a project at the target.
    """
    problems = source.chain_problems()
    if problems:
        raise ProjectError(
            f"{source.place}: not copied, its log is damaged; the first of {len(problems)} "
            f"problems: {problems[0]}"
        )
    made = Project.create(target, source.manifest)
    try:
        return _filled(source, made)
    except BaseException:
        made.close()
        _remove(target)
        raise


def _filled(source: Project, made: Project) -> Copied:
    origin, copy = source.database, made.database
    calls = source.calls_folder()
    names = _copy_files(calls.parent, made.path)
    with origin.reading() as old, copy.writing() as new:
        n_documents = _copy_documents(old, new)
        _copy_lines(old, new, copy)
        copy.keep_files(new, [name for name in names if name == PEOPLE])
        length, digest = origin.head(old)
    if made.chain_problems() or made.head() != (length, digest):
        raise ProjectError(f"{made.place}: the copy is not what was copied; nothing was kept")
    return Copied(length, digest, n_documents, len(names))


def _copy_documents(old: Connection, new: Connection) -> int:
    query = "SELECT document_digest, record_id, body FROM documents ORDER BY document_digest"
    into = text("INSERT INTO documents VALUES (:document_digest, :record_id, :body)")
    n_documents = 0
    for rows in old.execute(text(query)).mappings().partitions(_ROWS_AT_ONCE):
        new.execute(into, [dict(row) for row in rows])
        n_documents += len(rows)
    return n_documents


def _copy_lines(old: Connection, new: Connection, copy: ProjectDatabase) -> None:
    query = "SELECT seq, kind, body, previous_hash, hash FROM log ORDER BY seq"
    for rows in old.execute(text(query)).partitions(_ROWS_AT_ONCE):
        copy.add_lines(new, [LogRow(*row) for row in rows])


def _copy_files(source: Path, target: Path) -> list[str]:
    """The list of people, certificates and recorded calls; gives their names."""
    names = [PEOPLE] if (source / PEOPLE).exists() else []
    names += made_files(source)
    for name in names:
        write_copy(target / name, (source / name).read_bytes())
    return names


def _remove(target: Path) -> None:
    address = address_of(target)
    if address is None:
        shutil.rmtree(target, ignore_errors=True)
        return
    from evidence.databases.postgres import PostgresDatabase

    database = PostgresDatabase(address)
    database.remove()
    database.close()
