"""The strategy as it is edited in a session: kept beside the widgets, which Streamlit forgets."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from evidence.errors import EvidenceError
from evidence.project import Project
from evidence.query_debugger.suggestion import Suggestion
from evidence.query_debugger.written import Syntax
from evidence.searching.past import PastSearch
from evidence.searching.strategy_text import (
    EditedLine,
    drafted_lines,
    first_lines,
    lines_of,
    with_term,
)
from evidence.ui.cards import plain
from evidence.ui.signing import notify

PASTED, SYNTAX = "search_pasted", "search_syntax_chosen"
_EDITED, _VERSION, _OF, _SYNTAX = (
    "search_lines",
    "search_lines_version",
    "search_lines_of",
    "search_syntax",
)


def begin(project: Project, searches: Sequence[PastSearch]) -> None:
    """Start with the last strategy that was run, else the question's own; once a project.

    Raises:
        EvidenceError: The strategy of the question cannot be read.
    """
    if st.session_state.get(_OF) == str(project.path):
        return
    last = next((search for search in reversed(searches) if search.is_strategy), None)
    if last is not None:
        st.session_state[_SYNTAX] = last.syntax
        replace(lines_of(last.query, last.syntax))
    else:
        st.session_state[_SYNTAX] = "pubmed"
        replace(first_lines(project.manifest.question))
    st.session_state[_OF] = str(project.path)


def edited_lines() -> tuple[EditedLine, ...]:
    """The lines as they are now; one empty line before anything is written."""
    lines: tuple[EditedLine, ...] = st.session_state.get(_EDITED, ())
    return lines or (EditedLine(number=1, text=""),)


def syntax_now() -> Syntax:
    """The syntax in which the lines are read."""
    syntax: Syntax = st.session_state.get(_SYNTAX, "pubmed")
    return syntax


def line_key(number: int) -> str:
    """The widget of a line; lines that were replaced as a whole are other widgets."""
    return f"search-line-{st.session_state.get(_VERSION, 0)}-{number}"


def replace(lines: Sequence[EditedLine]) -> None:
    """Put other lines in the place of all."""
    st.session_state[_EDITED] = tuple(lines)
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1


def keep_line(number: int) -> None:
    """Take over what was typed into a line."""
    typed = st.session_state[line_key(number)] or ""
    st.session_state[_EDITED] = tuple(
        EditedLine(number=number, text=typed) if line.number == number else line
        for line in edited_lines()
    )


def add_line() -> None:
    """One more line at the end; numbers of others stay, so that references hold."""
    lines = edited_lines()
    st.session_state[_EDITED] = (*lines, EditedLine(number=lines[-1].number + 1, text=""))


def drop_line(number: int) -> None:
    """Take a line out; the others keep their numbers."""
    replace([line for line in edited_lines() if line.number != number])


def keep_syntax() -> None:
    """Read the lines in the other syntax."""
    st.session_state[_SYNTAX] = st.session_state[SYNTAX]


def take_pasted() -> None:
    """Put a pasted strategy in the place of the lines."""
    text = st.session_state[PASTED] or ""
    if not text.strip():
        notify("warning", "Please paste a strategy first.")
        return
    try:
        replace(lines_of(text, syntax_now()))
    except EvidenceError as error:
        notify("error", plain(str(error)))


def take_draft(project: Project) -> None:
    """Put a draft from the question's words in the place of the lines."""
    try:
        with st.spinner("Drafting from the question …"):
            lines = drafted_lines(project.manifest.question)
    except EvidenceError as error:
        notify("error", plain(str(error)))
        return
    st.session_state[_SYNTAX] = "pubmed"
    replace(lines)


def take_term(suggestion: Suggestion) -> None:
    """Join a suggested term to its part with OR."""
    changed = with_term(edited_lines(), suggestion)
    if changed is not None:
        replace(changed)
