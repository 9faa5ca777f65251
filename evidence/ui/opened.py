"""The project that the app shows: opened once, and followed while people write to its log."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import numpy as np
import streamlit as st
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from evidence.collector import left_alone
from evidence.errors import ProjectError
from evidence.findings import SummaryOfFindingsRow
from evidence.followed import FollowedReview, Standing
from evidence.judgements import Phase
from evidence.project import Project
from evidence.screening.kept_features import project_features
from evidence.screening.kept_orders import KeptOrders
from evidence.screening.order_ahead import LearnedOrder, OrdersAhead
from evidence.screening.recall_estimate import RecallEstimate, estimated_recall
from evidence.screening.stopping_acts import advice
from evidence.screening.stopping_advice import StoppingAdvice
from evidence.screening.verdicts import person_key
from evidence.state import ReviewState
from evidence.summary import rows_of
from evidence.ui.screening.worklist import KeptWorklist, Worklist
from evidence.ui.taking_turns import import_alone

_FIRST_ORDER_SECONDS = 1.5
"""How long the first page of a large project waits for the order in which it is read."""
_LISTS_AT_MOST = 8


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


class _OpenReview:
    """What is kept of an open project; all sessions share it."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._followed = FollowedReview(project)
        self._lists: OrderedDict[tuple[str, Phase | None], KeptWorklist] = OrderedDict()
        self._lock = Lock()
        self.orders = OrdersAhead(
            self.now,
            lambda state: project_features(project, state),
            kept=KeptOrders(project),
            prepare=import_alone,
        )

    def now(self) -> Standing:
        with _readable(self._project):
            return self._followed.now()

    def worklist(self, viewer: str, phase: Phase | None) -> Worklist:
        key = (viewer, phase)
        with self._lock:
            kept = self._lists.pop(key, None) or KeptWorklist(self._project.manifest, *key)
            self._lists[key] = kept
            while len(self._lists) > _LISTS_AT_MOST:
                self._lists.popitem(last=False)
        return kept.at(self.now().state)


@st.cache_resource(max_entries=4, show_spinner="Reading the log …", hash_funcs={Project: id})
def _open(project: Project) -> _OpenReview:
    review = _OpenReview(project)
    review.now()
    left_alone()
    return review


def review_state(project: Project) -> ReviewState:
    """The state of the review now; shared by all sessions, so nobody may change it.

    Raises:
        ProjectError: The log cannot be read.
    """
    return _open(project).now().state


def worklist(project: Project, viewer: str, phase: Phase | None) -> Worklist:
    """What this person may see of the records now (see `KeptWorklist`).

    Raises:
        ProjectError: The log cannot be read.
    """
    return _open(project).worklist(person_key(viewer), phase)


def learned_order(project: Project, viewer: str) -> LearnedOrder | None:
    """All records in the order in which this person reads; None while there is none yet.

    Reports are read in the order of their titles and abstracts. In large projects it may lack what
    the last few decisions teach (`order_told` tells how many).

    Raises:
        EvidenceError: The log cannot be read, or the records' features cannot.
    """
    with st.spinner("Ordering the records by relevance …"):
        return orders_of(project).order(viewer, _FIRST_ORDER_SECONDS)


def orders_of(project: Project) -> OrdersAhead:
    """The reading orders of an open project; shared by all sessions.

    Raises:
        ProjectError: The log cannot be read.
    """
    return _open(project).orders


def order_told(project: Project, viewer: str) -> str:
    """What the person's reading order lacks, in words; empty when it lacks nothing.

    Raises:
        ProjectError: The log cannot be read.
    """
    return orders_of(project).told(viewer)


def findings(project: Project) -> list[SummaryOfFindingsRow]:
    """The summary of findings now, people's ratings applied; shared, so nobody may change it.

    Raises:
        ProjectError: The log cannot be read.
    """
    (length, digest), state = _open(project).now()
    return _findings(str(project.path), length, digest, project, state)


def stopping_outlook(project: Project) -> tuple[StoppingAdvice, RecallEstimate | None]:
    """The advice on stopping, and the estimated recall if it can be told.

    Raises:
        ProjectError: The log cannot be read.
    """
    (length, digest), state = _open(project).now()
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
