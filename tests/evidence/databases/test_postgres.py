"""Several programs and computers at one project in PostgreSQL, and what goes wrong between them."""

import json
import shutil
import signal
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection

from evidence.database import LogRow
from evidence.databases.address import address_of, project_folder
from evidence.errors import ProjectError
from evidence.followed import FollowedReview
from evidence.judgements import ScreeningDecision
from evidence.people.passwords import hash_password
from evidence.people.register import PEOPLE_FILE, add_person, read_people
from evidence.project import Project
from evidence.state import read_state
from indexers.records import Record, abstract_document
from tests.evidence.databases.server import OWNER, WRITER, Server
from tests.evidence.test_project import COMPLETED, DOCUMENT, decision, filled

_numbers = count(1)
CALL = f"calls/{'a' * 64}.json"
DATABASE = "ALTER DATABASE evidence {} default_transaction_read_only"


class Place:
    """A project on the server, and the computers that it is opened on."""

    def __init__(self, server: Server, name: str, monkeypatch: pytest.MonkeyPatch, root: Path):
        self._server, self._name, self._monkeypatch, self._root = server, name, monkeypatch, root
        self._opened: list[Project] = []

    def folder(self, user: str = WRITER, computer: str = "one") -> Path:
        self._monkeypatch.setenv("XDG_CACHE_HOME", str(self._root / computer))
        return project_folder(self._server.url(self._name, user))

    def open(self, user: str = WRITER, computer: str = "one") -> Project:
        self._opened.append(Project.open(self.folder(user, computer)))
        return self._opened[-1]

    def close(self) -> None:
        for project in self._opened:
            project.close()


@pytest.fixture
def place(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Place]:
    place = Place(server, f"many{next(_numbers)}", monkeypatch, tmp_path)
    filled(place.folder(OWNER)).close()
    yield place
    place.close()


def schema_of(project: Project) -> str:
    address = address_of(project.path)
    assert address is not None
    return address.schema


def record(project: Project, name: str, body: str) -> Path:
    path = project.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body)
    return path


def test_reviewers_follow_one_another(place: Place) -> None:
    ada, owner = place.open(), place.open(OWNER, "two")
    for n in range(3):
        ada.append(decision(f"a{n}"))
        owner.append(decision(f"o{n}"))
    assert ada.head() == owner.head() == (11, list(ada.lines())[-1].hash)
    assert [d.record_id for d in ada.entries(ScreeningDecision)][5:] == [
        "a0", "o0", "a1", "o1", "a2", "o2",
    ]  # fmt: skip
    assert ada.chain_problems() == []
    assert ada.goes_on_from(5, next(iter(owner.lines(after=4))).hash)
    assert [d.document_digest for d in ada.documents("r1")] == [DOCUMENT.document_digest]


def test_a_state_that_is_followed_takes_in_what_others_write(place: Place) -> None:
    ada, owner = place.open(), place.open(OWNER, "two")
    review = FollowedReview(ada)
    assert review.now().head[0] == 5
    owner.append(decision("r9"))
    assert review.now() == (owner.head(), read_state(owner))


def test_a_run_keeps_its_calls_for_every_computer(place: Place) -> None:
    one = place.open()
    with one.running():
        record(one, CALL, "{}")
        record(one, "calls/engine.json", "{}")
        one.append(COMPLETED)
        two = place.open(computer="two")
        assert (two.calls_folder().parent / CALL).read_text() == "{}"  # while the run goes on
        record(one, "calls/run-2/engine.json", '{"n": 2}')
        record(one, CALL, '{"reply": {}}')
        record(one, "calls/.x.part", "half")
        record(one, "contexts.json", '{"k": 3}')
    found = two.calls_folder()
    assert sorted(p.relative_to(found).as_posix() for p in found.rglob("*.json")) == sorted(
        [Path(CALL).name, "engine.json", "run-2/engine.json"]
    )
    assert (two.path / CALL).read_text() == '{"reply": {}}'
    assert (place.open(computer="three").path / "contexts.json").read_text() == '{"k": 3}'


def test_calls_of_a_run_that_was_killed_are_kept_by_the_next(place: Place) -> None:
    record(place.open(), CALL, "{}")
    with place.open().running():
        pass
    assert (place.open(computer="two").calls_folder().parent / CALL).read_text() == "{}"


def test_a_call_that_both_computers_made_is_that_of_the_database(place: Place) -> None:
    with place.open().running():
        record(place.open(), CALL, '{"by": 1}')
    two = place.open(computer="two")
    record(two, CALL, '{"by": 2}')
    with two.running():
        pass
    assert (two.path / CALL).read_text() == '{"by": 1}'


def test_one_run_at_a_time_on_all_computers(place: Place) -> None:
    one, two = place.open(), place.open(computer="two")
    with one.running(), one.alone("adding"):
        with pytest.raises(ProjectError, match="another run is at work"), two.running():
            pass
        with pytest.raises(ProjectError, match="adding records now"), two.alone("adding"):
            pass
    with two.running():
        pass


def test_the_list_of_people_is_the_owners_and_follows_the_database(place: Place) -> None:
    ada, owner = place.open(), place.open(OWNER, "two")
    add_person(ada.path, "Eve", ["admin"], None)
    with pytest.raises(ProjectError, match="the project's owner alone may change it") as caught:
        ada.keep_files(PEOPLE_FILE)
    assert "\n" not in str(caught.value)
    ada.head()
    assert read_people(ada.path) is None  # what was not kept is put right
    add_person(owner.path, "Cleo", ["admin"], hash_password("a long enough password"))
    owner.keep_files(PEOPLE_FILE)
    ada.head()
    assert [person.name for person in read_people(ada.path) or ()] == ["Cleo"]
    assert (ada.path / PEOPLE_FILE).stat().st_mode & 0o077 == 0
    (ada.path / PEOPLE_FILE).unlink()  # lets nobody in without a password
    ada.head()
    assert read_people(ada.path) is not None
    (ada.path / PEOPLE_FILE).write_text("{}")
    ada.head()
    assert [person.name for person in read_people(ada.path) or ()] == ["Cleo"]


def test_the_folder_may_be_deleted_and_a_changed_manifest_is_put_right(place: Place) -> None:
    ada = place.open()
    whole = (ada.path / "manifest.json").read_bytes()
    (ada.path / "manifest.json").write_text("{}")
    assert place.open().manifest == ada.manifest
    shutil.rmtree(ada.path)
    again = place.open()
    assert again.head() == ada.head()
    assert (again.path / "manifest.json").read_bytes() == whole


def test_another_project_at_the_same_address_finds_no_copies(place: Place, server: Server) -> None:
    ada = place.open()
    with ada.running():
        record(ada, CALL, "{}")
    schema = schema_of(ada)
    with server.connect() as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())
    with pytest.raises(ProjectError, match="no project of this name"):
        place.open()
    filled(place.folder(OWNER)).close()
    with place.open().running():
        pass
    with server.connect(schema=schema) as connection:
        names = connection.execute("SELECT name FROM files").fetchall()
    assert names == [("manifest.json",)]


def test_a_project_that_is_there_is_not_made_again(place: Place) -> None:
    with pytest.raises(ProjectError, match="there is a project of this name"):
        filled(place.folder(OWNER))
    assert place.open().head()[0] == 5


def test_who_may_not_make_a_project_is_told_and_nothing_stays(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = project_folder(server.url("not_mine", WRITER))
    with pytest.raises(ProjectError, match=r"no project was made .*permission denied") as caught:
        filled(folder)
    assert "\n" not in str(caught.value)
    with pytest.raises(ProjectError, match="no project of this name"):
        Project.open(folder)


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


def test_what_is_kept_locally_tells_nothing_about_who_signed_in(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "geheim")
    ada = place.open()
    with ada.running():
        ada.append(COMPLETED)
    kept = [path.read_bytes() for path in ada.path.rglob("*") if path.is_file()]
    kept += [json.dumps([line.entry.model_dump(mode="json") for line in ada.lines()]).encode()]
    assert not [body for body in kept if b"geheim" in body]
