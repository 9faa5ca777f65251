"""Who may sign in: the file, its passwords, and what is refused."""

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from evidence.errors import EvidenceError, ProjectError, SettingsError
from evidence.events import ScreeningReopened
from evidence.judgements import (
    DecisionTakenBack,
    Provenance,
    RecommendationSignedOff,
    ScreeningDecision,
)
from evidence.people import passwords
from evidence.people.passwords import hash_password, is_password
from evidence.people.register import (
    PEOPLE_FILE,
    add_person,
    find_person,
    known_person,
    read_people,
    remove_person,
    roles_needed,
    set_password,
    set_roles,
)

WORDS = "correct horse battery"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST_N", 2**4)


def test_the_cost_is_what_the_module_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    kept = hash_password(WORDS)
    assert (kept.algorithm, kept.n, kept.r, kept.p) == ("scrypt", 2**15, 8, 3)
    assert is_password(kept, WORDS)


def test_the_hash_is_that_of_the_rfc() -> None:
    # RFC 7914, section 12: scrypt (P="password", S="NaCl", N=1024, r=8, p=16), the first 32 bytes.
    digest = passwords._scrypt("password", b"NaCl", 1024, 8, 16)
    assert digest.hex() == "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"


def test_two_hashes_of_a_password_differ_and_both_know_it() -> None:
    one, other = hash_password(WORDS), hash_password(WORDS)
    assert one.salt != other.salt
    assert one.digest != other.digest
    assert is_password(one, WORDS)
    assert is_password(other, WORDS)
    assert not is_password(one, WORDS + " ")
    assert not is_password(one, WORDS.upper())


def test_a_hash_of_another_cost_still_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = hash_password(WORDS)
    monkeypatch.setattr(passwords, "COST_N", 2**5)
    monkeypatch.setattr(passwords, "COST_P", 1)
    assert is_password(kept, WORDS)


def test_the_same_letters_from_another_keyboard_are_the_same_password() -> None:
    assert is_password(hash_password("mis caf\u00e9s noirs"), "mis cafe\u0301s noirs")


def test_without_a_kept_hash_one_is_made_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    costs: list[tuple[int, int, int]] = []
    scrypt = passwords._scrypt

    def noted(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
        costs.append((n, r, p))
        return scrypt(password, salt, n, r, p)

    monkeypatch.setattr(passwords, "_scrypt", noted)
    kept = hash_password(WORDS)
    assert not is_password(None, WORDS)
    assert not is_password(kept, "something else")
    assert costs == [(2**4, 8, 3)] * 3


@pytest.mark.parametrize("password", ["", "ninechars", "x" * 201])
def test_a_password_too_short_or_long_is_refused_without_telling_it(password: str) -> None:
    with pytest.raises(SettingsError, match="10 to 200 characters") as refused:
        hash_password(password)
    assert not password or password not in str(refused.value)


def test_a_project_without_the_file_has_no_people(tmp_path: Path) -> None:
    assert read_people(tmp_path) is None


def test_the_files_of_other_threads_keep_their_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(os, "umask", asked.append)  # it is the whole process's
    add_person(tmp_path, "Ada Okoro", ["admin"], hash_password(WORDS))
    assert asked == []


def test_the_file_is_the_owners_alone_and_never_holds_a_password(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        add_person(tmp_path, "Ada Okoro", ["admin"], hash_password(WORDS))
        set_password(tmp_path, "Ada Okoro", hash_password("another good one"))
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    path = tmp_path / PEOPLE_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for file in tmp_path.iterdir():
        assert WORDS not in file.read_text()
        assert "another good one" not in file.read_text()
    person = find_person(read_people(tmp_path) or (), "ada  okoro")
    assert person is not None
    assert is_password(person.password, "another good one")
    assert person.password is not None
    assert person.password.digest not in repr(person)


def test_roles_come_back_in_one_order_each_once(tmp_path: Path) -> None:
    add_person(tmp_path, "  Ada   Okoro ", ["admin", "reviewer", "admin"], None)
    people = read_people(tmp_path)
    assert people is not None
    assert [(p.name, p.roles, p.password) for p in people] == [
        ("Ada Okoro", ("reviewer", "admin"), None)
    ]


@pytest.mark.parametrize("name", ["", "  ", "machine", "Machine", "a\x07b", "x" * 81, "a\u202eb"])
def test_what_is_no_persons_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="expected a"):
        add_person(tmp_path, name, ["reviewer"], None)
    assert read_people(tmp_path) is None


def test_a_name_is_there_once_however_it_is_written(tmp_path: Path) -> None:
    add_person(tmp_path, "Ada Okoro", ["reviewer"], None)
    with pytest.raises(ProjectError, match="is there already"):
        add_person(tmp_path, "ada  OKORO", ["admin"], None)
    assert len(read_people(tmp_path) or ()) == 1


def test_the_last_admin_stays(tmp_path: Path) -> None:
    add_person(tmp_path, "Ada Okoro", ["admin"], None)
    add_person(tmp_path, "Ben Quist", ["reviewer"], None)
    for refused in (
        lambda: remove_person(tmp_path, "Ada Okoro"),
        lambda: set_roles(tmp_path, "Ada Okoro", ["reviewer"]),
    ):
        with pytest.raises(ProjectError, match="the last admin stays"):
            refused()
    set_roles(tmp_path, "Ben Quist", ["admin"])
    assert remove_person(tmp_path, "ada okoro").name == "Ada Okoro"
    assert [p.name for p in read_people(tmp_path) or ()] == ["Ben Quist"]


def test_the_last_person_stays_so_that_no_removal_opens_the_project(tmp_path: Path) -> None:
    add_person(tmp_path, "Ada Okoro", ["reviewer"], None)
    with pytest.raises(ProjectError, match="the last person stays"):
        remove_person(tmp_path, "Ada Okoro")


def test_who_is_not_there_is_told_with_who_is(tmp_path: Path) -> None:
    add_person(tmp_path, "Ada Okoro", ["reviewer"], None)
    for refused in (
        lambda: remove_person(tmp_path, "Zed"),
        lambda: set_roles(tmp_path, "Zed", ["admin"]),
        lambda: set_password(tmp_path, "Zed", hash_password(WORDS)),
        lambda: known_person(tmp_path, read_people(tmp_path) or (), "Zed"),
    ):
        with pytest.raises(ProjectError, match="'Zed' is not there; known: Ada Okoro"):
            refused()


def test_people_added_at_the_same_time_are_all_there(tmp_path: Path) -> None:
    names = [f"Person {i}" for i in range(24)]
    threads = [
        threading.Thread(target=add_person, args=(tmp_path, name, ["reviewer"], None))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(p.name for p in read_people(tmp_path) or ()) == sorted(names)


GOOD = {"name": "Ada", "roles": ["admin"], "password": None}
HASH = {"algorithm": "scrypt", "n": 16, "r": 8, "p": 1, "salt": "00" * 16, "digest": "00" * 32}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        json.dumps({"people": [GOOD, GOOD]}),
        json.dumps({"people": [GOOD | {"roles": []}]}),
        json.dumps({"people": [GOOD | {"roles": ["boss"]}]}),
        json.dumps({"people": [GOOD | {"name": "machine"}]}),
        json.dumps({"people": [GOOD | {"password": "plain words"}]}),
        json.dumps({"people": [GOOD | {"password": HASH | {"n": 17}}]}),
        json.dumps({"people": [GOOD | {"password": HASH | {"n": 2**30}}]}),
        json.dumps({"people": [GOOD | {"password": HASH | {"salt": "xy"}}]}),
        json.dumps({"people": [GOOD | {"password": HASH | {"algorithm": "md5"}}]}),
        json.dumps({"people": [], "more": 1}),
        json.dumps({"format_version": 2, "people": []}),
    ],
)
def test_a_damaged_file_is_an_error_of_one_line_and_never_no_file(
    tmp_path: Path, body: str
) -> None:
    (tmp_path / PEOPLE_FILE).write_text(body)
    with pytest.raises(ProjectError) as refused:
        read_people(tmp_path)
    assert "\n" not in str(refused.value)
    assert PEOPLE_FILE in str(refused.value)
    with pytest.raises(EvidenceError):  # and nobody writes over it
        add_person(tmp_path, "Ben", ["reviewer"], None)
    assert (tmp_path / PEOPLE_FILE).read_text() == body


ADA = Provenance(actor="Ada", engine="person", reason="why")


def test_what_needs_a_role() -> None:
    def decision(role: str) -> ScreeningDecision:
        return ScreeningDecision.model_validate(
            {"record_id": "r", "phase": "full_text", "verdict": "include", "role": role}
            | {"provenance": ADA}
        )

    def taken_back(role: str) -> DecisionTakenBack:
        return DecisionTakenBack.model_validate(
            {"record_id": "r", "phase": "full_text", "role": role, "provenance": ADA}
        )

    assert roles_needed(decision("reviewer")) == ()
    assert roles_needed(taken_back("reviewer")) == ()
    assert roles_needed(decision("adjudicator")) == ("adjudicator",)
    assert roles_needed(taken_back("adjudicator")) == ("adjudicator",)
    assert roles_needed(ScreeningReopened(provenance=ADA)) == ("adjudicator", "admin")
    signed = RecommendationSignedOff(recommendation_digest="0", provenance=ADA)
    assert roles_needed(signed) == ("adjudicator", "admin")
