"""A project on the server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.evidence.databases.place import NUMBERS, Place
from tests.evidence.databases.server import OWNER, Server
from tests.evidence.test_project import filled


@pytest.fixture
def place(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Place]:
    place = Place(server, f"many{next(NUMBERS)}", monkeypatch, tmp_path)
    filled(place.folder(OWNER)).close()
    yield place
    place.close()
