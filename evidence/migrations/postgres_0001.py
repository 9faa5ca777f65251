"""The first tables of a project in PostgreSQL: one schema a project.

Whoever made the schema owns it. Everybody else works in the role `evidence_writer`, which may read
and insert. What it inserts into the log has to follow the last line: the database looks at place
and hash of each new line while it holds the head row, and moves the head itself. So the role needs
no UPDATE, and no SQL of its own can break, change or shorten the chain. The functions that do what
the role may not (SECURITY DEFINER) name their schema, so that nobody can put other tables under
their eyes.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from evidence.database import GENESIS

WRITER = "evidence_writer"
GUARDED = ("log", "documents", "files", "head")
"""Tables with a trigger TABLE_kept against UPDATE, DELETE and TRUNCATE; the head may be updated."""
TRIGGERS = (
    *(f"{table}_kept" for table in GUARDED),
    *("log_locked", "log_follows", "log_counted", "files_locked", "files_named"),
)
_FILE_NAMES = (
    r"^((manifest|people|contexts|contexts_results)\.json"
    r"|calls/(run-[0-9]{1,3}/)?(engine|[0-9a-f]{64})\.json)$"
)
_TABLES = f"""
    CREATE TABLE log (
        seq BIGINT PRIMARY KEY,
        kind TEXT NOT NULL,
        body TEXT NOT NULL,
        previous_hash TEXT NOT NULL,
        hash TEXT NOT NULL UNIQUE);
    CREATE INDEX log_kind ON log (kind, seq);
    CREATE TABLE documents (
        document_digest TEXT PRIMARY KEY,
        record_id TEXT NOT NULL,
        body TEXT NOT NULL);
    CREATE INDEX documents_record ON documents (record_id);
    CREATE TABLE head (
        one INTEGER PRIMARY KEY CHECK (one = 1), length BIGINT NOT NULL, hash TEXT NOT NULL);
    INSERT INTO head VALUES (1, 0, '{GENESIS}');
    CREATE TABLE files (
        version BIGINT PRIMARY KEY,
        name TEXT NOT NULL CHECK (name ~ '{_FILE_NAMES}'),
        body BYTEA NOT NULL);
    CREATE INDEX files_name ON files (name, version);
"""  # noqa: S608 - constants
_FUNCTIONS = f"""
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = {{schema}}, pg_temp
    AS $$ BEGIN
        RAISE EXCEPTION 'the % table is append-only', TG_TABLE_NAME;
    END $$;

    CREATE FUNCTION locked_head() RETURNS head LANGUAGE sql SECURITY DEFINER
    SET search_path = {{schema}}, pg_temp
    AS $$ SELECT * FROM head WHERE one = 1 FOR UPDATE $$;

    CREATE FUNCTION lock() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = {{schema}}, pg_temp
    AS $$ BEGIN
        PERFORM locked_head();
        RETURN NULL;
    END $$;

    CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = {{schema}}, pg_temp
    AS $$
    DECLARE
        last_seq BIGINT;
        last_hash TEXT;
        content TEXT := NEW.previous_hash || E'\\n' || NEW.kind || E'\\n' || NEW.body;
    BEGIN
        SELECT seq, hash INTO last_seq, last_hash FROM log ORDER BY seq DESC LIMIT 1;
        IF NOT FOUND THEN
            last_seq := 0;
            last_hash := '{GENESIS}';
        END IF;
        IF NEW.seq IS DISTINCT FROM last_seq + 1
            OR NEW.previous_hash IS DISTINCT FROM last_hash
            OR NEW.hash IS DISTINCT FROM encode(sha256(convert_to(content, 'UTF8')), 'hex')
        THEN
            RAISE EXCEPTION 'the line does not follow the last line of the log (%)', last_seq;
        END IF;
        RETURN NEW;
    END $$;

    CREATE FUNCTION count_lines() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = {{schema}}, pg_temp
    AS $$ BEGIN
        UPDATE head SET length = fresh.seq, hash = fresh.hash
            FROM (SELECT seq, hash FROM added ORDER BY seq DESC LIMIT 1) AS fresh;
        RETURN NULL;
    END $$;

    -- Runs with the rights of who inserts: it asks for them.
    CREATE FUNCTION name_file() RETURNS trigger LANGUAGE plpgsql
    SET search_path = {{schema}}, pg_temp
    AS $$ BEGIN
        IF NEW.name IN ('manifest.json', 'people.json') AND NOT pg_has_role(
            current_user, (SELECT nspowner FROM pg_namespace WHERE nspname = TG_TABLE_SCHEMA),
            'USAGE')
        THEN
            RAISE insufficient_privilege USING MESSAGE = NEW.name || ' is the owner''s to write';
        END IF;
        IF NEW.name = 'manifest.json' AND EXISTS (SELECT 1 FROM files WHERE name = NEW.name) THEN
            RAISE EXCEPTION 'the manifest is frozen';
        END IF;
        NEW.version := (SELECT coalesce(max(version), 0) + 1 FROM files);
        RETURN NEW;
    END $$;
"""  # noqa: S608 - constants
_TRIGGERS = """
    CREATE TRIGGER log_locked BEFORE INSERT ON log
        FOR EACH STATEMENT EXECUTE FUNCTION lock();
    CREATE TRIGGER log_follows BEFORE INSERT ON log
        FOR EACH ROW EXECUTE FUNCTION follow();
    CREATE TRIGGER log_counted AFTER INSERT ON log REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION count_lines();
    CREATE TRIGGER files_locked BEFORE INSERT ON files
        FOR EACH STATEMENT EXECUTE FUNCTION lock();
    CREATE TRIGGER files_named BEFORE INSERT ON files
        FOR EACH ROW EXECUTE FUNCTION name_file();
"""
_RIGHTS = f"""
    REVOKE ALL ON FUNCTION locked_head() FROM PUBLIC;
    GRANT USAGE ON SCHEMA {{schema}} TO {WRITER};
    GRANT SELECT, INSERT ON log, documents, files TO {WRITER};
    GRANT SELECT ON head TO {WRITER};
    GRANT EXECUTE ON FUNCTION locked_head() TO {WRITER};
"""


def statements(bind: Connection) -> list[str]:
    """The SQL that fills the current schema."""
    current = str(bind.execute(text("SELECT current_schema()")).scalar())
    schema = bind.dialect.identifier_preparer.quote(current)
    kept = [
        f"CREATE TRIGGER {table}_kept BEFORE {events} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse();"
        for table in GUARDED
        for events in ["DELETE OR TRUNCATE" if table == "head" else "UPDATE OR DELETE OR TRUNCATE"]
    ]
    # Else whoever replays changes (session_replication_role) passes them by.
    always = [
        f"ALTER TABLE {trigger.partition('_')[0]} ENABLE ALWAYS TRIGGER {trigger};"
        for trigger in TRIGGERS
    ]
    return [
        _TABLES,
        _FUNCTIONS.replace("{schema}", schema),
        _TRIGGERS,
        *kept,
        *always,
        _RIGHTS.replace("{schema}", schema),
    ]
