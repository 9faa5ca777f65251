from __future__ import annotations

from pathlib import Path

import pytest

from indexers.live_pages import PageFolder
from indexers.live_requests import ServiceError


def fail(folder: Path, *, page: bool) -> None:
    pages = PageFolder(folder, ".json")
    with pytest.raises(ServiceError), pages.only_writer():
        if page:
            pages.page("page-0").write_bytes(b"x")
        raise ServiceError("PubMed", "no answer")


def test_a_download_that_gave_nothing_leaves_no_folder_of_its_own(tmp_path: Path) -> None:
    fail(tmp_path / "a.ris.download", page=False)
    assert list(tmp_path.iterdir()) == []


def test_what_came_and_a_folder_that_was_there_stay(tmp_path: Path) -> None:
    fail(tmp_path / "begun", page=True)
    (tmp_path / "given").mkdir()
    fail(tmp_path / "given", page=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["begun", "given"]
