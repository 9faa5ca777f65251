"""`evidence serve`: start the review app, and say first what is to be said about it."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from evidence.commands.project_argument import PROJECT_HELP
from evidence.databases.address import project_folder
from evidence.errors import SettingsError
from evidence.serve_options import SESSION_MINUTES, THIS_MACHINE, ServeOptions

serve_app = typer.Typer()
_ENTRY = Path(__file__).resolve().parents[2] / "app.py"


@serve_app.command()
def serve(
    project: Annotated[
        Path | None,
        typer.Argument(metavar="PROJECT", help=PROJECT_HELP, parser=project_folder),
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
    host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A name under which browsers ask for the app, such as that of a proxy with TLS "
            "before it. Needed where the app listens on 127.0.0.1 and is not asked for there; "
            "may be given more than once.",
        ),
    ] = None,
) -> None:
    """Open the review app in a browser.

    With people in a project (`evidence people add`) they sign in; else any typed name counts.
    """
    options = ServeOptions(project, user_header, session_minutes)
    command, warning = app_command(options, port=port, address=address, hosts=host or ())
    if warning:
        typer.echo(f"warning: {warning}", err=True)
    refuse_taken(address, port)
    _become(command)


def _become(command: list[str]) -> None:
    """Go on as the app's server, so that what stops this process stops the server."""
    if sys.platform == "win32":  # there a process cannot become another
        import subprocess

        raise typer.Exit(subprocess.run(command, check=False, cwd=_ENTRY.parent).returncode)  # noqa: S603 - our own words
    os.chdir(_ENTRY.parent)
    os.execv(command[0], command)  # noqa: S606 - our own words


def refuse_taken(address: str, port: int) -> None:
    """Say before anything is loaded that something else listens on the port.

    Raises:
        SettingsError: It does. What else may be wrong with an address, the server tells.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            if sys.platform != "win32":  # there it would share the port
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((address, port))
    except OverflowError:
        raise SettingsError(f"port {port}: expected a number from 1 to 65535") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(
                f"port {port} at {address} is taken, perhaps by another `evidence serve`: "
                f"stop that one, or add --port {port + 1}"
            ) from error


def app_command(
    options: ServeOptions, *, port: int, address: str, hosts: Sequence[str] = ()
) -> tuple[list[str], str]:
    """The words that start the app, and a warning; empty if there is nothing to warn of.

    Args:
        options: Of the app.
        port: To listen on.
        address: To listen on.
        hosts: Names under which browsers ask for the app beside this machine's own.

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
    for name in _hosts(options, address, hosts):
        command += ["--server.allowedHosts", name]
    words = options.arguments()
    if words:
        command += ["--", *words]
    return command, _warning(people is not None, options, address)


def _hosts(options: ServeOptions, address: str, hosts: Sequence[str]) -> list[str]:
    """The names that the app answers to; none given stands for all.

    A page of another site can make its own name point to this machine, and would then be of the
    app's origin to a browser. So an app for this machine answers to the machine's names alone.
    """
    own = address in THIS_MACHINE and options.user_header is None
    return list(dict.fromkeys([*(THIS_MACHINE if own or hosts else ()), *hosts]))


def _warning(guarded: bool, options: ServeOptions, address: str) -> str:
    if address in THIS_MACHINE:
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
