# ruff: noqa: S608 - the statements are the test's own
"""What the database itself keeps anybody from doing to a log, and what is found if somebody can."""

from collections.abc import Iterator
from itertools import count

import psycopg
import pytest

from evidence.databases.address import address_of, project_folder
from evidence.errors import ProjectError
from evidence.project import Project
from evidence.verification import verify
from tests.evidence.databases.server import OWNER, WRITER, Server, force
from tests.evidence.test_project import COMPLETED, filled

_numbers = count(1)
LINE = "INSERT INTO log VALUES ({seq}, 'k', 'b', {previous}, {hash})"
LAST = "(SELECT hash FROM log ORDER BY seq DESC LIMIT 1)"
SEALED = f"encode(sha256(convert_to({LAST} || E'\\nk\\nb', 'UTF8')), 'hex')"


@pytest.fixture
def project(server: Server) -> Iterator[Project]:
    project = filled(project_folder(server.url(f"g{next(_numbers)}")))
    yield project
    project.close()


def schema(project: Project) -> str:
    address = address_of(project.path)
    assert address is not None
    return address.schema


CHANGES = (
    *(
        f"UPDATE {table} SET {column} = ''"
        for table, column in [
            ("log", "body"),
            ("documents", "body"),
            ("files", "name"),
        ]
    ),
    *(
        f"{act} {table}"
        for act in ("DELETE FROM", "TRUNCATE")
        for table in [
            "log",
            "documents",
            "files",
            "head",
        ]
    ),
    "TRUNCATE log, documents, files, head CASCADE",
    "INSERT INTO documents SELECT document_digest, 'r', 'x' FROM documents "
    "ON CONFLICT (document_digest) DO UPDATE SET body = 'x'",
    "MERGE INTO log USING head ON seq = length WHEN MATCHED THEN DELETE",
)
NOT_THE_WRITERS = (
    "UPDATE head SET length = 0",
    "INSERT INTO head VALUES (2, 0, '')",
    "ALTER TABLE log DISABLE TRIGGER ALL",
    "DROP TRIGGER log_kept ON log",
    "DROP TABLE log",
    "CREATE TABLE more (x INT)",
    "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RETURN NULL; END $$",
    "SET session_replication_role = replica",
    f"SET ROLE {OWNER}",
    "INSERT INTO files (name, body) VALUES ('people.json', '{}')",
    "INSERT INTO files (name, body) VALUES ('manifest.json', '{}')",
    "INSERT INTO files (name, body) VALUES ('../../.profile', '')",
    "INSERT INTO files (name, body) VALUES ('calls/../../x.json', '')",
)
FALSE_LINES = (
    LINE.format(seq=1, previous=LAST, hash=SEALED),
    LINE.format(seq=7, previous=LAST, hash=SEALED),
    LINE.format(seq="NULL", previous=LAST, hash=SEALED),
    LINE.format(seq=6, previous=f"'{'0' * 64}'", hash=SEALED),
    LINE.format(seq=6, previous=LAST, hash="'x'"),
    LINE.format(seq=6, previous=LAST, hash="NULL"),
)


@pytest.mark.parametrize("user", [WRITER, OWNER])
def test_no_sql_changes_or_deletes_what_was_written(
    server: Server, project: Project, user: str
) -> None:
    refused = (*CHANGES, *FALSE_LINES, *(NOT_THE_WRITERS if user == WRITER else ()))
    with server.connect(user, schema=schema(project)) as connection:
        for statement in refused:
            with pytest.raises(psycopg.Error) as caught:
                connection.execute(statement.encode())
            told = str(caught.value)
            assert any(
                words in told
                for words in (
                    "append-only",
                    "permission denied",
                    "must be owner",
                    "the owner's",
                    "does not follow",
                    "files_name_check",
                    "must be able to SET ROLE",
                )
            ), (statement, told)
    assert project.head()[0] == 5
    assert list(verify(project)) == []


def test_a_line_of_ones_own_goes_behind_the_last_and_nowhere_else(
    server: Server, project: Project
) -> None:
    with server.connect(WRITER, schema=schema(project)) as connection:
        connection.execute(LINE.format(seq=6, previous=LAST, hash=SEALED).encode())
    assert project.chain_problems() == []
    assert project.head()[0] == 6  # it is no entry, but it is in the chain, and stays there


def test_tables_of_ones_own_deceive_nobody(server: Server, project: Project) -> None:
    own = schema(project)
    with server.connect(WRITER, schema="pg_temp") as connection:
        for table in ("log", "head", "files"):
            connection.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM {own}.{table} LIMIT 0")
        line = f"INSERT INTO {own}.log VALUES (1, 'k', 'b', '', '')"
        with pytest.raises(psycopg.Error, match="does not follow"):
            connection.execute(line.encode())
        connection.execute(f"INSERT INTO {own}.files VALUES (999, 'contexts.json', '')".encode())
        version = connection.execute(f"SELECT max(version) FROM {own}.files".encode()).fetchone()
    assert version == (2,)
    assert list(verify(project)) == []


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (
            ["UPDATE log SET body = replace(body, 'include', 'exclude') WHERE seq = 3"],
            "log line 3: its content was changed",
        ),
        (["DELETE FROM log WHERE seq > 3"], "log: 5 lines were written, 3 are there"),
        (["UPDATE documents SET body = replace(body, 'A trial', 'A cohort')"], "log line 1"),
        (["DELETE FROM documents"], "log line 1"),
        (
            ["GRANT UPDATE ON documents TO evidence_writer"],
            "database: evidence_writer may UPDATE the documents table",
        ),
    ],
)
def test_what_the_owner_forces_is_found(
    project: Project, statements: list[str], expected: str
) -> None:
    address = address_of(project.path)
    assert address is not None
    force(address, *statements)
    opened = Project.open(project.path)
    problems = list(verify(opened))
    opened.close()
    assert any(problem.startswith(expected) for problem in problems), problems


def test_a_guard_that_was_put_off_is_found(server: Server, project: Project) -> None:
    with server.connect(OWNER, schema=schema(project)) as connection:
        connection.execute("ALTER TABLE log DISABLE TRIGGER log_kept")
        connection.execute("DROP TRIGGER log_follows ON log")
    assert project.chain_problems() == [
        "database: the trigger log_follows is missing or off",
        "database: the trigger log_kept is missing or off",
    ]


def test_a_log_whose_end_was_cut_off_takes_no_line(project: Project) -> None:
    address = address_of(project.path)
    assert address is not None
    force(address, "DELETE FROM log WHERE seq = 5")
    with pytest.raises(ProjectError, match=r"nothing was written .*does not follow"):
        project.append(COMPLETED)
