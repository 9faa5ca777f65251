"""What is still open in a review when somebody signs its recommendation."""

from __future__ import annotations

import streamlit as st

from evidence.findings import EvidenceToDecision, SummaryOfFindingsRow
from evidence.number_words import counted
from evidence.overview import Drafted
from evidence.project import Project
from evidence.state import ReviewState
from evidence.to_decide import to_decide
from evidence.ui.opened import findings, review_state
from evidence.ui.studies.results import reviewed_studies


def open_points(project: Project) -> tuple[str, ...]:
    """A line for each thing that a person can still decide, that which weighs most first.

    Raises:
        ProjectError: The log cannot be read.
    """
    length, digest = project.head()
    state, rows = review_state(project), findings(project)
    return _open_points(str(project.path), length, digest, project, state, rows)


# Streamlit's cache goes by every argument but those whose name starts with an underscore.
@st.cache_resource(max_entries=4, show_spinner=False)
def _open_points(
    path: str,
    length: int,
    digest: str,
    _project: Project,
    _state: ReviewState,
    _rows: list[SummaryOfFindingsRow],
) -> tuple[str, ...]:
    manifest = _project.manifest
    results = [r for s in reviewed_studies(_state, manifest.question) for r in s.rows]
    drafted = Drafted(
        results_waiting=sum(row.standing == "waits" for row in results),
        outcomes_with_effect=sum(row.effect is not None for row in _rows),
        inputs_digest=None,
        results_unseen=sum(row.standing == "taken" and row.origin == "engine" for row in results),
    )
    tasks = to_decide(_state, manifest.question, manifest.settings.screening, drafted)
    last = _state.recommendation
    decision = last.recommendation.decision if last is not None else None
    return (
        *(task.task for task in tasks if task.page != "recommendation"),
        *_unanswered(decision),
    )


def _unanswered(decision: EvidenceToDecision | None) -> tuple[str, ...]:
    """The criteria of the decision document without an answer, counted."""
    left = sum(c.judgement is None for c in decision.criteria) if decision is not None else 0
    if not left:
        return ()
    told = counted(left, "criterion", plural="criteria")
    return (f"Judge {told} of the decision document that nobody judged",)
