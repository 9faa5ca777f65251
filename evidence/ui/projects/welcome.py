"""The page without a project: the projects of this computer, and the way to a new one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from evidence.errors import EvidenceError
from evidence.recent_projects import recent_projects, remember_project
from evidence.serve_options import THIS_MACHINE
from evidence.ui.cards import plain, style
from evidence.ui.opened import open_project

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

FOLDER = "project_folder"
_IN_ADDRESS = "project"
_TROUBLE = "open_trouble"
_MAY_LEAVE, _LEFT = "project_may_leave", "project_left"


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


def opened_here() -> Path | None:
    """The project that was opened in this session, or the one that the page's address names.

    So a page that is loaded again, or opened from a bookmark, shows the same project. An address
    may come from anywhere: only a project that was opened on this computer before counts.
    """
    folder = st.session_state.get(FOLDER)
    named = st.query_params.get(_IN_ADDRESS)
    if folder is None and named is not None and Path(named) in recent_projects():
        folder = st.session_state[FOLDER] = named
    if folder is not None and named != folder:
        st.query_params[_IN_ADDRESS] = folder
    return Path(folder) if folder is not None else None


def shown_folder(served: Path | None) -> Path | None:
    """The project that this session shows; None for the pages that open and make one.

    An app that was started on a project shows others only to who sits at this computer: not where
    people sign in to the project, and not where the app listens for other computers.

    Args:
        served: What the app was started on.
    """
    guarded = served is not None and (_for_others() or _asks_who(served))
    st.session_state[_MAY_LEAVE] = not guarded
    if guarded:
        return served
    return opened_here() or (None if st.session_state.get(_LEFT) else served)


def may_leave() -> bool:
    """Whether this session may show another project."""
    return bool(st.session_state.get(_MAY_LEAVE)) or FOLDER in st.session_state


def close(folder: Path) -> None:
    """Show no project in this session any more; the one that was shown can be had back."""
    remember_project(folder)
    st.session_state.pop(FOLDER, None)
    st.session_state[_LEFT] = True
    st.query_params.pop(_IN_ADDRESS, None)


def _for_others() -> bool:
    return st.get_option("server.address") not in THIS_MACHINE


def _asks_who(folder: Path) -> bool:
    from evidence.people.register import read_people

    try:
        return read_people(folder) is not None
    except EvidenceError:
        return True  # its pages say what is wrong


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
