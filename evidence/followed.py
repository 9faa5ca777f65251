"""A review followed while people work on it: each state is the one before and the new lines."""

from __future__ import annotations

from threading import Lock
from typing import NamedTuple

from evidence.collector import collector_paused
from evidence.database import GENESIS
from evidence.project import Project
from evidence.state import ReviewFold, ReviewState

Head = tuple[int, str]


class Standing(NamedTuple):
    """The state of a review, and the head of the log that it was read at."""

    head: Head
    state: ReviewState


class FollowedReview:
    """The state of a project's log at any time, for as little as its new lines cost.

    Several threads may ask; each is given a state that nobody changes after. Lines may be written
    by other processes.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = Lock()
        self._fold, self._standing = _begun(project)

    def now(self) -> Standing:
        """Where the review stands.

        Raises:
            ProjectError: A line was changed so that it is no entry any more.
        """
        with self._lock:
            project, (length, digest) = self._project, self._standing.head
            if project.head() == self._standing.head:
                return self._standing
            if not project.goes_on_from(length, digest):  # another log was put in its place
                self._fold, self._standing = _begun(project)
                length = 0
            # Read to the end before any is taken in: a damaged line must not leave half of them.
            lines = list(project.lines(after=length))
            if lines:
                with collector_paused():
                    self._fold.take(line.entry for line in lines)
                    state = self._fold.state()
                self._standing = Standing((lines[-1].seq, lines[-1].hash), state)
            return self._standing


def _begun(project: Project) -> tuple[ReviewFold, Standing]:
    manifest = project.manifest
    fold = ReviewFold(manifest.settings.screening, manifest.question)
    return fold, Standing((0, GENESIS), fold.state())
