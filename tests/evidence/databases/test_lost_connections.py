"""A connection, a server or a disk that is lost while a project is written in PostgreSQL."""

import signal
from collections.abc import Sequence

import psycopg
import pytest
from sqlalchemy import Connection

from evidence.database import LogRow
from evidence.errors import ProjectError
from indexers.records import Record, abstract_document
from tests.evidence.databases.place import Place, schema_of
from tests.evidence.databases.server import OWNER, WRITER, Server
from tests.evidence.test_project import COMPLETED, decision

DATABASE = "ALTER DATABASE evidence {} default_transaction_read_only"


def test_a_connection_lost_while_writing_leaves_nothing_half_written(
    place: Place, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = place.open()
    real = ada.database.add_lines

    def cut(connection: Connection, rows: Sequence[LogRow]) -> None:
        real(connection, rows)
        end_others(server)

    monkeypatch.setattr(ada.database, "add_lines", cut)
    with pytest.raises(ProjectError, match="nothing was written") as caught:
        ada.append(decision("r6"), decision("r7"))
    assert "\n" not in str(caught.value)
    monkeypatch.setattr(ada.database, "add_lines", real)
    assert ada.head()[0] == 5
    ada.append(decision("r6"))
    assert ada.chain_problems() == []


@pytest.mark.parametrize("kept", [True, False])
def test_a_connection_lost_at_the_end_is_looked_after(
    place: Place, server: Server, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    ada = place.open()
    dialect = ada.database._engine.dialect  # type: ignore[attr-defined]
    real = dialect.do_commit

    def cut(connection: psycopg.Connection) -> None:
        monkeypatch.setattr(dialect, "do_commit", real)
        if kept:
            connection.commit()
        end_others(server)
        connection.execute("SELECT 'too late'")

    monkeypatch.setattr(dialect, "do_commit", cut)
    if kept:
        ada.append(decision("r6"))
    else:
        with pytest.raises(ProjectError, match="nothing was written"):
            ada.append(decision("r6"))
    assert ada.head()[0] == (6 if kept else 5)
    assert ada.chain_problems() == []


def test_a_server_lost_at_the_end_leaves_open_what_cannot_be_known(
    place: Place, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = place.open()
    dialect = ada.database._engine.dialect  # type: ignore[attr-defined]
    real = dialect.do_commit

    def cut(connection: psycopg.Connection) -> None:
        monkeypatch.setattr(dialect, "do_commit", real)
        server.stop(signal.SIGQUIT)
        connection.execute("SELECT 'too late'")

    monkeypatch.setattr(dialect, "do_commit", cut)
    try:
        with pytest.raises(ProjectError, match="may stand in the log or not") as caught:
            ada.append(decision("r6"))
        assert "\n" not in str(caught.value)
    finally:
        server.start()
    assert ada.chain_problems() == []


def end_others(server: Server) -> None:
    """End every connection of the reviewer's, as an administrator does."""
    with server.connect() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE usename = %s",
            [WRITER],
        )


def test_a_server_that_is_away_is_one_line_and_back_it_goes_on(
    place: Place, server: Server
) -> None:
    ada = place.open()
    server.stop(signal.SIGQUIT)  # as after a power cut
    try:
        for act, told in (
            (lambda: ada.append(COMPLETED), "nothing was written"),
            (ada.head, "cannot be read"),
            (ada.chain_problems, "cannot be read"),
            (place.open, "cannot be read"),
        ):
            with pytest.raises(ProjectError, match=told) as caught:
                act()
            assert "\n" not in str(caught.value)
    finally:
        server.start()
    ada.append(decision("r6"))
    assert ada.head()[0] == 6
    assert ada.chain_problems() == []


def test_a_database_that_takes_nothing_can_still_be_read(place: Place, server: Server) -> None:
    with server.connect() as connection:
        connection.execute(DATABASE.format("SET").encode() + b" = on")
        try:
            ada = place.open()
            with pytest.raises(ProjectError, match=r"nothing was written .*read-only") as caught:
                ada.append(decision("r6"))
            assert "\n" not in str(caught.value)
            assert ada.chain_problems() == []
            assert ada.head()[0] == 5
        finally:
            connection.execute(DATABASE.format("RESET").encode())


def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(
    place: Place, server: Server
) -> None:
    """The server's own words and code for a full disk, raised after a document went in."""
    ada = place.open()
    with server.connect(OWNER, schema=schema_of(ada)) as connection:
        connection.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'could not extend file: No space left on device' "
            "USING ERRCODE = '53100', HINT = 'Check free disk space.'; END $$"
        )
        connection.execute(
            "CREATE TRIGGER log_zz_full AFTER INSERT ON log EXECUTE FUNCTION full_disk()"
        )
        fresh = abstract_document(Record(record_id="r6", source="test", title="Another trial"))
        with pytest.raises(ProjectError, match=r"nothing was written .*No space left") as caught:
            ada.append(decision("r6", fresh), documents=[fresh])
        connection.execute("DROP TRIGGER log_zz_full ON log")
    assert str(caught.value).endswith("(could not extend file: No space left on device)")
    assert ada.head()[0] == 5
    assert ada.documents("r6") == []
    ada.append(decision("r6"))
    assert ada.chain_problems() == []


def test_who_holds_the_log_for_too_long_is_waited_for_no_longer(
    place: Place, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.databases.postgres._LONGEST_WAIT_SECONDS", 0.2)
    ada, other = place.open(), place.open(OWNER)
    with other.database.writing(), pytest.raises(ProjectError, match="lock timeout"):
        ada.append(decision("r6"))
    ada.append(decision("r6"))
