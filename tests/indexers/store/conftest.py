"""A store of twenty records, one with its full text."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexers.store import Store
from tests.indexers.fake_encoder import FakeEncoder
from tests.indexers.store.store_factory import ARTICLE, RECORDS


@pytest.fixture
def full_text(tmp_path: Path) -> dict[str, Path]:
    path = tmp_path / "r3.xml"
    path.write_text(ARTICLE.format("All were cured."))
    return {"r3": path, "not-in-the-store": path}


@pytest.fixture
def store(tmp_path: Path, full_text: dict[str, Path]) -> Store:
    return Store.build(tmp_path / "store", RECORDS, FakeEncoder(), full_text=full_text)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexers.store_build.CHUNK", 3)
