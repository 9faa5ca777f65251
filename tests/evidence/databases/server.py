"""A PostgreSQL server of Debian's for the tests: a temporary cluster, on a Unix socket alone."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from evidence.databases.address import DatabaseAddress
from evidence.migrations.postgres_0001 import GUARDED, TRIGGERS

OWNER, WRITER = "evidence_owner", "ada"
"""Makes projects; and a reviewer, in the role that the first project makes."""
_DATABASE = "evidence"
_PATIENCE_SECONDS = 120


def binaries() -> Path | None:
    """The folder of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    return found[-1].parent if found else None


def _version(path: Path) -> int:
    name = path.parts[-3]
    return int(name) if name.isdecimal() else 0


def missing_server() -> str:
    """Why no server can be started here; empty where one can."""
    if binaries() is None:
        return "there is no PostgreSQL server (Debian's package postgresql)"
    return ""


class Server:
    """A running server; its socket lies in a folder of its own, and no port is opened.

    Args:
        folder: Holds all of it.
        durable: Whether it waits for the disk, which takes a test too long.
    """

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder = folder
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, project: str, user: str = OWNER, **parameters: str) -> str:
        """The address of a project on it."""
        more = "".join(f"&{name}={value}" for name, value in parameters.items())
        return f"postgresql://{user}@/{_DATABASE}?project={project}&host={self.folder}{more}"

    def connect(
        self, user: str = "postgres", database: str = _DATABASE, schema: str = "public"
    ) -> psycopg.Connection:
        """A connection for SQL of one's own, each statement on its own."""
        return psycopg.connect(
            host=str(self.folder),
            user=user,
            dbname=database,
            options=f"-csearch_path={schema}",
            autocommit=True,
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [str(_binary("postgres")), "-D", str(self.folder / "data")]
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": "on" if self._durable else "off",
            "shared_buffers": "64MB",
        }
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_as_another_user(), *command], stdout=log, stderr=log, cwd=self.folder
            )
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                self.connect(database="postgres").close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it at once: SIGINT ends all connections, SIGQUIT does so without any care."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_PATIENCE_SECONDS)
            self._process = None


def force(address: DatabaseAddress, *statements: str) -> None:
    """Change rows as the owner can: without the triggers, which are put back after."""
    with psycopg.connect(
        host=address.host,
        user=address.user,
        dbname=address.database,
        options=f"-csearch_path={address.schema}",
    ) as connection:
        for table in GUARDED:
            connection.execute(SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(Identifier(table)))
        for statement in statements:
            connection.execute(statement.encode())
        for trigger in TRIGGERS:
            connection.execute(
                SQL("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}").format(
                    Identifier(trigger.partition("_")[0]), Identifier(trigger)
                )
            )


@contextmanager
def temporary_server(*, durable: bool = False) -> Iterator[Server]:
    """A server with a database, an owner and a reviewer; nothing stays behind."""
    # Not in pytest's folder: the path of a socket has to be short, and others must reach it.
    folder = Path(tempfile.mkdtemp(prefix="evidence-pg-"))
    server = Server(folder, durable=durable)
    try:
        if os.geteuid() == 0:
            os.chown(folder, *_account())
        initdb = [str(_binary("initdb")), "-D", str(folder / "data"), "-U", "postgres"]
        initdb += ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [*_as_another_user(), *initdb], check=True, stdout=subprocess.DEVNULL, cwd=folder
        )
        server.start()
        with server.connect(database="postgres") as connection:
            connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE")
            connection.execute("CREATE ROLE evidence_writer NOLOGIN")
            connection.execute(f"CREATE ROLE {WRITER} LOGIN IN ROLE evidence_writer")
            connection.execute(f"CREATE DATABASE {_DATABASE} OWNER {OWNER}")
        yield server
    finally:
        server.stop(signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


def _binary(name: str) -> Path:
    folder = binaries()
    assert folder is not None, missing_server()
    return folder / name


def _account() -> tuple[int, int]:
    """The user and group that a server runs as where root starts it, which it refuses."""
    names = {entry.pw_name for entry in pwd.getpwall()}
    entry = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return entry.pw_uid, entry.pw_gid


def _as_another_user() -> list[str]:
    # A server ends with the tests, however they end.
    words = ["setpriv", "--pdeathsig=QUIT"]
    if os.geteuid() != 0:
        return words
    user, group = _account()
    return [*words, f"--reuid={user}", f"--regid={group}", "--clear-groups"]
