"""Who decides, and what came of the last click: shared by the pages where a person decides."""

from __future__ import annotations

from typing import Literal

import streamlit as st
from sqlalchemy.exc import DBAPIError

from evidence.entries import Entry
from evidence.errors import EvidenceError
from evidence.judgements import MACHINE
from evidence.project import Project
from evidence.ui.cards import plain

_NAME = "reviewer"
_NOTICE = "notice"


def sidebar(project: Project) -> None:
    """Ask for the name under which decisions are written."""
    with st.sidebar:
        st.text_input(
            "Your name",
            key="reviewer_input",
            value=st.session_state.get(_NAME, ""),
            max_chars=80,
            help="Each decision is written to the log under this name.",
            on_change=_keep_name,
        )
        if not st.session_state.get(_NAME):
            st.caption("Please say who you are before you decide: each decision is signed.")
        st.caption(f"Project: {plain(project.path.name)}")


def _keep_name() -> None:
    """Streamlit forgets the input when another page is opened, so its value is kept beside it."""
    name = " ".join(st.session_state["reviewer_input"].split())
    # The log tells people and engines apart by this name.
    if name.casefold() == MACHINE:
        name = ""
        notify("warning", "Please use a person’s name: machine is taken.")
    st.session_state[_NAME] = name


def known_name() -> str:
    """The person's name; empty while it is not known."""
    name: str = st.session_state.get(_NAME, "")
    return name


def reviewer_name() -> str:
    """The person's name; empty, with a notice, while it is not known."""
    name = known_name()
    if not name:
        notify("warning", "Please write your name in the sidebar first: each decision is signed.")
    return name


def notify(kind: Literal["done", "warning", "error"], text: str) -> None:
    """Keep what a click did for the redrawn page; the text is Markdown."""
    st.session_state[_NOTICE] = (kind, text)


def show_notice() -> None:
    """What the last click did; decisions are made before the page is drawn again."""
    kind, text = st.session_state.pop(_NOTICE, (None, ""))
    if kind == "done":
        st.toast(text)
    elif kind == "warning":
        st.warning(text)
    elif kind == "error":
        st.error(text)


def write(
    project: Project, *entries: Entry, done: str, after: tuple[int, str] | None = None
) -> bool:
    """Write a person's decision at once; what came of it is told on the redrawn page.

    Args:
        project: Takes the entries.
        entries: What was decided.
        done: What to tell when it is written.
        after: The end of the log that the entries hold for, if they hold for that one alone.

    Returns:
        Whether it is on disk.
    """
    try:
        project.append(*entries, after=after)
    except EvidenceError as error:
        notify("error", f"Not written: {plain(str(error))}")
    except DBAPIError as error:
        notify("error", f"Not written, please try again: {plain(str(error.orig))}")
    else:
        notify("done", done)
        return True
    return False
