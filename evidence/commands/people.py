"""`evidence people`: who may sign in to the review app of a project."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from evidence.commands.project_argument import ProjectPath
from evidence.console import JsonFlag, plain, show

if TYPE_CHECKING:
    from evidence.people.passwords import PasswordHash
    from evidence.people.register import Person, PersonRole

people_app = typer.Typer(
    no_args_is_help=True,
    help="Who may sign in to the review app: names, roles and passwords.",
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The person, as the log names them.")]
Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        metavar="ROLE",
        help="reviewer, adjudicator or admin; repeat it for several. An adjudicator settles "
        "conflicts. An adjudicator or an admin stops and re-opens screening and signs the "
        "recommendation off. All else is open to everybody who is signed in.",
    ),
]
FromStdin = Annotated[
    bool,
    typer.Option(
        "--password-stdin", help="Read the password from standard input, for scripts: one line."
    ),
]


@people_app.command()
def add(
    project: ProjectPath,
    name: Name,
    role: Roles = None,
    password_stdin: FromStdin = False,
    no_password: Annotated[
        bool,
        typer.Option(
            "--no-password", help="The person signs in through a proxy (serve --user-header)."
        ),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Add a person, by default a reviewer. With the first one the app asks everybody to sign in."""
    from evidence.people.register import add_person, find_person, read_people

    if password_stdin and no_password:
        raise typer.BadParameter("expected either --password-stdin or --no-password, not both")
    given = _roles(role or ["reviewer"])
    with _changing(project):
        # Nobody types a password twice to learn that the name is taken; the write looks again.
        known = find_person(read_people(project) or (), name) is not None
        password = None if no_password or known else _new_password(name, password_stdin)
        added = add_person(project, name, given, password)
    words = f"{plain(added.name)} may sign in as {' and '.join(added.roles)}"
    if not _has_admin(project):
        words += "; nobody is admin yet (`evidence people roles`)"
    show(as_json, _as_json(added), words)


@people_app.command("list")
def list_people(project: ProjectPath, as_json: JsonFlag = False) -> None:
    """List who may sign in, and in which roles."""
    from evidence.people.register import read_people

    _opened(project)
    people = read_people(project)
    lines = [
        f"{plain(p.name)}  ({', '.join(p.roles)}{'' if p.password else '; through a proxy alone'})"
        for p in people or ()
    ]
    if people is None:
        lines = ["nobody has to sign in: names are taken on trust; `evidence people add` ends that"]
    value = {"sign_in": people is not None, "people": [_as_json(p) for p in people or ()]}
    show(as_json, value, "\n".join(lines))


@people_app.command()
def password(
    project: ProjectPath, name: Name, password_stdin: FromStdin = False, as_json: JsonFlag = False
) -> None:
    """Give a person a new password; who is signed in under the name signs in again."""
    from evidence.people.register import known_person, read_people, set_password

    with _changing(project):
        known = known_person(project, read_people(project) or (), name)
        changed = set_password(project, name, _new_password(known.name, password_stdin))
    show(as_json, _as_json(changed), f"{plain(changed.name)} has a new password")


@people_app.command()
def roles(project: ProjectPath, name: Name, role: Roles = None, as_json: JsonFlag = False) -> None:
    """Give a person the roles named here instead of those they had; at least one admin stays."""
    from evidence.people.register import set_roles

    with _changing(project):
        changed = set_roles(project, name, _roles(role or []))
    show(as_json, _as_json(changed), f"{plain(changed.name)} is {' and '.join(changed.roles)}")


@people_app.command()
def remove(project: ProjectPath, name: Name, as_json: JsonFlag = False) -> None:
    """Let a person in no more. What they wrote stays in the log; at least one admin stays."""
    from evidence.people.register import remove_person

    with _changing(project):
        gone = remove_person(project, name)
    words = f"{plain(gone.name)} may not sign in any more; what they wrote stays in the log"
    show(as_json, _as_json(gone), words)


def _roles(words: list[str]) -> list[PersonRole]:
    """The roles by their names.

    Raises:
        BadParameter: A word is no role, or there are none.
    """
    from evidence.people.register import PersonRole

    known: dict[str, PersonRole] = {role: role for role in get_args(PersonRole)}
    for word in words:
        if word not in known:
            raise typer.BadParameter(f"--role {word}: expected {', '.join(known)}")
    if not words:
        raise typer.BadParameter(f"expected --role with {', '.join(known)}")
    return [known[word] for word in words]


def _opened(project: Path) -> None:
    """Refuse a folder that is no project.

    Raises:
        ProjectError: It is none.
    """
    from evidence.project import Project

    Project.open(project).close()


@contextmanager
def _changing(folder: Path) -> Iterator[None]:
    """Keep the list that the block changes where the project is: in its folder or its database.

    Raises:
        ProjectError: The folder is no project, or the list is somebody else's to change.
    """
    from evidence.people.register import PEOPLE_FILE
    from evidence.project import Project

    project = Project.open(folder)
    try:
        yield
        project.keep_files(PEOPLE_FILE)
    finally:
        project.close()


def _has_admin(project: Path) -> bool:
    from evidence.people.register import read_people

    return any("admin" in person.roles for person in read_people(project) or ())


def _new_password(name: str, from_stdin: bool) -> PasswordHash:
    """Ask for it twice without echo, or read a line of standard input.

    Raises:
        SettingsError: There is no terminal to ask at, the two differ, or it is too short or long.
    """
    import getpass

    from evidence.errors import SettingsError
    from evidence.people.passwords import hash_password

    if from_stdin:
        return hash_password(sys.stdin.readline().rstrip("\r\n"))
    if not _at_a_terminal():
        raise SettingsError("expected a terminal to ask for the password; or use --password-stdin")
    first = getpass.getpass(f"Password for {plain(name)}: ")
    if getpass.getpass("The same again: ") != first:
        raise SettingsError("the two passwords differ; nothing was changed")
    return hash_password(first)


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _as_json(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "roles": list(person.roles),
        "password": person.password is not None,
    }
