"""A project that is read before a browser asks: what is at hand then, and that it stays true."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.followed import FollowedReview
from evidence.project import Project
from evidence.screening import order_ahead
from evidence.screening.order_ahead import OrdersAhead
from evidence.ui import opened
from evidence.ui.taking_turns import TURNS, TakingTurns
from tests.evidence.ui.people_factory import PEOPLE, make_project, says


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "p", PEOPLE, 6)


def test_what_was_read_ahead_is_not_read_again_and_follows_the_log(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.open_ahead(project.path)
    with monkeypatch.context() as patched:
        patched.setattr(FollowedReview, "__init__", lambda *_: pytest.fail("read again"))
        same = opened.open_project(project.path)
        assert opened.worklist(same, "", "title_abstract").n_due == 6
        assert opened.learned_order(same, "") is not None
    # Written by somebody else meanwhile: nothing that was read ahead is shown as if it were new.
    project.append(says("Ada Okoro", "include", "r2"))
    assert opened.worklist(same, "", "title_abstract").n_due == 5
    order = opened.learned_order(same, "")
    assert order is not None
    assert (order.n_learned_from, order.n_newer) == (1, 0)


def test_the_next_server_learns_nothing_that_is_kept(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.append(says("Ada Okoro", "include", "r2"), says("Ada Okoro", "exclude", "r3"))
    before = opened.learned_order(opened.open_project(project.path), "")
    opened._open.clear()
    monkeypatch.setattr(order_ahead, "best_first", lambda *_: pytest.fail("learned again"))
    opened.open_ahead(project.path)
    after = opened.learned_order(opened.open_project(project.path), "")
    assert after is not None
    assert after == before
    assert (after.n_learned_from, after.n_newer) == (2, 0)


def test_no_script_runs_while_a_project_is_read_ahead(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, seen = TakingTurns(), []
    monkeypatch.setattr(opened, "TURNS", turns)
    project_of = opened.open_project
    monkeypatch.setattr(
        opened, "open_project", lambda f: seen.append(turns._somebody_alone) or project_of(f)
    )
    opened.open_ahead(project.path)
    assert seen == [True]
    assert not turns._somebody_alone


def test_a_bad_folder_is_told_by_the_page_alone(tmp_path: Path) -> None:
    opened.open_ahead(tmp_path / "nowhere")
    with TURNS.script():
        pass


@pytest.mark.parametrize(("at_once", "n_asked"), [(2_000, 0), (0, 1)])
def test_an_order_is_asked_for_ahead_only_where_it_is_learned_ahead(
    project: Project, monkeypatch: pytest.MonkeyPatch, at_once: int, n_asked: int
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(opened, "AT_ONCE", at_once)
    monkeypatch.setattr(OrdersAhead, "order", lambda _, reviewer: asked.append(reviewer))
    opened.open_ahead(project.path)
    assert len(asked) == n_asked


def test_scripts_may_run_between_two_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    turns, alone = TakingTurns(), []
    monkeypatch.setattr(opened, "TURNS", turns)
    monkeypatch.setattr(
        opened, "import_module", lambda name: alone.append((name, turns._somebody_alone))
    )
    opened._import_alone(("no_package_a", "sys", "no_package_b"))
    assert alone == [("no_package_a", True), ("no_package_b", True)]
    assert not turns._somebody_alone
