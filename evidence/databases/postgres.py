"""A project's log in PostgreSQL: one schema a project, for many reviewers on many computers.

Two roles, as `evidence.migrations.postgres_0001` makes them: the owner of the schema makes and
migrates the project; everybody else works in `evidence_writer`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import RLock
from time import monotonic, sleep

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from evidence.database import A_MOMENT_SECONDS, NOT_ALONE, Act, LogRow, errors_named, reason
from evidence.databases.address import DatabaseAddress
from evidence.databases.files import KeptFiles
from evidence.errors import ProjectError
from evidence.manifest import MANIFEST
from evidence.migrations import check_step, make_tables, migrate, step_of
from evidence.migrations.postgres_0001 import GUARDED, TRIGGERS, WRITER

_LONGEST_WAIT_SECONDS = 30
"""For whoever holds the log; as long as SQLite waits."""
_CONNECT_SECONDS = 10
_BETWEEN_SECONDS = 0.02
_NEW_LINES = text(
    "INSERT INTO log (seq, kind, body, previous_hash, hash) SELECT * FROM unnest("
    "CAST(:seqs AS BIGINT[]), CAST(:kinds AS TEXT[]), CAST(:bodies AS TEXT[]), "
    "CAST(:previous AS TEXT[]), CAST(:hashes AS TEXT[]))"
)
_LOST = (
    "the connection was lost while the last lines were being kept: they may stand in the log or "
    "not; look before you write them again"
)


class PostgresDatabase:
    """The log at an address; see `ProjectDatabase`."""

    def __init__(self, address: DatabaseAddress) -> None:
        self.place = address.text
        self._address = address
        self._engine = _engine(address)
        self._files = KeptFiles(address.folder)
        self._own_turn = RLock()
        self._last_hash: str | None = None
        """Of the lines that the transaction under way adds."""

    def create(self, manifest: bytes) -> None:
        """Make the project's schema, whole or not at all.

        Raises:
            ProjectError: There is one of this name, or the user may not make one.
        """
        schema = self._address.schema
        with errors_named(self.place, "no project was made"), self._engine.begin() as connection:
            if _exists(connection, schema):
                raise ProjectError(f"{self.place}: there is a project of this name; take another")
            encoding = connection.execute(text("SHOW server_encoding")).scalar()
            if encoding != "UTF8":
                raise ProjectError(f"{self.place}: expected a database in UTF8, not {encoding}")
            self._make_role(connection)
            connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
            make_tables(connection, schema)
            connection.exec_driver_sql(f"GRANT SELECT ON alembic_version TO {WRITER}")
            connection.execute(
                text("INSERT INTO files (name, body) VALUES (:name, :body)"),
                {"name": MANIFEST, "body": manifest},
            )
        self._files.forget()

    def _make_role(self, connection: Connection) -> None:
        known = text("SELECT 1 FROM pg_roles WHERE rolname = :name")
        if connection.execute(known, {"name": WRITER}).scalar():
            return
        told = f"expected a role {WRITER}; have an administrator run CREATE ROLE {WRITER} NOLOGIN"
        with errors_named(self.place, told):
            connection.exec_driver_sql(f"CREATE ROLE {WRITER} NOLOGIN")

    def remove(self) -> None:
        """Take a project away that was only half made."""
        with errors_named(self.place, "it was not removed"), self._engine.begin() as connection:
            connection.exec_driver_sql(f'DROP SCHEMA "{self._address.schema}" CASCADE')
        self._files.forget()

    def check(self) -> None:
        """Refuse an address without a project, or one of another version; fetch its manifest.

        Raises:
            ProjectError: There is none, it cannot be reached, or this user may not read it.
        """
        with self.reading() as connection:
            schema = self._address.schema
            step = step_of(connection, schema) if _exists(connection, schema) else None
            if step is None:
                raise ProjectError(
                    f"{self.place}: there is no project of this name; make one with `evidence new`"
                )
            check_step(step, self.place)
            self._files.fetch(connection, calls=False)
            self._files.fetch_people(connection)

    def migrate(self) -> list[str]:
        """Take the steps that the tables lack; the owner alone may."""
        with self.writing() as connection:
            return migrate(connection, self._address.schema)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that nobody else writes during: it holds the head row."""
        with (
            errors_named(self.place, "nothing was written"),
            self._own_turn,
            self._engine.connect() as connection,
        ):
            transaction = connection.begin()
            self._last_hash = None
            try:
                connection.execute(text("SELECT locked_head()"))
                yield connection
            except BaseException:
                transaction.rollback()
                raise
            try:
                transaction.commit()
            except DBAPIError as error:
                if not error.connection_invalidated or not self._is_kept(error):
                    raise
            self._files.confirm()

    def _is_kept(self, error: DBAPIError) -> bool:
        """Whether a transaction was kept whose connection was lost before it could tell.

        Raises:
            ProjectError: It cannot be known.
        """
        unknown = ProjectError(f"{self.place}: {_LOST} ({reason(error)})")
        last = self._last_hash
        if last is None:
            raise unknown from error
        try:
            with self._engine.begin() as connection:
                connection.execute(text("SELECT locked_head()"))  # the lost one has ended by then
                found = connection.execute(
                    text("SELECT 1 FROM log WHERE hash = :hash"), {"hash": last}
                )
                return found.scalar() is not None
        except DBAPIError:
            raise unknown from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """What the database holds at one moment."""
        with (
            errors_named(self.place, "the project cannot be read"),
            # READ ONLY would be taken off again with READ WRITE, whatever the server's default is.
            self._engine.connect().execution_options(
                isolation_level="REPEATABLE READ"
            ) as connection,
        ):
            yield connection

    def head(self, connection: Connection) -> tuple[int, str]:
        """The number of lines and the hash of the last."""
        length, digest = connection.execute(text("SELECT length, hash FROM head")).one()
        return int(length), str(digest)

    def add_lines(self, connection: Connection, rows: Sequence[LogRow]) -> None:
        """Add lines behind the last one; the database moves the head."""
        names = ("seqs", "kinds", "bodies", "previous", "hashes")
        columns = zip(names, map(list, zip(*rows, strict=True)), strict=True)
        connection.execute(_NEW_LINES, dict(columns))
        self._last_hash = rows[-1].hash

    def keep_files(self, connection: Connection, names: Sequence[str] = ()) -> None:
        """Keep the calls and certificates that are new in the folder, and the files named.

        Raises:
            ProjectError: Files were named, and this user may not change them.
        """
        try:
            self._files.keep(connection, names)
        except ProgrammingError as error:
            if not names:
                raise
            told = f"{', '.join(names)}: the project's owner alone may change it"
            raise ProjectError(f"{self.place}: {told} ({reason(error)})") from error

    def fetch_files(self, connection: Connection, *, calls: bool = False) -> None:
        """Bring the folder's list of people up to date, or its recorded calls."""
        if calls:
            self._files.fetch(connection, calls=True)
        else:
            self._files.fetch_people(connection)

    def damage(self, connection: Connection) -> list[str]:
        """Triggers that are missing or off, and rights that nobody but the owner should have."""
        found = connection.execute(
            text(
                "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
                "JOIN pg_namespace ON pg_namespace.oid = relnamespace "
                "WHERE nspname = :schema AND tgenabled = 'A'"
            ),
            {"schema": self._address.schema},
        ).scalars()
        missing = sorted(set(TRIGGERS) - set(found))
        problems = [f"database: the trigger {name} is missing or off" for name in missing]
        may = text("SELECT has_table_privilege(:role, CAST(:table AS regclass), :right)")
        for table in GUARDED:
            for right in ("UPDATE", "DELETE", "TRUNCATE"):
                asked = {"role": WRITER, "table": table, "right": right}
                if connection.execute(may, asked).scalar():
                    problems.append(f"database: {WRITER} may {right} the {table} table")
        return problems

    @contextmanager
    def alone(self, act: Act) -> Iterator[None]:
        """Hold the project for an act, on every computer; the connection's end lets go of it.

        Raises:
            ProjectError: Somebody else holds it, or the database cannot be reached.
        """
        key = {"key": f"{self._address.schema} {act}"}
        own = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        with errors_named(self.place, "the project cannot be held"):
            connection = own.connect()
        with connection:
            take = text("SELECT pg_try_advisory_lock(hashtextextended(:key, 0))")
            with errors_named(self.place, "the project cannot be held"):
                until = monotonic() + A_MOMENT_SECONDS
                while not connection.execute(take, key).scalar():
                    if monotonic() > until:
                        raise ProjectError(f"{self.place}: {NOT_ALONE[act]}")
                    sleep(_BETWEEN_SECONDS)
            try:
                yield
            finally:
                with suppress(DBAPIError):  # a connection that was lost has let go already
                    connection.execute(
                        text("SELECT pg_advisory_unlock(hashtextextended(:key, 0))"), key
                    )

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()


def _engine(address: DatabaseAddress) -> Engine:
    """Connections that work in the project's schema; a lost one is found before it is used.

    Raises:
        ProjectError: The driver is not installed.
    """
    settings = {
        "search_path": address.schema,
        "lock_timeout": f"{_LONGEST_WAIT_SECONDS}s",
        "synchronous_commit": "on",  # a judgement is on disk when its transaction ends
        "default_transaction_isolation": "read\\ committed",
    }
    connect = {
        "host": address.host,
        "port": address.port,
        "dbname": address.database,
        "options": " ".join(f"-c{name}={value}" for name, value in settings.items()),
        "connect_timeout": _CONNECT_SECONDS,
        "client_encoding": "utf8",
        "application_name": "evidence",
        **({"user": address.user} if address.user else {}),
        **dict(address.options),
    }
    try:
        return create_engine(
            "postgresql+psycopg://", connect_args=connect, pool_pre_ping=True, hide_parameters=True
        )
    except ModuleNotFoundError as error:
        raise ProjectError(
            f"{address.text}: expected the PostgreSQL driver; "
            "`pip install 'evidence-synthesis[postgres]'` installs it"
        ) from error


def _exists(connection: Connection, schema: str) -> bool:
    found = connection.execute(
        text("SELECT 1 FROM pg_namespace WHERE nspname = :schema"), {"schema": schema}
    )
    return found.scalar() is not None
