"""The sessions of a server: in its memory alone, and gone with it.

A browser tab knows its session by a key that never leaves the server. The browser knows it by a
token in a cookie, so that a page that is loaded again finds it. The token is made when the browser
comes for it with a ticket: a ticket is good once and for a short time, for whoever has just signed
in. Of tokens and tickets only hashes are kept.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import replace
from typing import NamedTuple

from evidence.people.sessions import Session

TICKET_SECONDS = 60.0
_MOST_SESSIONS = 10_000
_RANDOM_BYTES = 32


class _Ticket(NamedTuple):
    key: str
    until: float


class KeptSessions:
    """Who is signed in, in all browsers of a server; threads may share it.

    Times are seconds of the clock of `Session.last_act`. Whether a session still holds is for
    `evidence.people.sessions.access` to say.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._tokens: dict[str, str] = {}
        self._tickets: dict[str, _Ticket] = {}

    def begin(self, session: Session) -> str:
        """Keep a session; the one that was longest without an act goes when there are too many."""
        key = secrets.token_urlsafe(_RANDOM_BYTES)
        with self._lock:
            self._sessions[key] = session
            while len(self._sessions) > _MOST_SESSIONS:
                self._drop(next(iter(self._sessions)))
        return key

    def get(self, key: str) -> Session | None:
        """The session of this key; None when it was ended."""
        with self._lock:
            return self._sessions.get(key)

    def touch(self, key: str, now: float) -> None:
        """Note an act; a session that was ended stays so."""
        with self._lock:
            session = self._sessions.pop(key, None)
            if session is not None:  # put back as the last one
                self._sessions[key] = replace(session, last_act=now)

    def end(self, key: str) -> None:
        """Forget a session: its key, its tokens and its tickets are good for nothing from now."""
        with self._lock:
            self._drop(key)

    def ticket(self, key: str, now: float) -> str:
        """A ticket for the browser of a session."""
        ticket = secrets.token_urlsafe(_RANDOM_BYTES)
        with self._lock:
            self._tickets = {t: of for t, of in self._tickets.items() if of.until >= now}
            self._tickets[_hash(ticket)] = _Ticket(key, now + TICKET_SECONDS)
        return ticket

    def waits(self, ticket: str, now: float) -> bool:
        """Whether a ticket may still be given back."""
        with self._lock:
            found = self._tickets.get(_hash(ticket))
        return found is not None and found.until >= now

    def redeem(self, ticket: str, now: float) -> tuple[str, Session] | None:
        """A token for a ticket, with its session; None for a ticket that is used, old or made up.

        A session has one token: that of an earlier ticket is good for nothing from now.
        """
        with self._lock:
            found = self._tickets.pop(_hash(ticket), None)
            if found is None or found.until < now or found.key not in self._sessions:
                return None
            self._tokens = {t: key for t, key in self._tokens.items() if key != found.key}
            token = secrets.token_urlsafe(_RANDOM_BYTES)
            self._tokens[_hash(token)] = found.key
            return token, self._sessions[found.key]

    def key_of(self, token: str) -> str | None:
        """The key of the session that a browser shows its token for; None for an unknown one."""
        with self._lock:
            return self._tokens.get(_hash(token))

    def _drop(self, key: str) -> None:
        self._sessions.pop(key, None)
        self._tokens = {token: of for token, of in self._tokens.items() if of != key}
        self._tickets = {ticket: of for ticket, of in self._tickets.items() if of.key != key}


def _hash(secret: str) -> str:
    # Random secrets of 256 bits need no salt; looking one up by its hash takes no telling time.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
