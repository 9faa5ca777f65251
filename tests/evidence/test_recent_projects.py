"""The list of projects that were opened on this computer."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.recent_projects import MOST, recent_projects, remember_project


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    return folder


def test_the_last_opened_stands_first_and_each_once(tmp_path: Path) -> None:
    file = tmp_path / "state" / "list"
    one, two = made(tmp_path / "one"), made(tmp_path / "two")
    for folder in (one, two, one):
        remember_project(folder, file)
    assert recent_projects(file) == [one, two]
    assert file.read_text() == f"{one}\n{two}\n"


def test_a_project_that_is_gone_is_left_out_and_the_list_is_short(tmp_path: Path) -> None:
    file = tmp_path / "list"
    folders = [made(tmp_path / str(n)) for n in range(MOST + 3)]
    for folder in folders:
        remember_project(folder, file)
    assert len(recent_projects(file)) == MOST
    (folders[-1] / "manifest.json").unlink()
    assert folders[-1] not in recent_projects(file)


def test_a_list_that_cannot_be_read_or_written_stops_nobody(tmp_path: Path) -> None:
    project = made(tmp_path / "p")
    (tmp_path / "file").write_text("")
    remember_project(project, tmp_path / "file" / "list")
    assert recent_projects(tmp_path / "file" / "list") == []
    (tmp_path / "junk").write_bytes(b"\xff\xfe\x00")
    assert recent_projects(tmp_path / "junk") == []


def test_a_name_with_a_line_break_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "list"
    remember_project(made(tmp_path / "a\nb"), file)
    assert not file.exists()


def test_the_list_lies_in_the_users_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    project = made(tmp_path / "p")
    remember_project(project)
    assert (tmp_path / "state" / "evidence-synthesis" / "recent-projects").is_file()
    assert recent_projects() == [project]
