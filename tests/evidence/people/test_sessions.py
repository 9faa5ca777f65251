"""Sessions that end, names from a proxy, tries that are slowed down."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import SettingsError
from evidence.people import sessions
from evidence.people.passwords import PasswordHash, hash_password
from evidence.people.register import Person
from evidence.people.sessions import Access, Tries, access, begin, person_in_header
from evidence.serve_options import ServeOptions

HERE = Path("/projects/one")
KEPT = PasswordHash(n=16, r=8, p=1, salt="aa" * 16, digest="bb" * 32)
ADA = Person(name="Ada Okoro", roles=("reviewer",), password=KEPT)
ZOE = Person(name="Zoë Łuk", roles=("adjudicator", "admin"))
PEOPLE = (ADA, ZOE)
LOCAL = ServeOptions(HERE)
BEHIND_A_PROXY = ServeOptions(HERE, "X-User")


def test_without_people_everybody_may_everything() -> None:
    found = access(None, None, HERE, 0, LOCAL)
    assert found == Access(guarded=False)
    assert found.may("admin")


def test_with_people_nobody_is_in_before_signing_in() -> None:
    found = access(PEOPLE, None, HERE, 0, LOCAL)
    assert found == Access(guarded=True)
    assert not found.may("reviewer", "adjudicator", "admin")
    assert access((), None, HERE, 0, LOCAL).guarded


def test_a_trusted_header_guards_even_if_the_file_of_people_goes() -> None:
    assert access(None, None, HERE, 0, BEHIND_A_PROXY).guarded
    session = begin(ZOE, HERE, 0, by_proxy=True)
    assert access(None, session, HERE, 0, BEHIND_A_PROXY).person is None


def test_a_session_holds_the_roles_of_now() -> None:
    session = begin(ADA, HERE, 100)
    found = access(PEOPLE, session, HERE, 101, LOCAL)
    assert (found.person, found.ended) == (ADA, "")
    assert found.may("admin", "reviewer")
    assert not found.may("adjudicator", "admin")
    raised = ADA.model_copy(update={"roles": ("admin",)})
    assert access((raised,), session, HERE, 101, LOCAL).may("admin")


def test_a_session_ends_after_the_idle_minutes_and_not_before() -> None:
    session, options = begin(ADA, HERE, 100), replace(LOCAL, session_minutes=2)
    assert access(PEOPLE, session, HERE, 100 + 120, options).person == ADA
    ended = access(PEOPLE, session, HERE, 100 + 121, options)
    assert (ended.guarded, ended.person) == (True, None)
    assert ended.ended == "Nothing was done for 2 minutes."


def test_a_session_is_of_one_project() -> None:
    session = begin(ADA, HERE, 0)
    other = access(PEOPLE, session, Path("/projects/two"), 0, LOCAL)
    assert (other.person, other.ended) == (None, "")


def test_a_removed_person_and_a_changed_password_end_it() -> None:
    session = begin(ADA, HERE, 0)
    removed = access((ZOE,), session, HERE, 0, LOCAL)
    assert removed.person is None
    assert "Ada Okoro may not sign in" in removed.ended
    fresh = ADA.model_copy(update={"password": KEPT.model_copy(update={"salt": "cc" * 16})})
    changed = access((fresh,), session, HERE, 0, LOCAL)
    assert (changed.person, changed.ended) == (None, "The password was changed.")
    without = ADA.model_copy(update={"password": None})
    assert access((without,), session, HERE, 0, LOCAL).person is None


def test_a_changed_password_ends_no_session_that_a_proxy_began() -> None:
    session = begin(ADA, HERE, 0, by_proxy=True)
    fresh = ADA.model_copy(update={"password": KEPT.model_copy(update={"salt": "cc" * 16})})
    assert access((fresh,), session, HERE, 0, BEHIND_A_PROXY).person == fresh


@pytest.mark.parametrize(
    "value", ["Zoë Łuk", "zoë  łuk ", "Zoë Łuk".encode().decode("latin-1"), "ZOË ŁUK"]
)
def test_the_proxys_name_is_found(value: str) -> None:
    assert person_in_header(PEOPLE, "X-User", [value]) is ZOE


@pytest.mark.parametrize("values", [[], [""], ["  "], ["Ada Okoro", "Ada Okoro"]])
def test_no_name_or_several_are_refused(values: list[str]) -> None:
    with pytest.raises(SettingsError, match="expected one name in the header X-User"):
        person_in_header(PEOPLE, "X-User", values)


@pytest.mark.parametrize("people", [PEOPLE, (), None])
@pytest.mark.parametrize("name", ["Mallory", "machine", "Ada Okoro, Mallory", "Ada"])
def test_an_unknown_name_is_refused(people: tuple[Person, ...] | None, name: str) -> None:
    with pytest.raises(SettingsError, match="may not sign in to this project"):
        person_in_header(people, "X-User", [name])


@given(st.text())
def test_any_header_names_a_person_or_is_refused_in_one_line(value: str) -> None:
    try:
        assert person_in_header(PEOPLE, "X-User", [value]) in PEOPLE
    except SettingsError as error:
        assert len(str(error).splitlines()) == 1


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tries(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Tries:
    monkeypatch.setattr(
        sessions, "is_password", lambda kept, words: kept is not None and words == "right"
    )
    return Tries(clock)


def waits(tries: Tries, clock: Clock, name: str, n: int) -> list[float]:
    """The seconds between wrong tries, each made as soon as it is let through."""
    gaps = []
    last = clock.now
    while len(gaps) < n:
        try:
            assert tries.sign_in(PEOPLE, name, "wrong") is None
        except SettingsError:
            clock.now += 0.5
            assert clock.now - last < 60, "the wait never ends"
        else:
            gaps.append(clock.now - last)
            last = clock.now
    return gaps


@pytest.mark.parametrize("name", ["Ada Okoro", "Nobody Known", "Zoë Łuk"])
def test_wrong_tries_are_slowed_down_more_and_more_whoever_is_named(
    tries: Tries, clock: Clock, name: str
) -> None:
    assert waits(tries, clock, name, 11) == [0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_wait_is_told_and_holds_for_the_right_password_too(tries: Tries, clock: Clock) -> None:
    waits(tries, clock, "ada okoro", 6)
    with pytest.raises(SettingsError, match="please wait 8 seconds"):
        tries.sign_in(PEOPLE, "Ada Okoro", "right")
    clock.now += 8
    assert tries.sign_in(PEOPLE, "Ada Okoro", "right") == ADA


def test_asking_during_a_wait_makes_it_no_longer(tries: Tries, clock: Clock) -> None:
    waits(tries, clock, "Ada Okoro", 6)
    for _ in range(50):
        clock.now += 0.1
        with pytest.raises(SettingsError):
            tries.sign_in(PEOPLE, "Ada Okoro", "wrong")
    clock.now += 3.1
    assert tries.sign_in(PEOPLE, "Ada Okoro", "right") == ADA


def test_a_name_that_is_tried_holds_no_other_up(tries: Tries, clock: Clock) -> None:
    waits(tries, clock, "Zoë Łuk", 8)
    assert tries.sign_in(PEOPLE, "Ada Okoro", "right") == ADA


def test_the_right_password_and_a_quarter_of_an_hour_wipe_the_slate(
    tries: Tries, clock: Clock
) -> None:
    waits(tries, clock, "Ada Okoro", 3)
    clock.now += 1
    assert tries.sign_in(PEOPLE, "Ada Okoro", "right") == ADA
    assert waits(tries, clock, "Ada Okoro", 4)[:3] == [0, 0, 0]
    clock.now += 901
    assert waits(tries, clock, "Ada Okoro", 3) == [0, 0, 0]


def test_many_tries_at_once_are_no_way_round(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    all_are_in = threading.Barrier(4)  # three are looked at while the others come

    def slow(_kept: object, _words: str) -> bool:
        all_are_in.wait(60)
        return False

    monkeypatch.setattr(sessions, "is_password", slow)
    tries, looked_at, refused = Tries(clock), [], []

    def attempt() -> None:
        try:
            looked_at.append(tries.sign_in(PEOPLE, "Ada Okoro", "wrong"))
        except SettingsError:
            refused.append(1)

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    while len(refused) < 17:
        assert threading.active_count() > 3
        time.sleep(0.01)
    all_are_in.wait(60)
    for thread in threads:
        thread.join()
    assert (len(looked_at), len(refused)) == (3, 17)


def test_the_names_that_are_kept_in_mind_are_bounded(
    tries: Tries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_MOST_NAMES", 5)
    for number in range(50):
        tries.sign_in(PEOPLE, f"name {number}", "wrong")
    assert len(tries._wrong) == 5


def test_the_whole_way_with_a_real_hash(clock: Clock) -> None:
    person = Person(name="Ada", roles=("reviewer",), password=hash_password("correct horse"))
    tries = Tries(clock)
    assert tries.sign_in((person,), "Ada", "wrong horse") is None
    assert tries.sign_in((person,), "Bea", "correct horse") is None
    assert tries.sign_in((person,), "ada", "correct horse") is person
