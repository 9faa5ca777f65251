"""The page without a project: the projects of this computer, and the way to a new one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from evidence.errors import EvidenceError
from evidence.recent_projects import recent_projects, remember_project
from evidence.ui.cards import plain, style
from evidence.ui.opened import open_project

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

FOLDER = "project_folder"
_TROUBLE = "open_trouble"


def page(pages: Mapping[str, Page] | None = None) -> None:
    """Draw the page; a folder that opens is kept in the session under `FOLDER`.

    Args:
        pages: The app's pages by their `url_path`, for the link to the new project.
    """
    st.html(style())
    st.title("Evidence synthesis", anchor=False)
    st.write("From a clinical question to a recommendation that can be checked line by line.")
    new = (pages or {}).get("new-project")
    if new is not None:
        st.page_link(new, label="Make a new project", icon=":material/add:")
    st.subheader("Open a project", anchor=False)
    with st.form("open", border=False):
        folder = st.text_input("Folder of the project", placeholder="/path/to/project")
        asked = st.form_submit_button("Open")
    if asked and (folder or "").strip():
        _open(Path((folder or "").strip()).expanduser())
        if FOLDER in st.session_state:
            st.rerun()
    trouble = st.session_state.pop(_TROUBLE, "")
    if trouble:
        st.error(plain(trouble))
    _recent()
    st.caption("A finished review of the shipped trials, to look around in:")
    st.code("evidence demo --out demo\nevidence serve demo/project", language="bash")


def open_in_session(folder: Path) -> None:
    """Show this project in the session from now on, and remember it on this computer."""
    st.session_state[FOLDER] = str(folder.resolve())
    remember_project(folder)


def _recent() -> None:
    known = recent_projects()
    if not known:
        return
    st.subheader("Opened before on this computer", anchor=False)
    for number, folder in enumerate(known):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(plain(folder.name), key=f"recent-{number}", on_click=_open, args=(folder,))
            st.caption(plain(str(folder.parent)))


def _open(folder: Path) -> None:
    try:
        open_project(folder)
    except EvidenceError as error:
        st.session_state[_TROUBLE] = str(error)
    else:
        open_in_session(folder)
