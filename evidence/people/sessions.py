"""Who is at the browser: sessions, names from a proxy, and tries to sign in."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evidence.errors import SettingsError
from evidence.people.passwords import is_password
from evidence.people.register import PEOPLE_FILE, People, Person, PersonRole, find_person
from evidence.screening.verdicts import person_key
from evidence.serve_options import ServeOptions

WRONG = "The name or the password is wrong."
_FREE_TRIES = 3
_LONGEST_WAIT_SECONDS = 30.0
_FORGOTTEN_AFTER_SECONDS = 900.0
# To push a name out takes as many tries of others; they last longer than any wait.
_MOST_NAMES = 10_000


@dataclass(frozen=True)
class Session:
    """A person who signed in to one project in one browser tab.

    Attributes:
        name: The person's.
        folder: The project's.
        mark: Of the password that was given; empty where a proxy named the person.
        last_act: Seconds of a monotonic clock.
    """

    name: str
    folder: Path
    mark: str
    last_act: float


def begin(person: Person, folder: Path, now: float, *, by_proxy: bool = False) -> Session:
    """The session of a person who has just signed in."""
    return Session(person.name, folder, "" if by_proxy else _mark(person), now)


def _mark(person: Person) -> str:
    return person.password.salt if person.password is not None else ""


@dataclass(frozen=True)
class Access:
    """What whoever is at the browser may do.

    Attributes:
        guarded: Whether the project is open only to those who sign in.
        person: Who is signed in.
        ended: Why a session that there was is over; empty where there was none.
    """

    guarded: bool
    person: Person | None = None
    ended: str = ""

    def may(self, *roles: PersonRole) -> bool:
        """Whether one of the roles is held; all are, where the project is not guarded."""
        if not self.guarded:
            return True
        return self.person is not None and any(role in self.person.roles for role in roles)


def access(
    people: People | None, session: Session | None, folder: Path, now: float, options: ServeOptions
) -> Access:
    """Who is signed in to a project now.

    Args:
        people: Of the project; None where it has no such file.
        session: Of the browser, if there is one.
        folder: The project's.
        now: Seconds of the clock of `Session.last_act`.
        options: Of the app.
    """
    guarded = people is not None or options.user_header is not None
    if not guarded or session is None or session.folder != folder:
        return Access(guarded)
    person = find_person(people or (), session.name)
    if person is None:
        return Access(guarded, ended=f"{session.name} may not sign in to this project any more.")
    if session.mark and session.mark != _mark(person):
        return Access(guarded, ended="The password was changed.")
    if now - session.last_act > 60 * options.session_minutes:
        minutes = f"{options.session_minutes} minute{'s' * (options.session_minutes != 1)}"
        return Access(guarded, ended=f"Nothing was done for {minutes}.")
    return Access(guarded, person)


def person_in_header(people: People | None, header: str, values: Sequence[str]) -> Person:
    """The person whom the reverse proxy names.

    Args:
        people: Of the project.
        header: The header's name.
        values: All values that the request has for it.

    Raises:
        SettingsError: The header is missing or there more than once, or the name is not known.
    """
    if len(values) != 1 or not values[0].strip():
        raise SettingsError(
            f"expected one name in the header {header}, found {len(values)}; open the app through "
            "the proxy that signs you in"
        )
    # Names come as UTF-8, and headers are read as Latin-1.
    try:
        name = values[0].encode("latin-1").decode("utf-8")
    except UnicodeError:
        name = values[0]
    person = find_person(people or (), name)
    if person is None:
        raise SettingsError(
            f"{name!r} may not sign in to this project; an admin adds people with "
            f"`evidence people add`, which writes {PEOPLE_FILE}"
        )
    return person


class Tries:
    """Tries to sign in, slowed down per name: three at once, then 1, 2, 4 … to 30 seconds apart.

    A try during a wait is not looked at and makes the wait no longer, so nobody is shut out for
    good. Names that nobody has are slowed down like the others.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong: dict[str, tuple[int, float]] = {}

    def sign_in(self, people: People, name: str, password: str) -> Person | None:
        """The person, if name and password fit; None if not.

        Raises:
            SettingsError: The name has to wait.
        """
        key = person_key(name)[:200]
        self._begin(key)
        person = find_person(people, name)
        if not is_password(person.password if person is not None else None, password):
            return None
        with self._lock:
            self._wrong.pop(key, None)
        return person

    def _begin(self, key: str) -> None:
        """Count the try as wrong before it is looked at: many at once are no way round."""
        with self._lock:
            now = self._clock()
            n_wrong, last = self._wrong.pop(key, (0, now))
            if now - last > _FORGOTTEN_AFTER_SECONDS:
                n_wrong = 0
            left = last + _wait_seconds(n_wrong) - now
            if left > 0:
                self._wrong[key] = (n_wrong, last)
                seconds = "a second" if left <= 1 else f"{math.ceil(left)} seconds"
                raise SettingsError(f"Too many tries under this name: please wait {seconds}.")
            self._wrong[key] = (n_wrong + 1, now)
            while len(self._wrong) > _MOST_NAMES:
                del self._wrong[next(iter(self._wrong))]


def _wait_seconds(n_wrong: int) -> float:
    if n_wrong < _FREE_TRIES:
        return 0.0
    return float(min(2 ** min(n_wrong - _FREE_TRIES, 10), _LONGEST_WAIT_SECONDS))
