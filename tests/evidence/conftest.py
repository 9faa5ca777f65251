"""Projects in either database: SQLite in a folder, and PostgreSQL on a server of the tests' own."""

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from evidence.databases.address import project_folder
from tests.evidence.databases.server import Server, missing_server, temporary_server

NewPlace = Callable[[], Path]
_numbers = count(1)


@pytest.fixture(scope="session")
def running_server() -> Iterator[Server]:
    """Debian's server, once for all tests; skipped where there is none, but not in CI."""
    missing = missing_server()
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    with temporary_server() as server:
        yield server


@pytest.fixture
def server(running_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server, and a cache for the folders of its projects."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return running_server


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> NewPlace:
    """Gives the folder of a project that is still to be made, another one at each call."""
    if request.param == "SQLite":
        return lambda: tmp_path / f"p{next(_numbers)}"
    server: Server = request.getfixturevalue("server")
    return lambda: project_folder(server.url(f"p{next(_numbers)}"))
