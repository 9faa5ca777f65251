"""The pages around projects as an app of their own: the list, a new one, and its overview."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

APP = """
from pathlib import Path

import streamlit as st

from evidence.ui.projects import new_project, overview, welcome

by_path = {}


def elsewhere(name):
    return st.Page(lambda: st.title(f"The page {name}"), title=name, url_path=name)


named = st.session_state.get(welcome.FOLDER)
if named:
    folder = Path(named)
    pages = [
        st.Page(lambda: overview.page(folder, by_path), title="Overview", default=True),
        *map(elsewhere, ("screening", "conflicts", "duplicates", "studies", "risk-of-bias")),
    ]
else:
    pages = [
        st.Page(lambda: welcome.page(by_path), title="Projects", default=True),
        st.Page(lambda: new_project.page(by_path), title="New project", url_path="new-project"),
    ]
    by_path["welcome"] = pages[0]
by_path.update({page.url_path: page for page in pages[1:]})
st.navigation(pages).run()
"""


def write_app(folder: Path) -> Path:
    """The app as a file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "projects_app.py"
    path.write_text(APP, encoding="utf-8")
    return path


def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: Path | None = None) -> AppTest:
    """The app at its first page; what it remembers stays in `tmp_path`."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    app = AppTest.from_file(str(write_app(tmp_path / "app")), default_timeout=60)
    if project is not None:
        app.session_state["project_folder"] = str(project)
    return checked(app.run())


def new_project_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page of the new project alone."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    script = (
        "import streamlit as st\n"
        "from evidence.ui.projects import new_project, welcome\n"
        "if welcome.FOLDER in st.session_state:\n"
        "    st.title('Made')\n"
        "else:\n"
        "    new_project.page()\n"
    )
    return checked(AppTest.from_string(script, default_timeout=60).run())


def checked(app: AppTest) -> AppTest:
    """The app, after a look that nothing broke."""
    assert not app.exception
    return app


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def plainly(text: str) -> str:
    """What a reader sees of Markdown in which every sign is escaped."""
    return text.replace("\\", "")
