"""`evidence serve`: start the review app, and say first what is to be said about it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from evidence.errors import SettingsError
from evidence.serve_options import SESSION_MINUTES, ServeOptions

serve_app = typer.Typer()
_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")
_ENTRY = Path(__file__).resolve().parents[2] / "app.py"


@serve_app.command()
def serve(
    project: Annotated[
        Path | None, typer.Argument(metavar="PROJECT", help="The project to open.")
    ] = None,
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8501,
    address: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    user_header: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A reverse proxy signs people in and gives their name in this HTTP header. Only "
            "where nobody reaches the app but through that proxy.",
        ),
    ] = None,
    session_minutes: Annotated[
        int, typer.Option(min=1, help="After so long without an act, people sign in again.")
    ] = SESSION_MINUTES,
) -> None:
    """Open the review app in a browser.

    With people in a project (`evidence people add`) they sign in; else any typed name counts.
    """
    import subprocess

    options = ServeOptions(project, user_header, session_minutes)
    command, warning = app_command(options, port=port, address=address)
    if warning:
        typer.echo(f"warning: {warning}", err=True)
    raise typer.Exit(subprocess.run(command, check=False, cwd=_ENTRY.parent).returncode)  # noqa: S603 - our own words


def app_command(options: ServeOptions, *, port: int, address: str) -> tuple[list[str], str]:
    """The words that start the app, and a warning; empty if there is nothing to warn of.

    Raises:
        ProjectError: The folder is no project, or its list of people cannot be read.
        SettingsError: A header is to be trusted where no people are known.
    """
    from evidence.people.register import read_people
    from evidence.project import Project

    people = None
    if options.folder is not None:
        Project.open(options.folder).close()  # a bad folder is said here, not in the browser
        people = read_people(options.folder)
        options = replace(options, folder=options.folder.resolve())
    if options.user_header is not None and (people is None or not options.user_header.strip()):
        raise SettingsError(
            f"--user-header {options.user_header!r}: expected a header’s name and a PROJECT with "
            "people; add them with `evidence people add PROJECT NAME --no-password`"
        )
    command = [sys.executable, "-m", "streamlit", "run", str(_ENTRY)]
    command += ["--server.port", str(port), "--server.address", address]
    words = options.arguments()
    if words:
        command += ["--", *words]
    return command, _warning(people is not None, options, address)


def _warning(guarded: bool, options: ServeOptions, address: str) -> str:
    if address in _THIS_MACHINE:
        return ""
    if options.user_header is not None:
        return (
            f"whoever reaches {address} without the proxy can write any name into "
            f"{options.user_header}; let the app listen on 127.0.0.1 or close the port"
        )
    if not guarded:
        return (
            f"whoever reaches {address} may read and decide under any name; "
            "`evidence people add PROJECT NAME --role admin` asks for a password"
        )
    return "passwords go to this address as they are typed; put a proxy with TLS before it"
