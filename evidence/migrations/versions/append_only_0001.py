"""The log, the documents that it quotes and its head: rows can be added and nothing else."""

from __future__ import annotations

from alembic import op

from evidence.database import GENESIS
from evidence.migrations.postgres_0001 import statements

revision = "0001"
down_revision = None

SQLITE = (
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


def upgrade() -> None:
    """Make the tables, and what guards them."""
    bind = op.get_bind()
    for statement in SQLITE if bind.dialect.name == "sqlite" else statements(bind):
        bind.exec_driver_sql(statement, execution_options={"no_parameters": True})
