"""A server of E-utilities on this machine, with time that passes only while someone waits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.eutils_server import FakeTime, LiveServer, serving


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def fake() -> FakeTime:
    return FakeTime()


@pytest.fixture
def live(fake: FakeTime) -> Iterator[LiveServer]:
    with serving(now=lambda: fake.seconds) as server:
        yield server
