"""The database of a project: tables that refuse UPDATE and DELETE, and a chain of hashes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event

GENESIS = "0" * 64
SCHEMA = (
    """CREATE TABLE log (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        body TEXT NOT NULL,
        previous_hash TEXT NOT NULL,
        hash TEXT NOT NULL UNIQUE)""",
    "CREATE INDEX log_kind ON log (kind)",
    """CREATE TABLE documents (
        document_digest TEXT PRIMARY KEY,
        record_id TEXT NOT NULL,
        body TEXT NOT NULL)""",
    "CREATE INDEX documents_record ON documents (record_id)",
    "CREATE TABLE head (only INTEGER PRIMARY KEY CHECK (only = 1), length INTEGER, hash TEXT)",
    f"INSERT INTO head VALUES (1, 0, '{GENESIS}')",  # noqa: S608 - a constant
    *(
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'the {table} table is append-only'); END"
        for table in ("log", "documents")
        for verb in ("UPDATE", "DELETE")
    ),
    # INSERT OR REPLACE deletes without firing the delete trigger.
    "CREATE TRIGGER log_no_replace BEFORE INSERT ON log "
    "WHEN EXISTS (SELECT 1 FROM log WHERE seq = NEW.seq OR hash = NEW.hash) "
    "BEGIN SELECT RAISE(ABORT, 'the log table is append-only'); END",
    "CREATE TRIGGER documents_no_replace BEFORE INSERT ON documents "
    "WHEN EXISTS (SELECT 1 FROM documents WHERE document_digest = NEW.document_digest) "
    "BEGIN SELECT RAISE(ABORT, 'the documents table is append-only'); END",
)


def line_hash(previous: str, kind: str, body: str) -> str:
    """The hash of a line of the log; it fixes all lines before it too."""
    return hashlib.sha256(f"{previous}\n{kind}\n{body}".encode()).hexdigest()


def open_engine(path: Path) -> Engine:
    """SQLite with explicit transactions: writers queue at their start, readers never block."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _connect(connection, _record) -> None:  # type: ignore[no-untyped-def]
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        # A judgement is on disk when its transaction ends, a power cut notwithstanding.
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get("evidence_read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
