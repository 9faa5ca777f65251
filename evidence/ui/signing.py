"""Who decides, and what came of the last click: shared by the pages where a person decides.

Where a project has a people.json the name is that of who is signed in (evidence/ui/sign_in.py draws
the page for it); every write looks again whether the session still holds.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Literal

import streamlit as st
from sqlalchemy.exc import DBAPIError

from evidence.entries import Entry
from evidence.errors import EvidenceError
from evidence.judgements import MACHINE
from evidence.people.register import Person, PersonRole, read_people, roles_needed
from evidence.people.sessions import Access, Session, access, begin
from evidence.project import Project
from evidence.screening.verdicts import person_key
from evidence.serve_options import serve_options
from evidence.ui.cards import plain
from evidence.ui.projects.welcome import FOLDER
from evidence.ui.session_cookie import SESSIONS, give_ticket, key_in_cookie

_NAME = "reviewer"
_NOTICE = "notice"
_SESSION = "people_session"
_TICKET = "people_ticket"
_PEOPLE_OF = "people_folder"


def sidebar(project: Project) -> None:
    """Who is signed in; where nobody has to, ask for the name under which decisions are written."""
    keep_project(project.path)
    found = standing(project.path)
    with st.sidebar:
        if found.guarded:
            _signed_in(found)
        else:
            _ask_for_a_name()
        st.caption(f"Project: {plain(project.path.name)}")


def _ask_for_a_name() -> None:
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
    st.caption("Nobody is signed in; names are taken on trust.")


def _signed_in(found: Access) -> None:
    if found.person is None:
        st.caption("Nobody is signed in.")
        return
    st.write(f"Signed in as **{plain(found.person.name)}** ({', '.join(found.person.roles)})")
    if serve_options(sys.argv[1:]).user_header is None:
        st.button("Sign out", key="sign_out", on_click=sign_out)


def _keep_name() -> None:
    """Streamlit forgets the input when another page is opened, so its value is kept beside it."""
    name = " ".join(st.session_state["reviewer_input"].split())
    # The log tells people and engines apart by this name.
    if name.casefold() == MACHINE:
        name = ""
        notify("warning", "Please use a person’s name: machine is taken.")
    st.session_state[_NAME] = name


def keep_project(folder: Path) -> None:
    """Note whose people are asked for when a name or a role is."""
    st.session_state[_PEOPLE_OF] = folder


def session() -> Session | None:
    """The session of this browser tab, whether or not it still holds; None once it was ended."""
    key: str | None = st.session_state.get(_SESSION)
    return SESSIONS.get(key) if key is not None else None


def find_session(folder: Path) -> None:
    """Take up the session of this browser, where the page was loaded again."""
    before = session()
    if before is not None and before.folder == folder.resolve():
        return
    key = key_in_cookie(folder.resolve())
    if key is not None:
        st.session_state[_SESSION] = key


def keep_session() -> None:
    """Draw what has the browser keep the session that was just begun."""
    ticket: str | None = st.session_state.get(_TICKET)
    if ticket is not None:
        give_ticket(ticket)


def standing(folder: Path) -> Access:
    """Who is signed in to a project; a list of people that cannot be read lets nobody in."""
    try:
        options, people = serve_options(sys.argv[1:]), read_people(folder)
    except EvidenceError as error:
        return Access(guarded=True, ended=str(error))
    return access(people, session(), folder.resolve(), time.monotonic(), options)


def _standing() -> Access:
    folder: Path | None = st.session_state.get(_PEOPLE_OF)
    return standing(folder) if folder is not None else Access(guarded=False)


def sign_in(person: Person, folder: Path, *, by_proxy: bool = False) -> None:
    """Begin a session; what somebody else left in this tab is gone."""
    before, now = session(), time.monotonic()
    if before is None or person_key(before.name) != person_key(person.name):
        _forget()
    _end_session()
    key = SESSIONS.begin(begin(person, folder.resolve(), now, by_proxy=by_proxy))
    st.session_state[_SESSION] = key
    if not by_proxy:  # which tells who it is each time the page is loaded
        st.session_state[_TICKET] = SESSIONS.ticket(key, now)


def sign_out() -> None:
    """End the session, in all tabs of this browser, and forget what was typed."""
    _forget()
    notify("done", "Signed out")


def _end_session() -> None:
    key: str | None = st.session_state.get(_SESSION)
    if key is not None:
        SESSIONS.end(key)


def _forget() -> None:
    _end_session()
    opened = st.session_state.get(FOLDER)
    st.session_state.clear()
    if opened is not None:
        st.session_state[FOLDER] = opened


def touch(folder: Path) -> None:
    """Note that the person did something; a session that is over stays so."""
    key: str | None = st.session_state.get(_SESSION)
    if key is not None and standing(folder).person is not None:
        SESSIONS.touch(key, time.monotonic())


def may(role: PersonRole) -> bool:
    """Whether whoever is at the browser holds a role; everyone does, where there are no people."""
    return _standing().may(role)


def session_holds(project: Project) -> bool:
    """Whether an act that is not signed may be done now, such as to start a run; else a notice."""
    found = standing(project.path)
    if found.guarded and found.person is None:
        notify("warning", "Nothing was done: please sign in again.")
        return False
    touch(project.path)
    return True


def known_name() -> str:
    """The person's name; empty while it is not known."""
    found = _standing()
    if found.guarded:
        return found.person.name if found.person is not None else ""
    name: str = st.session_state.get(_NAME, "")
    return name


def reviewer_name() -> str:
    """The person's name; empty, with a notice, while it is not known."""
    name = known_name()
    if not name and _standing().guarded:
        notify("warning", "Nothing was written: please sign in again.")
    elif not name:
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
    refusal = _refusal(standing(project.path), entries)
    if refusal:
        notify("warning", plain(refusal))
        return False
    try:
        project.append(*entries, after=after)
    except EvidenceError as error:
        notify("error", f"Not written: {plain(str(error))}")
    except DBAPIError as error:
        notify("error", f"Not written, please try again: {plain(str(error.orig))}")
    else:
        touch(project.path)
        notify("done", done)
        return True
    return False


def _refusal(found: Access, entries: tuple[Entry, ...]) -> str:
    """Why whoever is at the browser may not write these; empty if they may."""
    if not found.guarded:
        return ""
    if found.person is None:
        return "Nothing was written: please sign in again."
    for entry in entries:
        by = entry.provenance
        if by.by_person and person_key(by.actor) != person_key(found.person.name):
            return f"Nothing was written: {found.person.name} is signed in, not {by.actor}."
        needed = roles_needed(entry)
        if needed and not found.may(*needed):
            return f"Nothing was written: this needs the role of {' or '.join(needed)}."
    return ""
