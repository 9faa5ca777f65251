"""A review project on disk: an append-only, hash-chained log of every judgement.

    PROJECT/
      manifest.json   question, settings, versions and the index digest, frozen at creation
      review.db       the log and the documents that it quotes; rows cannot be changed or deleted
      calls/          recorded calls to language models, by request digest
      derived/        reports and plots; safe to delete and rebuild

Each row holds the hash of the one before it; the head row counts them. So a changed, dropped,
inserted or reordered row is found by `Project.chain_problems`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar, get_args

from filelock import FileLock, Timeout
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from evidence.collector import collector_paused
from evidence.config import Settings
from evidence.database import GENESIS, SCHEMA, line_hash, open_engine
from evidence.entries import Entry
from evidence.errors import GroundingError, ProjectError
from evidence.grounding import entry_problems
from evidence.question import ClinicalQuestion
from indexers.records import Document, Frozen

Clock = Callable[[], datetime]
E = TypeVar("E", bound=BaseModel)

_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)
_KINDS = {
    entry_type: entry_type.model_fields["kind"].default
    for entry_type in get_args(get_args(Entry)[0])
}
_ROWS_AT_ONCE = 2_000
"""Rows of the log that are read or written together: so many that the round trip costs nothing."""
_NEW_LINE = text(
    "INSERT INTO log (kind, body, previous_hash, hash) VALUES (:kind, :body, :previous, :hash)"
)
_NEW_DOCUMENT = text(
    "INSERT INTO documents SELECT :digest, :record_id, :body WHERE NOT EXISTS "
    "(SELECT 1 FROM documents WHERE document_digest = :digest)"
)


class Manifest(Frozen):
    """What a project was made from; frozen at creation, free of time stamps.

    `store` is the store's folder; `index_digest` fixes its content.
    """

    format_version: Literal[1] = 1
    program_version: str
    question: ClinicalQuestion
    settings: Settings
    store: Path
    index_digest: str
    encoder: str
    prompt_digests: dict[str, str] = Field(default_factory=dict)
    seed: int = 0


class LogLine(NamedTuple):
    """A line of the log with its place and hash."""

    seq: int
    hash: str
    entry: Entry


def utc_now() -> datetime:
    """The wall clock; tests and replays inject another."""
    return datetime.now(UTC)


class Project:
    """An open review project. See the module's docstring for the folder."""

    def __init__(self, path: Path, manifest: Manifest, clock: Clock) -> None:
        self.path = path
        self.manifest = manifest
        self._clock = clock
        self._engine = open_engine(path / "review.db")
        self._documents: dict[str, Document] = {}

    @classmethod
    def create(cls, path: Path, manifest: Manifest, clock: Clock = utc_now) -> Project:
        """Make a new project; nothing stays behind when it fails.

        Raises:
            ProjectError: There is something at `path` already.
        """
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise ProjectError(f"{path}: expected a new or empty folder for the project")
        path.parent.mkdir(parents=True, exist_ok=True)
        half_built = path.with_name(f".{path.name}.{os.getpid()}.new")
        shutil.rmtree(half_built, ignore_errors=True)
        try:
            half_built.mkdir()
            for folder in ("calls", "derived"):
                (half_built / folder).mkdir()
            body = manifest.model_dump_json(indent=2) + "\n"
            (half_built / "manifest.json").write_text(body, encoding="utf-8")
            engine = open_engine(half_built / "review.db")
            with engine.begin() as connection:
                for statement in SCHEMA:
                    connection.exec_driver_sql(statement)
            engine.dispose()
            if path.exists():
                path.rmdir()
            half_built.rename(path)
        except BaseException:
            shutil.rmtree(half_built, ignore_errors=True)
            raise
        return cls(path, manifest, clock)

    @classmethod
    def open(cls, path: Path, clock: Clock = utc_now) -> Project:
        """Open an existing project.

        Raises:
            ProjectError: The folder is no project, or its manifest or log is damaged.
        """
        manifest_path = path / "manifest.json"
        if not manifest_path.is_file() or not (path / "review.db").is_file():
            raise ProjectError(
                f"{path}: expected a project folder with manifest.json and review.db; "
                "make one with `evidence new`"
            )
        try:
            manifest = Manifest.model_validate_json(manifest_path.read_bytes())
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the file"
            raise ProjectError(f"{manifest_path}: {where}: {first['msg']}") from error
        project = cls(path, manifest, clock)
        try:
            project.head()
        except DBAPIError as error:
            reason = str(error.orig)
            raise ProjectError(f"{path / 'review.db'}: expected a log ({reason})") from error
        return project

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hold the project for one run; the lock dies with the process.

        Raises:
            ProjectError: Another run holds it.
        """
        lock = FileLock(self.path / ".run.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise ProjectError(f"{self.path}: another run is at work; wait for its end") from error
        try:
            yield
        finally:
            lock.release()

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
        with self._engine.begin() as connection:
            if after is not None and _head(connection) != after:
                raise ProjectError(f"{self.path}: somebody wrote to the log meanwhile; do it again")
            if fresh:
                connection.execute(_NEW_DOCUMENT, [_document_row(d) for d in fresh.values()])
            if entries:
                self._append_lines(connection, entries)

    def _append_lines(self, connection: Connection, entries: Sequence[Entry]) -> None:
        length, digest = _head(connection)
        for start in range(0, len(entries), _ROWS_AT_ONCE):
            rows = []
            for entry in entries[start : start + _ROWS_AT_ONCE]:
                stamped = entry.provenance.model_copy(update={"at": self._clock()})
                body = canonical_json(entry.model_copy(update={"provenance": stamped}))
                row = {"kind": entry.kind, "body": body, "previous": digest}
                digest = line_hash(digest, entry.kind, body)
                rows.append(row | {"hash": digest})
            connection.execute(_NEW_LINE, rows)
        connection.execute(
            text("UPDATE head SET length = :length, hash = :hash"),
            {"length": length + len(entries), "hash": digest},
        )

    def lines(self, *entry_types: type[BaseModel], after: int = 0) -> Iterator[LogLine]:
        """Lines of the log in order; only those of the given types when any are given.

        What is appended while they are read is not among them.

        Args:
            entry_types: All when none is given.
            after: The lines that follow this one.

        Raises:
            ProjectError: A line was changed so that it is no entry any more.
        """
        kinds = [_KINDS[entry_type] for entry_type in entry_types]
        where = f"kind IN ({', '.join(f':k{i}' for i in range(len(kinds)))})" if kinds else "TRUE"
        query = text(
            f"SELECT seq, hash, body FROM log WHERE {where} AND seq > :after AND seq <= :last "  # noqa: S608
            "ORDER BY seq LIMIT :rows"
        )
        wanted = {f"k{i}": kind for i, kind in enumerate(kinds)} | {"rows": _ROWS_AT_ONCE}
        with self._reading() as connection:
            last = connection.execute(text("SELECT max(seq) FROM log")).scalar() or 0
        while after < last:
            with collector_paused(), self._reading() as connection:
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
                f"{self.path / 'review.db'}: log line {seq} is damaged ({where}: {first['msg']}); "
                "restore the project from an archive"
            ) from error

    def entries(self, entry_type: type[E]) -> list[E]:
        """Entries of one type in the order of the log."""
        return [line.entry for line in self.lines(entry_type) if isinstance(line.entry, entry_type)]

    def document(self, document_digest: str) -> Document | None:
        """A document that the log may quote, by its digest."""
        if document_digest not in self._documents:
            with self._reading() as connection:
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
        with self._reading() as connection:
            digests = connection.execute(
                text("SELECT document_digest FROM documents WHERE record_id = :record_id"),
                {"record_id": record_id},
            ).scalars()
            found = [self.document(digest) for digest in digests.fetchall()]
        kept = [document for document in found if document is not None]
        return sorted(kept, key=lambda d: (d.kind != "full_text", d.document_digest))

    def head(self) -> tuple[int, str]:
        """The number of lines and the hash of the last: what an archive should note down."""
        with self._reading() as connection:
            return _head(connection)

    def goes_on_from(self, length: int, digest: str) -> bool:
        """Whether the log began with the lines that had this head (see `head`)."""
        if not length:
            return digest == GENESIS
        with self._reading() as connection:
            found = connection.execute(
                text("SELECT hash FROM log WHERE seq = :length"), {"length": length}
            ).scalar()
        return found == digest

    def chain_problems(self) -> list[str]:
        """Changed, dropped, inserted or reordered lines; empty when the chain holds."""
        problems = []
        previous, count = GENESIS, 0
        with collector_paused(), self._reading() as connection:
            rows = connection.execute(
                text("SELECT seq, kind, body, previous_hash, hash FROM log ORDER BY seq")
            ).fetchall()
        for count, (seq, kind, body, noted_previous, noted) in enumerate(rows, 1):
            if seq != count:
                problems.append(f"log line {count}: a line was dropped or reordered (found {seq})")
            if noted_previous != previous:
                problems.append(f"log line {seq}: does not follow the line before it")
            if line_hash(noted_previous, kind, body) != noted:
                problems.append(f"log line {seq}: its content was changed")
            previous = noted
        length, digest = self.head()
        if (length, digest) != (count, previous):
            problems.append(f"log: {length} lines were written, {count} are there")
        return problems

    def _reading(self) -> Connection:
        return self._engine.connect().execution_options(evidence_read_only=True)


def _document_row(document: Document) -> dict[str, str]:
    return {
        "digest": document.document_digest,
        "record_id": document.record_id,
        "body": document.model_dump_json(),
    }


def _head(connection: Connection) -> tuple[int, str]:
    length, digest = connection.execute(text("SELECT length, hash FROM head")).one()
    return int(length), str(digest)


def canonical_json(value: BaseModel) -> str:
    """JSON with sorted keys and no white space: one value, one text."""
    return json.dumps(
        value.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
