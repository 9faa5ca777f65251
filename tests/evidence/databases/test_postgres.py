"""Several programs and computers at one project in PostgreSQL."""

import json
import shutil
from pathlib import Path

import pytest

from evidence.databases.address import project_folder
from evidence.errors import ProjectError
from evidence.followed import FollowedReview
from evidence.judgements import ScreeningDecision
from evidence.people.passwords import hash_password
from evidence.people.register import (
    PEOPLE_FILE,
    add_person,
    read_people,
    remove_person,
    set_roles,
)
from evidence.project import Project
from evidence.searching.adding import add
from evidence.searching.given_files import read_given
from evidence.state import read_state
from evidence.verification import verify
from indexers.records import Record
from tests.evidence.databases.place import Place, schema_of
from tests.evidence.databases.server import OWNER, WRITER, Server
from tests.evidence.searching.added_factory import found
from tests.evidence.test_project import COMPLETED, DOCUMENT, decision, filled

CALL = f"calls/{'a' * 64}.json"


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


def test_a_file_with_control_characters_can_be_added(place: Place) -> None:
    project = place.open(OWNER)
    odd = Record(record_id="e\x001", source="s", title="Zinc\x00 trial", abstract="Few\x01 died.")
    given = read_given("odd.jsonl", odd.model_dump_json().encode())
    assert given.n_controls == 3
    add(project, found(*given.records), "Ada Okoro")
    (added,) = read_state(project).records.values()
    assert (added.record.record_id, added.record.title) == ("e1", "Zinc trial")
    assert [d.text for d in project.documents("e1")] == ["Zinc trial\n\nFew died."]
    assert list(verify(project)) == []


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


def test_who_was_removed_meanwhile_is_not_let_in_again(place: Place) -> None:
    here, there = place.open(OWNER, "one"), place.open(OWNER, "two")
    for name in ("Cleo", "Mallory", "Bob"):
        add_person(here.path, name, ["admin"], None)
    here.keep_files(PEOPLE_FILE)
    there.head()
    remove_person(here.path, "Mallory")
    here.keep_files(PEOPLE_FILE)
    set_roles(there.path, "Bob", ["reviewer"])  # knows nothing of it yet
    with pytest.raises(ProjectError, match="changed elsewhere meanwhile; do it again"):
        there.keep_files(PEOPLE_FILE)
    there.head()
    assert [person.name for person in read_people(there.path) or ()] == ["Cleo", "Bob"]
    set_roles(there.path, "Bob", ["reviewer"])
    there.keep_files(PEOPLE_FILE)
    here.head()
    people = read_people(here.path) or ()
    assert [(p.name, p.roles) for p in people] == [("Cleo", ("admin",)), ("Bob", ("reviewer",))]


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
