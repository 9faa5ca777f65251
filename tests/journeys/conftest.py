"""One browser for all journeys, a server for each project, and a reader for each person."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.reader import Reader
from tests.journeys.serving import ROOT, chromium, served

Visit = Callable[..., Reader]
_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or bool(report.failed)
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def visit(browser: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Give a reader of a project (or of none); each project has one server.

    Where a journey fails, what each reader saw last stays as a picture beside what the server told.
    """
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    addresses: dict[Path | None, str] = {}
    readers: list[Reader] = []
    with ExitStack() as servers:

        def start(project: Path | None, **context: object) -> Reader:
            if project not in addresses:
                told = tmp_path / f"server-{len(addresses)}.log"
                server = served(project, environment=state, folder=ROOT, told=told)
                _, addresses[project] = servers.enter_context(server)
            readers.append(Reader(browser, addresses[project], **context))
            return readers[-1]

        yield start
        failed = request.node.stash.get(_FAILED, False)
        for number, reader in enumerate(readers):
            if failed:
                reader.page.screenshot(path=tmp_path / f"seen-{number}.png")
            else:
                reader.leaves()
