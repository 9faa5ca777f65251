"""The project that the app shows: opened once, read once per state of the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import streamlit as st
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from evidence.errors import ProjectError
from evidence.findings import SummaryOfFindingsRow
from evidence.judgements import Phase
from evidence.project import Project
from evidence.screening.features import ScreeningFeatures
from evidence.screening.kept_features import project_features
from evidence.screening.recall_estimate import RecallEstimate, estimated_recall
from evidence.screening.reviewing import reading_list
from evidence.screening.stopping_acts import advice
from evidence.screening.stopping_advice import StoppingAdvice
from evidence.screening.verdicts import person_key
from evidence.state import ReviewState, read_state
from evidence.summary import rows_of
from evidence.ui.worklist import Worklist, worklist_of


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


def review_state(project: Project) -> ReviewState:
    """The state of the review now; shared by all sessions, so nobody may change it.

    Raises:
        ProjectError: The log cannot be read.
    """
    with _readable(project):
        length, digest = project.head()
        return _state(str(project.path), length, digest, project)


def worklist(project: Project, viewer: str, phase: Phase | None) -> Worklist:
    """What this person may see of the records now (see `worklist_of`).

    Raises:
        ProjectError: The log cannot be read.
    """
    state = review_state(project)
    length, digest = project.head()
    name = person_key(viewer)
    return _worklist(str(project.path), length, digest, name, phase, project, state)


def reading_order(project: Project, viewer: str, phase: Phase) -> list[str]:
    """What is due for this person, the most relevant first; new after every line of the log.

    Raises:
        EvidenceError: The log cannot be read, or the records' features cannot.
    """
    state = review_state(project)
    length, digest = project.head()
    name = person_key(viewer)
    # The log only grows, so their number says which records a project has.
    made = (project.path / "manifest.json").stat().st_mtime_ns
    features = _features(str(project.path), made, len(state.records), project, state)
    return _reading_order(str(project.path), length, digest, name, phase, project, state, features)


def findings(project: Project) -> list[SummaryOfFindingsRow]:
    """The summary of findings now, people's ratings applied; shared, so nobody may change it.

    Raises:
        ProjectError: The log cannot be read.
    """
    state = review_state(project)
    length, digest = project.head()
    return _findings(str(project.path), length, digest, project, state)


def stopping_outlook(project: Project) -> tuple[StoppingAdvice, RecallEstimate | None]:
    """The advice on stopping, and the estimated recall if it can be told.

    Raises:
        ProjectError: The log cannot be read.
    """
    state = review_state(project)
    length, digest = project.head()
    return _stopping_outlook(str(project.path), length, digest, project, state)


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
def _state(path: str, length: int, digest: str, _project: Project) -> ReviewState:
    return read_state(_project)


@st.cache_resource(max_entries=8, show_spinner=False)
def _worklist(
    path: str,
    length: int,
    digest: str,
    viewer: str,
    phase: Phase | None,
    _project: Project,
    _state: ReviewState,
) -> Worklist:
    return worklist_of(_state, _project.manifest, viewer, phase)


@st.cache_resource(
    max_entries=2, show_spinner="Reading the records to order them; once, it may take minutes …"
)
def _features(
    path: str, made_ns: int, n_records: int, _project: Project, _state: ReviewState
) -> ScreeningFeatures:
    return project_features(_project, _state)


@st.cache_resource(max_entries=8, show_spinner="Ordering the records by relevance …")
def _reading_order(
    path: str,
    length: int,
    digest: str,
    viewer: str,
    phase: Phase,
    _project: Project,
    _state: ReviewState,
    _features: ScreeningFeatures,
) -> list[str]:
    return reading_list(_project, _state, viewer, phase, features=_features)


@st.cache_resource(max_entries=4, show_spinner="Pooling …")
def _findings(
    path: str, length: int, digest: str, _project: Project, _state: ReviewState
) -> list[SummaryOfFindingsRow]:
    return rows_of(_state, _project.manifest)


@st.cache_resource(max_entries=4, show_spinner=False)
def _stopping_outlook(
    path: str, length: int, digest: str, _project: Project, _state: ReviewState
) -> tuple[StoppingAdvice, RecallEstimate | None]:
    screening, standing = _project.manifest.settings.screening, _state.stopping
    labels = np.array(standing.labels, dtype=np.int8)
    estimate = estimated_recall(labels, len(standing.unscreened), screening.confidence)
    return advice(standing, screening), estimate
