"""Sessions that end, and clicks that come after."""

import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.people.passwords import hash_password
from evidence.people.register import PEOPLE_FILE, remove_person, set_password
from evidence.project import Project
from tests.evidence.ui.people_factory import PEOPLE, everything_shown, make_project
from tests.evidence.ui.signing.signing_factory import (
    Clock,
    by_people,
    click,
    enter,
    on_sign_in_page,
    opened,
    said,
)


def test_a_click_after_the_session_has_ended_writes_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    app = enter(opened(monkeypatch, project, "--session-minutes", "10"))
    clock.now += 599
    app.run()
    clock.now += 599  # the last act counts, not the first
    click(app)
    assert len(by_people(project)) == 1
    clock.now += 601
    before = project.head()
    click(app, "include-r2")
    assert project.head() == before
    assert on_sign_in_page(app)
    assert "Nothing was done for 10 minutes. Please sign in again." in said(app)
    assert "Nothing was written" in said(app)
    assert "solvane" not in everything_shown(app)
    app.run()  # redrawing revives nothing
    assert on_sign_in_page(app)
    click(enter(app), "include-r2")
    assert [record_id for _, record_id in by_people(project)] == ["r1", "r2"]


def test_an_act_without_a_signature_needs_a_session_too(
    project: Project, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    app = enter(opened(monkeypatch, project, "--session-minutes", "10"))
    click(app, "run-r0")
    assert app.session_state["ran"] == "r0"
    clock.now += 601
    click(app, "run-r1")
    assert app.session_state["ran"] == "r0"
    assert "Nothing was done: please sign in again" in said(app)


def test_a_signed_out_tab_writes_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    app = enter(opened(monkeypatch, project))
    app.session_state["draft"] = "what Ada kept"
    app.text_input(key="words").set_value("what Ada searched").run()
    assert "what Ada kept" in repr(app.session_state)
    click(app, "sign_out")
    assert on_sign_in_page(app)
    assert "what Ada" not in repr(app.session_state)
    before = project.head()
    # What a browser can still send are values of widgets; the session is not among them.
    app.session_state["reviewer"] = "Ada Okoro"
    app.run()
    assert on_sign_in_page(app)
    assert project.head() == before


@pytest.mark.parametrize("change", ["removed", "password", "gone", "damaged"])
def test_a_click_behind_a_change_of_the_people_writes_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    app = enter(opened(monkeypatch, project), "Ben Quist", "another good one")
    match change:
        case "removed":
            remove_person(project.path, "Ben Quist")
        case "password":
            set_password(project.path, "Ben Quist", hash_password("a fresh new one"))
        case "damaged":
            (project.path / PEOPLE_FILE).write_text("{")
        case "gone":
            (project.path / PEOPLE_FILE).write_text('{"people": []}')
    before = project.head()
    click(app)
    assert project.head() == before
    assert "solvane" not in everything_shown(app)
    assert said(app)


def test_another_project_in_the_tab_revives_no_session(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    def both(guarded: str, free: str) -> None:
        from pathlib import Path

        from evidence.ui import sign_in

        sign_in.gate(Path(guarded))
        sign_in.gate(Path(free))

    free = make_project(tmp_path / "free", PEOPLE, 1)
    monkeypatch.setattr(sys, "argv", ["app.py", "", "--session-minutes", "10"])
    app = AppTest.from_function(both, args=(str(project.path), str(free.path)), default_timeout=60)
    enter(app.run())
    assert not on_sign_in_page(app)
    clock.now += 601
    assert on_sign_in_page(app.run())
    assert on_sign_in_page(app.run())
