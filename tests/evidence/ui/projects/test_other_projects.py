"""Who may go from the project that the app was started on to the others of this computer."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.people.register import add_person
from tests.evidence.screening_project_factory import make_screening_project


def _choose(served: str) -> None:
    from pathlib import Path

    import streamlit as st

    from evidence.ui.projects.welcome import close, may_leave, shown_folder

    shown = shown_folder(Path(served))
    st.text(str(shown))
    if may_leave():
        st.button("Other projects", key="leave", on_click=close, args=(Path(served),))


def opened(served: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("streamlit.get_option", {"server.address": address}.get)
    app = AppTest.from_function(_choose, args=(str(served),), default_timeout=60).run()
    assert not app.exception
    assert app.text[0].value == str(served)
    return app


def test_at_this_computer_the_list_is_a_click_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = make_screening_project(tmp_path / "p", n_records=5).path
    app = opened(served, "127.0.0.1", tmp_path, monkeypatch)
    app.button(key="leave").click().run()
    assert app.text[0].value == "None"


def test_other_computers_see_the_served_project_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = make_screening_project(tmp_path / "p", n_records=5).path
    assert not opened(served, "0.0.0.0", tmp_path, monkeypatch).button  # noqa: S104


def test_who_has_to_sign_in_sees_the_served_project_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = make_screening_project(tmp_path / "p", n_records=5).path
    add_person(served, "Ada Okoro", ("admin",), None)
    assert not opened(served, "127.0.0.1", tmp_path, monkeypatch).button
