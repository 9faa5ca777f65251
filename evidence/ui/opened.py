"""The project that the app shows: opened once, its worklist read once per state of the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from evidence.errors import ProjectError
from evidence.project import Project
from evidence.state import ReviewState, read_state
from evidence.ui.worklist import Worklist, read_worklist


def open_project(folder: Path) -> Project:
    """The project in a folder; opened again when the folder holds another one.

    Raises:
        ProjectError: The folder is no project, or it is damaged.
    """
    manifest = folder / "manifest.json"
    try:
        mark = manifest.stat()
    except (OSError, ValueError):
        return Project.open(folder)  # says what is missing
    return _opened(str(folder), mark.st_ino, mark.st_mtime_ns)


# Streamlit's cache goes by every argument but those whose name starts with an underscore.
@st.cache_resource(max_entries=4, show_spinner=False)
def _opened(folder: str, inode: int, changed_ns: int) -> Project:
    return Project.open(Path(folder))


def worklist(project: Project) -> Worklist:
    """What the log says now.

    Raises:
        ProjectError: The log cannot be read.
    """
    with _readable(project):
        length, digest = project.head()
        return _worklist(str(project.path), length, digest, project)


def review_state(project: Project) -> ReviewState:
    """The state of the review now; shared by all sessions, so nobody may change it.

    Raises:
        ProjectError: The log cannot be read.
    """
    with _readable(project):
        length, digest = project.head()
        return _state(str(project.path), length, digest, project)


@contextmanager
def _readable(project: Project) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise ProjectError(
            f"{project.path}: the log cannot be read ({reason}); run `evidence verify`"
        ) from error


@st.cache_resource(max_entries=4, show_spinner="Reading the log …")
def _worklist(path: str, length: int, digest: str, _project: Project) -> Worklist:
    return read_worklist(_project)


@st.cache_resource(max_entries=4, show_spinner="Reading the log …")
def _state(path: str, length: int, digest: str, _project: Project) -> ReviewState:
    return read_state(_project)
