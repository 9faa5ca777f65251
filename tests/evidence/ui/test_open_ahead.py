"""A project that is read before a browser asks: what is at hand then, and that it stays true."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from evidence.followed import FollowedReview
from evidence.project import Project
from evidence.screening import order_ahead
from evidence.screening.order_ahead import OrdersAhead
from evidence.ui import ahead, opened
from evidence.ui.taking_turns import TURNS, TakingTurns
from tests.evidence.ui.people_factory import PEOPLE, make_project, says


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "p", PEOPLE, 6)


def test_what_was_read_ahead_is_not_read_again_and_follows_the_log(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead.open_ahead(project.path)
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
    ahead.open_ahead(project.path)
    after = opened.learned_order(opened.open_project(project.path), "")
    assert after is not None
    assert after == before
    assert (after.n_learned_from, after.n_newer) == (2, 0)


def test_no_script_runs_while_a_project_is_read_ahead(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, seen = TakingTurns(), []
    monkeypatch.setattr(ahead, "TURNS", turns)
    project_of = opened.open_project
    monkeypatch.setattr(
        ahead, "open_project", lambda f: seen.append(turns._somebody_alone) or project_of(f)
    )
    ahead.open_ahead(project.path)
    assert seen == [True]
    assert not turns._somebody_alone


def test_a_bad_folder_is_told_by_the_page_alone(tmp_path: Path) -> None:
    ahead.open_ahead(tmp_path / "nowhere")
    with TURNS.script():
        pass


@pytest.mark.parametrize(("at_once", "n_asked"), [(2_000, 0), (0, 1)])
def test_an_order_is_asked_for_ahead_only_where_it_is_learned_ahead(
    project: Project, monkeypatch: pytest.MonkeyPatch, at_once: int, n_asked: int
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(ahead, "AT_ONCE", at_once)
    monkeypatch.setattr(OrdersAhead, "order", lambda _, reviewer: asked.append(reviewer))
    ahead.open_ahead(project.path)
    assert len(asked) == n_asked


def test_the_encoder_is_loaded_once_step_by_step(
    loading: list[Thread], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    loading.clear()
    monkeypatch.setattr(ahead, "import_alone", asked.append)
    for _ in range(2):
        ahead.load_encoder_ahead()
    loading[0].join()
    assert asked == [ahead.ENCODER_PACKAGES]


def test_what_is_loaded_ahead_is_what_the_encoder_imports() -> None:
    made = "from indexers.encoders import named_encoder; named_encoder('minilm').encode(['zinc'])"
    told = f"import sys; print([p for p in {ahead.ENCODER_PACKAGES} if p not in sys.modules])"
    command = [sys.executable, "-c", f"{made}; {told}"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
