"""A review project: an append-only, hash-chained log of every judgement.

    PROJECT/
      manifest.json   question, settings, versions and the index digest, frozen at creation
      review.db       the log and the documents that it quotes; rows cannot be changed or deleted
      calls/          recorded calls to language models, by request digest
      derived/        reports and plots; safe to delete and rebuild

Each row holds the hash of the one before it; the head row counts them. So a changed, dropped,
inserted or reordered row is found by `Project.chain_problems`.

Where PROJECT is the folder of an address (`evidence.databases.address`), PostgreSQL holds all of it
but derived/, and the folder has copies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy import Connection, text

from evidence.collector import collector_paused
from evidence.database import GENESIS, Act, LogRow, ProjectDatabase, line_hash
from evidence.databases.places import make_database, open_database
from evidence.entries import KINDS, Entry
from evidence.errors import GroundingError, ProjectError
from evidence.grounding import entry_problems
from evidence.manifest import MANIFEST, RESTORE, Manifest, read_manifest, sealed
from indexers.records import Document

__all__ = [
    "Clock",
    "LogLine",
    "Manifest",
    "Project",
    "canonical_json",
    "utc_now",
]
Clock = Callable[[], datetime]
E = TypeVar("E", bound=BaseModel)

_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)
_ROWS_AT_ONCE = 2_000
"""Rows of the log that are read or written together: so many that the round trip costs nothing."""
_NEW_DOCUMENT = text(
    "INSERT INTO documents SELECT :digest, :record_id, :body WHERE NOT EXISTS "
    "(SELECT 1 FROM documents WHERE document_digest = :digest)"
)


class LogLine(NamedTuple):
    """A line of the log with its place and hash."""

    seq: int
    hash: str
    entry: Entry


def utc_now() -> datetime:
    """The wall clock; tests and replays inject another."""
    return datetime.now(UTC)


class Project:
    """An open review project. See the module's docstring for the folder.

    Attributes:
        path: Its folder on this computer.
        manifest: What it was made from.
        place: What messages name: its address if it has one, else its folder.
        database: Where its log is.
    """

    def __init__(
        self, path: Path, manifest: Manifest, clock: Clock, database: ProjectDatabase
    ) -> None:
        self.path = path
        self.manifest = manifest
        self.place = database.place
        self._clock = clock
        self.database = database
        self._documents: dict[str, Document] = {}
        self._runs = 0

    @classmethod
    def create(cls, path: Path, manifest: Manifest, clock: Clock = utc_now) -> Project:
        """Make a new project; nothing stays behind when it fails.

        Raises:
            ProjectError: There is something at `path` already.
        """
        make_database(path, sealed(manifest))
        return cls.open(path, clock)

    @classmethod
    def open(cls, path: Path, clock: Clock = utc_now) -> Project:
        """Open an existing project.

        Raises:
            ProjectError: The folder is no project, or its manifest or log is damaged, or made by a
                newer version of the program; or its database cannot be reached.
        """
        database = open_database(path)
        try:
            database.check()
            return cls(path, read_manifest(path / MANIFEST), clock, database)
        except BaseException:
            database.close()
            raise

    def close(self) -> None:
        """Release the database."""
        self.database.close()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hold the project for one run; the lock dies with the process.

        Raises:
            ProjectError: Another run holds it.
        """
        with self.alone("run"):
            if not self._runs:
                self.calls_folder()
            self._runs += 1
            try:
                yield
            except BaseException:
                with suppress(ProjectError):  # what ended the run says more
                    self.keep_files()
                raise
            finally:
                self._runs -= 1
            self.keep_files()

    @contextmanager
    def alone(self, act: Act) -> Iterator[None]:
        """Hold the project for an act that one program at a time may do.

        Raises:
            ProjectError: Another program holds it.
        """
        with self.database.alone(act):
            yield

    def calls_folder(self) -> Path:
        """The folder of recorded calls, with all that the project's database holds.

        Raises:
            ProjectError: The database cannot be read.
        """
        with self.database.reading() as connection:
            self.database.fetch_files(connection, calls=True)
        return self.path / "calls"

    def keep_files(self, *names: str) -> None:
        """Bring the folder's new calls and certificates, and the files named, to the database.

        Raises:
            ProjectError: The database cannot be written, or a file is its owner's to write.
        """
        with self.database.writing() as connection:
            self.database.keep_files(connection, names)

    def append(
        self,
        *entries: Entry,
        documents: Iterable[Document] = (),
        after: tuple[int, str] | None = None,
    ) -> None:
        """Write entries and the documents they quote, all or nothing.

        Args:
            entries: In this order.
            documents: Those they quote that the project may not hold yet.
            after: The `head` of the log that the entries were made from, where they hold for that
                log alone.

        Raises:
            GroundingError: A quote is not in its document, or a value or sentence has none.
            ProjectError: Somebody wrote to the log after `after`.
        """
        fresh = {document.document_digest: document for document in documents}
        problems = [
            problem
            for entry in entries
            for problem in entry_problems(entry, lambda d: fresh.get(d) or self.document(d))
        ]
        if problems:
            raise GroundingError(f"refused: {'; '.join(problems)}")
        with self.database.writing() as connection:
            if after is not None and self.database.head(connection) != after:
                raise ProjectError(
                    f"{self.place}: somebody wrote to the log meanwhile; do it again"
                )
            if self._runs:  # the calls that the entries were made from
                self.database.keep_files(connection)
            if fresh:
                connection.execute(_NEW_DOCUMENT, [_document_row(d) for d in fresh.values()])
            if entries:
                self._append_lines(connection, entries)

    def _append_lines(self, connection: Connection, entries: Sequence[Entry]) -> None:
        length, digest = self.database.head(connection)
        for start in range(0, len(entries), _ROWS_AT_ONCE):
            rows = []
            for seq, entry in enumerate(entries[start : start + _ROWS_AT_ONCE], length + start + 1):
                stamped = entry.provenance.model_copy(update={"at": self._clock()})
                body = canonical_json(entry.model_copy(update={"provenance": stamped}))
                previous, digest = digest, line_hash(digest, entry.kind, body)
                rows.append(LogRow(seq, entry.kind, body, previous, digest))
            self.database.add_lines(connection, rows)

    def lines(self, *entry_types: type[BaseModel], after: int = 0) -> Iterator[LogLine]:
        """Lines of the log in order; only those of the given types when any are given.

        What is appended while they are read is not among them.

        Args:
            entry_types: All when none is given.
            after: The lines that follow this one.

        Raises:
            ProjectError: A line was changed so that it is no entry any more.
        """
        kinds = [KINDS[entry_type] for entry_type in entry_types]
        where = f"kind IN ({', '.join(f':k{i}' for i in range(len(kinds)))})" if kinds else "TRUE"
        query = text(
            f"SELECT seq, hash, body FROM log WHERE {where} AND seq > :after AND seq <= :last "  # noqa: S608
            "ORDER BY seq LIMIT :rows"
        )
        wanted = {f"k{i}": kind for i, kind in enumerate(kinds)} | {"rows": _ROWS_AT_ONCE}
        with self.database.reading() as connection:
            last = connection.execute(text("SELECT max(seq) FROM log")).scalar() or 0
        while after < last:
            with collector_paused(), self.database.reading() as connection:
                rows = connection.execute(query, wanted | {"after": after, "last": last}).fetchall()
                lines = [LogLine(seq, digest, self._entry(seq, body)) for seq, digest, body in rows]
            yield from lines
            after = lines[-1].seq if lines else last

    def _entry(self, seq: int, body: str) -> Entry:
        try:
            return _ENTRY.validate_json(body)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the line"
            raise ProjectError(
                f"{self.place}: log line {seq} is damaged ({where}: {first['msg']}); {RESTORE}"
            ) from error

    def entries(self, entry_type: type[E]) -> list[E]:
        """Entries of one type in the order of the log."""
        return [line.entry for line in self.lines(entry_type) if isinstance(line.entry, entry_type)]

    def document(self, document_digest: str) -> Document | None:
        """A document that the log may quote, by its digest."""
        if document_digest not in self._documents:
            with self.database.reading() as connection:
                body = connection.execute(
                    text("SELECT body FROM documents WHERE document_digest = :digest"),
                    {"digest": document_digest},
                ).scalar()
            if body is None:
                return None
            try:
                self._documents[document_digest] = Document.model_validate_json(body)
            except ValidationError:
                return None  # a document whose text was changed is as good as missing
        return self._documents[document_digest]

    def documents(self, record_id: str) -> list[Document]:
        """The documents of a record, full texts first."""
        with self.database.reading() as connection:
            digests = connection.execute(
                text("SELECT document_digest FROM documents WHERE record_id = :record_id"),
                {"record_id": record_id},
            ).scalars()
            found = [self.document(digest) for digest in digests.fetchall()]
        kept = [document for document in found if document is not None]
        return sorted(kept, key=lambda d: (d.kind != "full_text", d.document_digest))

    def head(self) -> tuple[int, str]:
        """The number of lines and the hash of the last: what an archive should note down."""
        with self.database.reading() as connection:
            self.database.fetch_files(connection)  # who may sign in follows the database, too
            return self.database.head(connection)

    def goes_on_from(self, length: int, digest: str) -> bool:
        """Whether the log began with the lines that had this head (see `head`)."""
        if not length:
            return digest == GENESIS
        with self.database.reading() as connection:
            found = connection.execute(
                text("SELECT hash FROM log WHERE seq = :length"), {"length": length}
            ).scalar()
        return found == digest

    def chain_problems(self) -> list[str]:
        """Changed, dropped, inserted or reordered lines; empty when the chain holds."""
        problems: list[str] = []
        previous, count = GENESIS, 0
        with collector_paused(), self.database.reading() as connection:
            rows = connection.execute(
                text("SELECT seq, kind, body, previous_hash, hash FROM log ORDER BY seq")
            ).fetchall()
            length, digest = self.database.head(connection)
            problems += self.database.damage(connection)
        for count, (seq, kind, body, noted_previous, noted) in enumerate(rows, 1):
            if seq != count:
                problems.append(f"log line {count}: a line was dropped or reordered (found {seq})")
            if noted_previous != previous:
                problems.append(f"log line {seq}: does not follow the line before it")
            if line_hash(noted_previous, kind, body) != noted:
                problems.append(f"log line {seq}: its content was changed")
            previous = noted
        if (length, digest) != (count, previous):
            problems.append(f"log: {length} lines were written, {count} are there")
        return problems


def _document_row(document: Document) -> dict[str, str]:
    return {
        "digest": document.document_digest,
        "record_id": document.record_id,
        "body": document.model_dump_json(),
    }


def canonical_json(value: BaseModel) -> str:
    """JSON with sorted keys and no white space: one value, one text."""
    return json.dumps(
        value.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
