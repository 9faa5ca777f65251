"""A project's log in its folder: SQLite, and a queue for those who write."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, event, text

from evidence.database import A_MOMENT_SECONDS, NOT_ALONE, Act, LogRow, errors_named
from evidence.errors import ProjectError
from evidence.manifest import MANIFEST, read_manifest
from evidence.migrations import FIRST, check_step, make_tables, migrate, step_of

DATABASE = "review.db"
_QUEUE = ".write.lock"
_NEW_LINE = text(
    "INSERT INTO log (seq, kind, body, previous_hash, hash) "
    "VALUES (:seq, :kind, :body, :previous_hash, :hash)"
)
_NEW_HEAD = text("UPDATE head SET length = :length, hash = :hash")
_LOCKS: dict[Act, str] = {"run": ".run.lock", "adding": ".adding.lock"}


class SqliteDatabase:
    """The log in `folder`/review.db; see `ProjectDatabase`."""

    def __init__(self, folder: Path) -> None:
        self.place = str(folder)
        self._folder = folder
        self._engine = open_engine(folder / DATABASE)

    @staticmethod
    def create(folder: Path) -> None:
        """Make the tables of a new project."""
        engine = open_engine(folder / DATABASE)
        with engine.begin() as connection:
            make_tables(connection)
        engine.dispose()

    def check(self) -> None:
        """Refuse a damaged manifest, a file that holds no log, or one of another version.

        Raises:
            ProjectError: It does.
        """
        path = self._folder / DATABASE
        read_manifest(self._folder / MANIFEST)  # of two things that are wrong, the first to mend
        with errors_named(path, "expected a log"), self._connected() as connection:
            check_step(step_of(connection) or FIRST, str(path))
            self.head(connection)

    def migrate(self) -> list[str]:
        """Take the steps that the tables lack."""
        with self.writing() as connection:
            return migrate(connection)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that nobody else writes during."""
        with errors_named(self._folder, "nothing was written"), self._in_turn():  # noqa: SIM117
            with self._engine.begin() as connection:
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """What the database holds at one moment."""
        with (
            errors_named(self._folder / DATABASE, "the log cannot be read"),
            self._connected() as connection,
        ):
            yield connection

    def _connected(self) -> Connection:
        return self._engine.connect().execution_options(evidence_read_only=True)

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Wait in the system's queue: SQLite alone lets chance decide, and some wait for seconds.

        The database keeps its own lock, too: where there is no such queue, that one decides.
        """
        if sys.platform == "win32":
            yield
            return
        import fcntl

        path = self._folder / _QUEUE
        try:
            queue = path.open("ab")
        except OSError as error:
            raise ProjectError(f"{path}: nothing was written ({error.strerror})") from error
        with queue:
            fcntl.flock(queue, fcntl.LOCK_EX)
            yield

    def head(self, connection: Connection) -> tuple[int, str]:
        """The number of lines and the hash of the last."""
        length, digest = connection.execute(text("SELECT length, hash FROM head")).one()
        return int(length), str(digest)

    def add_lines(self, connection: Connection, rows: Sequence[LogRow]) -> None:
        """Add lines behind the last one and move the head."""
        connection.execute(_NEW_LINE, [row._asdict() for row in rows])
        connection.execute(_NEW_HEAD, {"length": rows[-1].seq, "hash": rows[-1].hash})

    def keep_files(self, connection: Connection, names: Sequence[str] = ()) -> None:
        """The folder is where they are kept."""

    def fetch_files(self, connection: Connection, *, calls: bool = False) -> None:
        """The folder is where they are kept."""

    def damage(self, connection: Connection) -> list[str]:
        """Whoever can write to the file can drop its triggers and put them back: nothing to see."""
        return []

    @contextmanager
    def alone(self, act: Act) -> Iterator[None]:
        """Hold the project for an act, which may take a moment.

        Raises:
            ProjectError: Another program holds it.
        """
        lock = FileLock(self._folder / _LOCKS[act], timeout=A_MOMENT_SECONDS)
        try:
            lock.acquire()
        except Timeout as error:
            raise ProjectError(f"{self._folder}: {NOT_ALONE[act]}") from error
        try:
            yield
        finally:
            lock.release()

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def open_engine(path: Path) -> Engine:
    """SQLite with explicit transactions: writers queue at their start, readers never block.

    A file whose folder cannot be written is only read.
    """
    writable = os.access(path.parent, os.W_OK)
    place = str(path) if writable else _read_only(path)
    engine = create_engine(f"sqlite:///{place}", connect_args={"timeout": 30}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _connect(connection, _record) -> None:  # type: ignore[no-untyped-def]
        connection.isolation_level = None
        if not writable:
            return
        connection.execute("PRAGMA journal_mode = WAL")
        # A judgement is on disk when its transaction ends, a power cut notwithstanding.
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get("evidence_read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _read_only(path: Path) -> str:
    """How SQLite opens a file that it can neither write nor make others beside.

    Lines that a writer has not brought into the file yet stand in another beside it, which only
    the ordinary way of reading sees; without such a file that way needs to make one.
    """
    how = "mode=ro" if path.with_name(f"{path.name}-wal").is_file() else "immutable=1"
    return f"file:{quote(str(path))}?{how}&uri=true"
