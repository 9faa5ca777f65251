"""The page without a project: how to make one, and a way to open one."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from evidence.errors import EvidenceError
from evidence.ui.cards import plain
from evidence.ui.opened import open_project

FOLDER = "project_folder"


def page() -> None:
    """Draw the page; a folder that opens is kept in the session under `FOLDER`."""
    st.title("Evidence synthesis")
    st.write("From a clinical question to a recommendation that can be checked line by line.")
    st.subheader("Open a project")
    with st.form("open", border=False):
        folder = st.text_input("Folder of the project", placeholder="/path/to/project")
        asked = st.form_submit_button("Open", type="primary")
    if asked and (folder or "").strip():
        path = Path((folder or "").strip()).expanduser()
        try:
            open_project(path)
        except EvidenceError as error:
            st.error(plain(str(error)))
        else:
            st.session_state[FOLDER] = str(path)
            st.rerun()
    st.subheader("Make one")
    st.write("A finished review of the shipped trials, to look around in:")
    st.code("evidence demo --out demo", language="bash")
    st.write("A review of your own, from a question and a store of records:")
    st.code(
        "evidence new PROJECT --question question.toml --store DIR\n"
        "evidence run PROJECT\n"
        "evidence serve PROJECT",
        language="bash",
    )
