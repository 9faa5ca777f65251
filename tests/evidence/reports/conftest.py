"""A project with reports to seek, and a store that has one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.project import Project
from tests.evidence.reports.requests_factory import screen
from tests.evidence.reports_factory import RECORDS, decided, make_project, make_store, write_jats


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    return make_store(folder / "store", {"r0": write_jats(folder / "r0.xml", RECORDS[0])})


@pytest.fixture
def project(tmp_path: Path, store: Path) -> Project:
    """Five records went on, one is excluded; the store has the full text of the first."""
    made = make_project(tmp_path / "p", store)
    screen(made)
    made.append(*(decided(f"r{number}", "include") for number in range(5)))
    made.append(decided("r5", "exclude"))
    return made
