"""A page where people decide, behind the gate, and a person who signs in there."""

import sys

import pytest
from streamlit.testing.v1 import AppTest

from evidence.judgements import ScreeningDecision
from evidence.project import Project

WORDS = "correct horse battery"
BUTTON = "include-r1"


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


def _draw(folder: str, page: str) -> None:
    from pathlib import Path

    import streamlit as st

    from evidence.ui import opened, sign_in, signing
    from evidence.ui.screening import conflicts
    from tests.evidence.ui.people_factory import says

    def include(record_id: str) -> None:
        name = signing.reviewer_name()
        if name:
            signing.write(project, says(name, "include", record_id), done="Written")

    def ran(record_id: str) -> None:
        if signing.session_holds(project):
            st.session_state["ran"] = record_id

    def records() -> None:
        """The least that a page where people decide does."""
        signing.sidebar(project)
        signing.show_notice()
        st.write(project.manifest.question.text)
        st.text_input("Search", key="words")
        for record_id, identified in opened.review_state(project).records.items():
            st.text(identified.record.title)
            # An act without a signature, such as to start a run.
            st.button("Run", key=f"run-{record_id}", on_click=ran, args=(record_id,))
            st.button("Include", key=f"include-{record_id}", on_click=include, args=(record_id,))

    project = opened.open_project(Path(folder))
    if sign_in.gate(Path(folder)):
        if page == "conflicts":
            conflicts.page(Path(folder))
        else:
            records()


def opened(
    monkeypatch: pytest.MonkeyPatch, project: Project, *options: str, page: str = "records"
) -> AppTest:
    monkeypatch.setattr(sys, "argv", ["app.py", str(project.path), *options])
    folder = str(project.path)
    app = AppTest.from_function(_draw, args=(folder, page), default_timeout=60).run()
    assert not app.exception
    return app


def enter(app: AppTest, name: str = "Ada Okoro", password: str = WORDS) -> AppTest:
    app.text_input(key="sign_in_name").set_value(name)
    app.text_input(key="sign_in_password").set_value(password)
    app.button(key="sign_in_button").click().run()
    assert not app.exception
    return app


def click(app: AppTest, key: str = BUTTON) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def by_people(project: Project) -> list[tuple[str, str]]:
    found = project.entries(ScreeningDecision)
    return [(d.provenance.actor, d.record_id) for d in found if d.provenance.by_person]


def said(app: AppTest) -> str:
    boxes = (*app.warning, *app.error, *app.info)
    return " ".join(box.value.replace("\\", "") for box in boxes)


def on_sign_in_page(app: AppTest) -> bool:
    return [title.value for title in app.title] == ["Sign in"]
