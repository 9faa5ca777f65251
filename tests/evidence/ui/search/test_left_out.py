"""What a strategy leaves out of a person's files, on the overview and on the search page."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.evidence.searching.test_strategy_reach import make, searched
from tests.evidence.ui.projects.projects_factory import checked, html_of, plainly, start


def _draw(folder: str) -> None:
    from pathlib import Path

    from evidence.ui.search.page import page

    page(Path(folder))


def test_it_is_told_before_the_run_and_named_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make(tmp_path / "p", by_strategy=True)
    page = html_of(start(tmp_path, monkeypatch, project.path))
    assert "3 records are ready; the search strategy finds 2 and 1 are left out." in page
    assert "records identified" not in page  # nothing was lost yet, so that no 0 is shown
    searched(project)
    page = html_of(start(tmp_path, monkeypatch, project.path))
    assert "<small>1 more in the store, not found by the search</small>" in page
    assert "2 records from 1 search, 1 of the store not found" in page
    app = checked(AppTest.from_function(_draw, args=(str(project.path),), default_timeout=60).run())
    (panel,) = [each for each in app.expander if "not found" in each.label]
    assert plainly(panel.label) == "1 record of the store was not found by the search"


def test_all_of_ones_own_files_leaves_nothing_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make(tmp_path / "p", by_strategy=False)
    page = html_of(start(tmp_path, monkeypatch, project.path))
    assert "3 records are ready, and all are screened." in page
    searched(project)
    assert "not found" not in html_of(start(tmp_path, monkeypatch, project.path))
