"""The small files of a project in a database, and their copies in its folder on this computer.

The database holds every version of each; the newest counts. The folder holds what this computer
last saw, and what a run made since: recorded calls and certificates go into the database with the
judgements that were made from them. Manifest and people are the owner's: a changed copy is put
right. Where both sides changed a file, the database's counts.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Lock

from pydantic import Field, ValidationError
from sqlalchemy import Connection, text

from evidence.errors import ProjectError
from evidence.manifest import MANIFEST
from evidence.writing import write_whole
from indexers.records import Frozen

PEOPLE = "people.json"
_OWNERS = (MANIFEST, PEOPLE)
_OURS = re.compile(r"contexts(_results)?\.json|calls/(run-\d{1,3}/)?(engine|[0-9a-f]{64})\.json")
_PATTERNS = ("contexts*.json", "calls/*.json", "calls/run-*/*.json")
_SEEN = ".seen.json"


class _Seen(Frozen):
    """What this computer saw: of which project, and the version and digest of each file."""

    project: int = 0
    files: dict[str, tuple[int, str]] = Field(default_factory=dict)


Mark = tuple[int, int, int]
"""Of a file on disk: it changes whenever the file does."""


class KeptFiles:
    """What a folder holds of the files in the database.

    Args:
        folder: The project's on this computer.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        seen = _read_seen(folder / _SEEN)
        self._project, self._known = seen.project, dict(seen.files)
        self._marks: dict[str, Mark] = {}
        self._written: list[tuple[str, int, str, Mark]] = []
        self._turn = Lock()  # of the threads that share a project

    def fetch(self, connection: Connection, *, calls: bool) -> None:
        """Bring the copies up to date.

        Args:
            connection: Reads.
            calls: The recorded calls; else all other files.
        """
        which = "LIKE" if calls else "NOT LIKE"
        query = f"SELECT name, max(version) FROM files WHERE name {which} 'calls/%' GROUP BY name"  # noqa: S608
        with self._turn:
            self._look_whose(connection)
            newest = sorted(connection.execute(text(query)).fetchall())
            if sum(self._fetch(connection, name, version) for name, version in newest):
                self._save()

    def _look_whose(self, connection: Connection) -> None:
        """Forget the copies of another project that had the same address."""
        project = connection.execute(
            text("SELECT CAST(oid AS BIGINT) FROM pg_namespace WHERE nspname = current_schema()")
        ).scalar_one()
        if self._project != project:
            self.forget()
            self._project = project

    def fetch_people(self, connection: Connection) -> None:
        """The list of people alone: it is looked at whenever somebody acts."""
        version = connection.execute(
            text("SELECT max(version) FROM files WHERE name = :name"), {"name": PEOPLE}
        ).scalar()
        with self._turn:
            if version is None:
                (self._folder / PEOPLE).unlink(missing_ok=True)  # the owner never kept it
            elif self._fetch(connection, PEOPLE, version):
                self._save()

    def _fetch(self, connection: Connection, name: str, version: int) -> bool:
        if name not in _OWNERS and not _OURS.fullmatch(name):
            raise ProjectError(f"{name!r}: the database holds a file that is none of a project's")
        path, (known, digest) = self._folder / name, self._known.get(name, (0, ""))
        if version == known and path.is_file():
            if name not in _OWNERS or self._marks.get(name) == _mark(path):
                return False
            if _digest(path.read_bytes()) == digest:
                self._marks[name] = _mark(path)
                return False
        found = connection.execute(
            text("SELECT body FROM files WHERE version = :version"), {"version": version}
        ).scalar_one()
        body = bytes(found)
        write_copy(path, body)
        self._known[name] = (version, _digest(body))
        self._marks[name] = _mark(path)
        return True

    def keep(self, connection: Connection, names: Iterable[str] = ()) -> None:
        """Put what changed into the database; `confirm` notes it when the transaction is over.

        Args:
            connection: Writes.
            names: Files of the owner's to put there, too.

        Raises:
            ProjectError: One of those named was changed elsewhere meanwhile.
        """
        self._written = []
        for name in names:
            self._check_newest(connection, name)
        for name in (*names, *made_files(self._folder)):
            path = self._folder / name
            mark = _mark(path)
            if self._marks.get(name) == mark and name not in names:
                continue
            body = path.read_bytes()
            _version, digest = self._known.get(name, (0, ""))
            if digest == _digest(body):
                if name in names:
                    raise self._changed_elsewhere(name)
                self._marks[name] = mark
                continue
            version = connection.execute(
                text("INSERT INTO files (name, body) VALUES (:name, :body) RETURNING version"),
                {"name": name, "body": body},
            ).scalar_one()
            self._written.append((name, version, _digest(body), mark))

    def _check_newest(self, connection: Connection, name: str) -> None:
        """Refuse what was made from an older version: it would undo what came since."""
        newest = connection.execute(
            text("SELECT max(version) FROM files WHERE name = :name"), {"name": name}
        ).scalar()
        known, _ = self._known.get(name, (0, ""))
        if (newest or 0) != known:
            raise self._changed_elsewhere(name)

    def _changed_elsewhere(self, name: str) -> ProjectError:
        return ProjectError(
            f"{self._folder / name}: it was changed elsewhere meanwhile; do it again"
        )

    def confirm(self) -> None:
        """Note that what `keep` wrote is kept.

        Not on disk: a file with a name for each call would be written with every judgement. The
        next fetch finds them newer than noted, and alike.
        """
        for name, version, digest, mark in self._written:
            self._known[name], self._marks[name] = (version, digest), mark
        self._written = []

    def forget(self) -> None:
        """Take away all copies but the address."""
        for path in (*self._folder.glob("*.json"), self._folder / _SEEN):
            path.unlink(missing_ok=True)
        for name in ("calls", "derived"):
            shutil.rmtree(self._folder / name, ignore_errors=True)
        (self._folder / "derived").mkdir(parents=True)
        self._project, self._known, self._marks, self._written = 0, {}, {}, []

    def _save(self) -> None:
        seen = _Seen(project=self._project, files=dict(sorted(self._known.items())))
        write_whole(self._folder / _SEEN, seen.model_dump_json().encode())


def made_files(folder: Path) -> Iterator[str]:
    """The names of a folder's certificates and recorded calls, in one order."""
    for pattern in _PATTERNS:
        for path in sorted(folder.glob(pattern)):
            name = path.relative_to(folder).as_posix()
            if _OURS.fullmatch(name):
                yield name


def write_copy(path: Path, body: bytes) -> None:
    """Write a file whole; a list of people, which holds hashes of passwords, for its owner alone.

    Raises:
        SourceError: It cannot be written there.
    """
    write_whole(path, body, for_owner_alone=path.name == PEOPLE)


def _read_seen(path: Path) -> _Seen:
    """What this computer saw; a note that cannot be read is as good as none."""
    try:
        return _Seen.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return _Seen()


def _mark(path: Path) -> Mark:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
