"""A project on the server, opened on several computers."""

from itertools import count
from pathlib import Path

import pytest

from evidence.databases.address import address_of, project_folder
from evidence.project import Project
from tests.evidence.databases.server import WRITER, Server

NUMBERS = count(1)


class Place:
    """A project on the server, and the computers that it is opened on."""

    def __init__(self, server: Server, name: str, monkeypatch: pytest.MonkeyPatch, root: Path):
        self._server, self._name, self._monkeypatch, self._root = server, name, monkeypatch, root
        self._opened: list[Project] = []

    def folder(self, user: str = WRITER, computer: str = "one") -> Path:
        self._monkeypatch.setenv("XDG_CACHE_HOME", str(self._root / computer))
        return project_folder(self._server.url(self._name, user))

    def open(self, user: str = WRITER, computer: str = "one") -> Project:
        self._opened.append(Project.open(self.folder(user, computer)))
        return self._opened[-1]

    def close(self) -> None:
        for project in self._opened:
            project.close()


def schema_of(project: Project) -> str:
    address = address_of(project.path)
    assert address is not None
    return address.schema
