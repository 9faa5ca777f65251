"""The people of a project: who may sign in to the review app, and in which roles.

They stand in PROJECT/people.json. Without that file anybody may work under the name they type; with
it nobody sees anything of the project before signing in. The file guards the app, not the folder:
who can write to the folder needs no password.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, get_args

from filelock import FileLock
from pydantic import Field, ValidationError, field_validator

from evidence.entries import Entry
from evidence.errors import ProjectError, SettingsError
from evidence.events import ScreeningReopened, ScreeningStopped
from evidence.judgements import (
    MACHINE,
    DecisionTakenBack,
    RecommendationSignedOff,
    ScreeningDecision,
)
from evidence.people.passwords import PasswordHash
from evidence.screening.verdicts import person_key
from evidence.writing import write_whole
from indexers.records import Frozen

PEOPLE_FILE = "people.json"
LONGEST_NAME = 80
PersonRole = Literal["reviewer", "adjudicator", "admin"]
People = tuple["Person", ...]
_LEADING: tuple[PersonRole, ...] = ("adjudicator", "admin")


class Person(Frozen):
    """Somebody who may sign in.

    Attributes:
        name: As it goes into the log.
        roles: At least one, in the order of `PersonRole`.
        password: None for who signs in through a reverse proxy alone.
    """

    name: str
    roles: tuple[PersonRole, ...] = Field(min_length=1)
    password: PasswordHash | None = Field(default=None, repr=False)

    @field_validator("name")
    @classmethod
    def _a_persons_name(cls, name: str) -> str:
        tidy = " ".join(name.split())
        if not tidy or len(tidy) > LONGEST_NAME or not tidy.isprintable():
            raise ValueError(f"expected a name of 1 to {LONGEST_NAME} printable characters")
        if person_key(tidy) == MACHINE:
            raise ValueError("expected a person’s name; this one stands for engines")
        return tidy

    @field_validator("roles")
    @classmethod
    def _each_once(cls, roles: tuple[PersonRole, ...]) -> tuple[PersonRole, ...]:
        return tuple(role for role in get_args(PersonRole) if role in roles)


class _PeopleFile(Frozen):
    format_version: Literal[1] = 1
    people: tuple[Person, ...]

    @field_validator("people")
    @classmethod
    def _no_name_twice(cls, people: People) -> People:
        seen: set[str] = set()
        for person in people:
            if person_key(person.name) in seen:
                raise ValueError(f"{person.name!r} is there twice")
            seen.add(person_key(person.name))
        return people


def read_people(folder: Path) -> People | None:
    """The people of a project; None where the project has no such file.

    Raises:
        ProjectError: The file is there and cannot be read.
    """
    path = folder / PEOPLE_FILE
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path}: expected a file that can be read ({error})") from error
    try:
        return _PeopleFile.model_validate_json(body).people
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        told = first["msg"].removeprefix("Value error, ")
        raise ProjectError(f"{path}: {where}: {told}; restore it from a copy") from error


def find_person(people: Sequence[Person], name: str) -> Person | None:
    """The person of this name; capital letters and spaces make no difference."""
    key = person_key(name)
    return next((person for person in people if person_key(person.name) == key), None)


def known_person(folder: Path, people: People, name: str) -> Person:
    """The person of this name.

    Raises:
        ProjectError: There is none.
    """
    found = find_person(people, name)
    if found is None:
        names = ", ".join(person.name for person in people) or "nobody is"
        raise ProjectError(f"{folder / PEOPLE_FILE}: {name!r} is not there; known: {names}")
    return found


def roles_needed(entry: Entry) -> tuple[PersonRole, ...]:
    """The roles of which a person needs one to write this entry; empty where anyone may."""
    match entry:
        case ScreeningDecision() | DecisionTakenBack() if entry.role == "adjudicator":
            return ("adjudicator",)
        case ScreeningStopped() | ScreeningReopened() | RecommendationSignedOff():
            return _LEADING
        case _:
            return ()


def add_person(
    folder: Path, name: str, roles: Sequence[PersonRole], password: PasswordHash | None
) -> Person:
    """Let a person in; the first one closes the project to everybody else.

    Raises:
        ProjectError: The name is there already, or the file cannot be read.
        SettingsError: The name or the roles are none.
    """
    try:
        person = Person(name=name, roles=tuple(roles), password=password)
    except ValidationError as error:
        told = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{name!r}: {told}") from error

    def added(people: People) -> People:
        if find_person(people, name) is not None:
            raise ProjectError(
                f"{person.name}: is there already; change it with `evidence people password` or "
                "`evidence people roles`"
            )
        return (*people, person)

    _change(folder, added)
    return person


def set_password(folder: Path, name: str, password: PasswordHash) -> Person:
    """Give a person another password; whoever is signed in under the name signs in again.

    Raises:
        ProjectError: There is no such person, or the file cannot be read.
    """
    return _replace(folder, name, lambda person: person.model_copy(update={"password": password}))


def set_roles(folder: Path, name: str, roles: Sequence[PersonRole]) -> Person:
    """Give a person other roles, from the next click on.

    Raises:
        ProjectError: There is no such person, the last admin would go, or the file cannot be read.
        SettingsError: There are no roles.
    """
    if not roles:
        raise SettingsError(f"{name}: expected a role ({', '.join(get_args(PersonRole))})")
    ordered: tuple[PersonRole, ...] = tuple(r for r in get_args(PersonRole) if r in roles)
    return _replace(folder, name, lambda person: person.model_copy(update={"roles": ordered}))


def remove_person(folder: Path, name: str) -> Person:
    """Let a person in no more; what they wrote stays in the log.

    Raises:
        ProjectError: There is no such person, the last admin or the last person would go, or the
            file cannot be read.
    """
    gone: list[Person] = []

    def without(people: People) -> People:
        gone.append(known_person(folder, people, name))
        return tuple(person for person in people if person is not gone[0])

    _change(folder, without)
    return gone[0]


def _replace(folder: Path, name: str, change: Callable[[Person], Person]) -> Person:
    changed: list[Person] = []

    def replaced(people: People) -> People:
        old = known_person(folder, people, name)
        changed.append(change(old))
        return tuple(changed[0] if person is old else person for person in people)

    _change(folder, replaced)
    return changed[0]


def _change(folder: Path, change: Callable[[People], People]) -> None:
    with FileLock(folder / ".people.lock"):
        before = read_people(folder) or ()
        after = change(before)
        for what, one in (("admin", _is_admin), ("person", lambda _: True)):
            if any(map(one, before)) and not any(map(one, after)):
                raise ProjectError(
                    f"{folder / PEOPLE_FILE}: the last {what} stays; add another one first"
                )
        body = _PeopleFile(people=after).model_dump_json(indent=2) + "\n"
        write_whole(folder / PEOPLE_FILE, body.encode(), for_owner_alone=True)


def _is_admin(person: Person) -> bool:
    return "admin" in person.roles
