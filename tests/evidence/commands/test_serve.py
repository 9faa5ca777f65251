"""`evidence serve`: the words that start the app, and the names that it answers to."""

from __future__ import annotations

import os
import socket
from itertools import pairwise
from pathlib import Path

import pytest

from evidence.commands import serve
from evidence.commands.serve import app_command, refuse_taken
from evidence.errors import SettingsError
from evidence.people.register import add_person
from evidence.serve_options import ServeOptions, serve_options
from tests.evidence.ui.people_factory import PEOPLE, make_project

ALL = "0.0.0.0"  # noqa: S104 - nothing listens
OWN = ["127.0.0.1", "::1", "localhost"]


def answers_to(command: list[str]) -> list[str]:
    return [w for before, w in pairwise(command) if "allowed" in before]


@pytest.mark.parametrize(
    ("address", "hosts", "expected"),
    [
        ("127.0.0.1", (), OWN),
        ("localhost", ("review.example.org",), [*OWN, "review.example.org"]),
        (ALL, (), []),
        (ALL, ("review.example.org",), [*OWN, "review.example.org"]),
    ],
)
def test_an_app_for_this_machine_answers_to_its_own_names(
    address: str, hosts: tuple[str, ...], expected: list[str]
) -> None:
    command, _ = app_command(ServeOptions(), port=8501, address=address, hosts=hosts)
    assert answers_to(command) == expected


def test_a_proxy_that_signs_people_in_has_a_name_of_its_own(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 1)
    options = ServeOptions(project.path, "X-User", 30)
    with pytest.raises(SettingsError, match="people"):
        app_command(options, port=8501, address="127.0.0.1")
    add_person(project.path, "Ada Okoro", ["admin"], None)
    command, warning = app_command(options, port=8501, address="127.0.0.1")
    assert (answers_to(command), warning) == ([], "")
    assert serve_options(command[command.index("--") + 1 :]) == options


@pytest.mark.parametrize("address", [ALL, "192.0.2.7"])
def test_others_are_warned_of(address: str) -> None:
    _, warning = app_command(ServeOptions(), port=8501, address=address)
    assert "under any name" in warning


def test_a_port_that_is_taken_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port} at 127.0.0.1 is taken.*--port"):
            refuse_taken("127.0.0.1", port)
    refuse_taken("127.0.0.1", port)
    with pytest.raises(SettingsError, match="from 1 to 65535"):
        refuse_taken("127.0.0.1", 70_000)


def test_the_command_becomes_the_server_so_that_it_ends_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that was a child would go on when the command is killed."""
    became: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(os, "chdir", lambda _folder: None)
    monkeypatch.setattr(os, "execv", lambda path, words: became.append((path, words)))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serve.serve(None, port, "127.0.0.1", None, 480, None)
    ((path, words),) = became
    assert path == words[0]
    assert words[1:4] == ["-m", "streamlit", "run"]
