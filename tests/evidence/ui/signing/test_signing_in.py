"""Signing in: what is shown before and after, and whom wrong words let in."""

from pathlib import Path

import pytest

from evidence.people.passwords import hash_password
from evidence.people.register import PEOPLE_FILE, add_person
from evidence.project import Project
from evidence.ui import sign_in
from tests.evidence.ui.people_factory import PEOPLE, everything_shown, make_project
from tests.evidence.ui.signing.signing_factory import (
    WORDS,
    by_people,
    click,
    enter,
    on_sign_in_page,
    opened,
    said,
)


def test_nothing_of_the_project_is_shown_before_signing_in(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(monkeypatch, project)
    assert on_sign_in_page(app)
    shown = everything_shown(app)
    for secret in ("secret-name", "solvane", "Title 1", "Ada", "Ben"):
        assert secret not in shown
    assert not app.sidebar.children


def test_who_signs_in_decides_under_their_name_and_types_none(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = enter(opened(monkeypatch, project), " ada  okoro ")
    assert not on_sign_in_page(app)
    assert "**Ada Okoro** (reviewer, admin)" in app.sidebar.markdown[0].value
    assert not [box for box in app.text_input if box.key == "reviewer_input"]
    click(app)
    assert by_people(project) == [("Ada Okoro", "r1")]


def test_the_password_is_not_kept(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, project)
    for password in ("wrong words here", WORDS):
        enter(app, password=password)
        assert password not in repr(app.session_state)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Ada Okoro", "another good one"),
        ("Nobody Known", WORDS),
        ("Ben Quist", ""),
        ("", WORDS),
        ("machine", WORDS),
    ],
)
def test_wrong_words_let_nobody_in(
    project: Project, monkeypatch: pytest.MonkeyPatch, name: str, password: str
) -> None:
    app = enter(opened(monkeypatch, project), name, password)
    assert on_sign_in_page(app)
    expected = "is wrong" if name.strip() and password else "Please write your name and"
    assert expected in said(app)


def test_an_unknown_name_and_a_wrong_password_are_told_alike(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    said_of = [
        [said(enter(app, name, "wrong words here")) for _ in range(5)]
        for name in ("Ada Okoro", "Nobody Known")
        for app in [opened(monkeypatch, project)]
    ]
    assert said_of[0] == said_of[1]
    assert "please wait" in said_of[0][-1]


def test_tries_are_counted_across_sessions(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        enter(opened(monkeypatch, project), password="wrong words here")  # noqa: S106
    assert "please wait" in said(enter(opened(monkeypatch, project)))
    assert not on_sign_in_page(enter(opened(monkeypatch, project), "Ben Quist", "another good one"))


def test_a_list_of_people_that_cannot_be_read_lets_nobody_in(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.path / PEOPLE_FILE).write_text("{")
    app = opened(monkeypatch, project)
    assert "people.json" in app.error[0].value.replace("\\", "")
    assert "solvane" not in everything_shown(app)


def test_a_page_without_the_gate_writes_nothing_either(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "gate", lambda _: True)
    app = opened(monkeypatch, project)
    before = project.head()
    click(app)
    assert project.head() == before
    assert "sign in" in said(app)


def test_without_people_names_are_taken_on_trust_and_the_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 4)
    app = opened(monkeypatch, project)
    assert not on_sign_in_page(app)
    assert "names are taken on trust" in " ".join(c.value for c in app.sidebar.caption)
    app.text_input(key="reviewer_input").set_value("Ada Okoro").run()
    click(app)
    assert by_people(project) == [("Ada Okoro", "r1")]


def test_the_first_person_added_closes_an_open_tab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 4)
    app = opened(monkeypatch, project)
    app.text_input(key="reviewer_input").set_value("Ada Okoro").run()
    add_person(project.path, "Ada Okoro", ["admin"], hash_password(WORDS))
    before = project.head()
    click(app)
    assert project.head() == before
    assert on_sign_in_page(app)
