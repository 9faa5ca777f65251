"""Sessions of a server: what finds one, and what does not find it any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.people import kept_sessions
from evidence.people.kept_sessions import TICKET_SECONDS, KeptSessions
from evidence.people.sessions import Session

ADA = Session("Ada Okoro", Path("/p"), "mark", last_act=10.0)
NOW = 100.0


def signed_in(sessions: KeptSessions, session: Session = ADA) -> tuple[str, str]:
    """A session's key, and the token that its browser got."""
    key = sessions.begin(session)
    redeemed = sessions.redeem(sessions.ticket(key, NOW), NOW)
    assert redeemed is not None
    token, found = redeemed
    assert found == session
    return key, token


def test_a_token_finds_its_session_and_an_act_is_noted_for_all_tabs() -> None:
    sessions = KeptSessions()
    key, token = signed_in(sessions)
    assert sessions.key_of(token) == key
    sessions.touch(key, 50.0)
    found = sessions.get(key)
    assert found is not None
    assert (found.name, found.last_act) == ("Ada Okoro", 50.0)


def test_two_browsers_are_two_people() -> None:
    sessions = KeptSessions()
    ada, adas = signed_in(sessions)
    ben, bens = signed_in(sessions, Session("Ben Quist", Path("/p"), "other", 10.0))
    assert (sessions.key_of(adas), sessions.key_of(bens)) == (ada, ben)
    sessions.end(ada)
    assert sessions.key_of(adas) is None
    found = sessions.get(ben)
    assert found is not None
    assert found.name == "Ben Quist"


def test_a_stolen_token_is_good_for_nothing_after_signing_out() -> None:
    sessions = KeptSessions()
    key, token = signed_in(sessions)
    waiting = sessions.ticket(key, NOW)
    sessions.end(key)
    assert sessions.get(key) is None
    assert sessions.key_of(token) is None
    assert sessions.redeem(waiting, NOW) is None
    sessions.touch(key, NOW)
    assert sessions.get(key) is None


def test_a_ticket_is_good_once_and_for_a_short_time() -> None:
    sessions = KeptSessions()
    key = sessions.begin(ADA)
    ticket, late = sessions.ticket(key, NOW), sessions.ticket(key, NOW)
    assert sessions.waits(ticket, NOW)
    assert sessions.redeem(ticket, NOW) is not None
    assert not sessions.waits(ticket, NOW)
    assert sessions.redeem(ticket, NOW) is None
    after = NOW + TICKET_SECONDS + 1
    assert not sessions.waits(late, after)
    assert sessions.redeem(late, after) is None


@pytest.mark.parametrize("made_up", ["", "x" * 43, "é\ud800"])
def test_what_is_made_up_finds_nothing(made_up: str) -> None:
    sessions = KeptSessions()
    signed_in(sessions)
    assert sessions.key_of(made_up) is None
    assert sessions.redeem(made_up, NOW) is None
    assert sessions.get(made_up) is None


def test_a_new_token_takes_the_place_of_the_one_before() -> None:
    sessions = KeptSessions()
    key, before = signed_in(sessions)
    redeemed = sessions.redeem(sessions.ticket(key, NOW), NOW)
    assert redeemed is not None
    assert sessions.key_of(redeemed[0]) == key
    assert sessions.key_of(before) is None


def test_a_key_is_no_token_and_no_secret_is_kept_in_the_clear() -> None:
    sessions = KeptSessions()
    key, token = signed_in(sessions)
    ticket = sessions.ticket(key, NOW)
    assert sessions.key_of(key) is None
    kept = repr(vars(sessions))
    assert token not in kept
    assert ticket not in kept


def test_of_too_many_the_one_longest_without_an_act_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_sessions, "_MOST_SESSIONS", 2)
    sessions = KeptSessions()
    first, token = signed_in(sessions)
    second = sessions.begin(ADA)
    sessions.touch(first, NOW)
    sessions.begin(ADA)
    assert sessions.get(second) is None
    assert sessions.key_of(token) == first
