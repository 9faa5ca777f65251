"""The sign-in page: what stands before the pages of a project that has a list of its people."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

from evidence.errors import EvidenceError, ProjectError
from evidence.people.register import People, read_people
from evidence.people.sessions import WRONG, Access, Tries, person_in_header
from evidence.serve_options import serve_options
from evidence.ui.cards import plain, style
from evidence.ui.signing import (
    find_session,
    keep_project,
    keep_session,
    notify,
    session,
    show_notice,
    sign_in,
    standing,
    touch,
)

_NAME, _PASSWORD = "sign_in_name", "sign_in_password"
_MOST_CHARACTERS = 1_000
"""Of what is typed; no name and no password is so long."""

_HELP = (
    '<p class="ev ev-soft">No access yet, or the password forgotten? Ask whoever runs this app: '
    "<code>evidence people</code> gives both.</p>"
)


def gate(folder: Path) -> bool:
    """Draw the sign-in page if somebody has to sign in first; tell whether pages may be drawn.

    Until then nothing of the project is shown, its name neither.
    """
    try:
        header, people = serve_options(sys.argv[1:]).user_header, read_people(folder)
        if header is not None:
            _sign_in_by_proxy(folder, people, header)
        else:
            find_session(folder)
    except EvidenceError as error:
        st.error(plain(str(error)))
        return False
    keep_project(folder)
    found = standing(folder)
    if found.guarded and found.person is None:
        _page(folder, found, by_proxy=header is not None)
        return False
    touch(folder)
    keep_session()
    return True


def _sign_in_by_proxy(folder: Path, people: People | None, header: str) -> None:
    """Take the proxy's word once a tab: a session that is over stays over until a reload.

    Raises:
        SettingsError: The proxy names nobody, or nobody who may sign in.
    """
    before = session()
    if before is None or before.folder != folder.resolve():
        values = st.context.headers.get_all(header)
        sign_in(person_in_header(people, header, values), folder, by_proxy=True)


def _page(folder: Path, found: Access, *, by_proxy: bool) -> None:
    st.html(style())
    with st.container(horizontal_alignment="center"), st.container(width=420):
        st.title("Sign in")
        if found.ended:
            todo = "Please reload the page." if by_proxy else "Please sign in again."
            st.info(f"{plain(found.ended)} {todo}")
        show_notice()
        if not by_proxy:
            _form(folder)


def _form(folder: Path) -> None:
    with st.form("sign_in", border=False):
        st.text_input("Name", key=_NAME, autocomplete="username")
        # Without max_chars, which would show how long the password is.
        st.text_input("Password", key=_PASSWORD, type="password", autocomplete="current-password")
        st.form_submit_button("Sign in", key="sign_in_button", on_click=_try, args=(folder,))
    st.html(_HELP)


def _try(folder: Path) -> None:
    name = st.session_state[_NAME][:_MOST_CHARACTERS]
    password = st.session_state[_PASSWORD][:_MOST_CHARACTERS]
    st.session_state[_PASSWORD] = ""  # it is kept nowhere
    if not name.strip() or not password:
        notify("warning", "Please write your name and your password.")
        return
    try:
        people = read_people(folder)
        if people is None:
            raise ProjectError("the list of people is gone; please reload the page")
        person = _tries().sign_in(people, name, password)
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    if person is None:
        notify("error", WRONG)
    else:
        sign_in(person, folder)


@st.cache_resource(show_spinner=False)
def _tries() -> Tries:
    """Of all sessions of this server."""
    return Tries()
