"""The overview page: where the review stands, what comes next, a button that runs the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from evidence.config import OfflineEngine, Settings
from evidence.contributors import COUNTED, Contributor, contributors
from evidence.database import GENESIS
from evidence.errors import EvidenceError, ProjectError
from evidence.findings import SummaryOfFindingsRow
from evidence.overview import Drafted, NextStep, Overview, overview
from evidence.page_names import PageName
from evidence.project import Manifest, Project
from evidence.running_review import ReviewRun, last_run, runs_elsewhere, start_run
from evidence.state import ReviewState
from evidence.summary import rows_of
from evidence.to_decide import ToDecide, to_decide
from evidence.to_look_at import Note
from evidence.ui.cards import plain, style
from evidence.ui.opened import open_project, review_state
from evidence.ui.projects.choices import choices
from evidence.ui.projects.overview_cards import (
    columns_html,
    flow_html,
    next_step_html,
    outcome_html,
    overview_style,
    progress_html,
    title_html,
)
from evidence.ui.projects.welcome import close, may_leave
from evidence.ui.signing import notify, session_holds, show_notice, sidebar
from evidence.ui.studies.results import reviewed_studies
from indexers.milvus.address import is_milvus

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

_SECONDS = 1.0
_GO: dict[PageName, str] = {
    "duplicates": "Open the duplicates",
    "screening": "Open the screening",
    "full-texts": "Open the full texts",
    "conflicts": "Open the conflicts",
    "studies": "Open the studies",
    "risk-of-bias": "Open the risk of bias",
    "recommendation": "Open the recommendation",
}


def page(folder: Path, pages: Mapping[str, Page] | None = None) -> None:
    """Draw the page of the project in a folder; a bad folder gives one line.

    Args:
        folder: The project's.
        pages: The app's pages by their `url_path`; what is not there gets no link.
    """
    st.html(style())
    st.html(overview_style())
    try:
        project = open_project(folder)
        state = review_state(project)
        sidebar(project)
        _other_projects(folder)
        st.html(title_html(project.manifest.question.text))
        show_notice()
        now, open_now = _overview(project, state)
        _next(project, now, pages or {})
        choices(open_now, pages or {})
        if state.searches:
            st.html(flow_html(now.counts))
        notes = (*now.notes, *_missing_store(project))
        st.html(columns_html(now.stages, _contributors(project), notes))
    except EvidenceError as error:
        st.error(plain(str(error)))


def _other_projects(folder: Path) -> None:
    """The way to the list and to a new project, where this session may go there."""
    if may_leave():
        st.sidebar.button("Other projects", key="other-projects", on_click=close, args=(folder,))


def _overview(project: Project, state: ReviewState) -> tuple[Overview, tuple[ToDecide, ...]]:
    length, digest = project.head()
    return _overview_at(str(project.path), length, digest, project, state)


@st.cache_resource(max_entries=4, show_spinner="Reading the log …")
def _overview_at(
    path: str, length: int, digest: str, _project: Project, _state: ReviewState
) -> tuple[Overview, tuple[ToDecide, ...]]:
    manifest = _project.manifest
    rows = rows_of(_state, manifest)
    results = [row for s in reviewed_studies(_state, manifest.question) for row in s.rows]
    drafted = Drafted(
        results_waiting=sum(row.standing == "waits" for row in results),
        outcomes_with_effect=sum(row.effect is not None for row in rows),
        inputs_digest=_inputs_digest(_state, manifest, rows),
        results_unseen=sum(row.standing == "taken" and row.origin == "engine" for row in results),
        to_search=_to_search(_state, manifest),
    )
    screening = manifest.settings.screening
    return (
        overview(_state, screening, drafted),
        to_decide(_state, manifest.question, screening, drafted),
    )


def _to_search(state: ReviewState, manifest: Manifest) -> str:
    """What the first search will bring in, in words; empty once it was run."""
    from evidence.searching.strategy_reach import reach

    found = None if state.searches else reach(manifest)
    return found.told if found is not None else ""


@dataclass
class _Tally:
    """Who did what up to a line of the log; the lines before it are not read again."""

    told: tuple[int, str, tuple[Contributor, ...]] = (0, GENESIS, ())


@st.cache_resource(max_entries=4, show_spinner=False)
def _tally(path: str) -> _Tally:
    return _Tally()


def _contributors(project: Project) -> tuple[Contributor, ...]:
    tally = _tally(str(project.path))
    length, digest, people = tally.told
    if not project.goes_on_from(length, digest):
        length, digest, people = 0, GENESIS, ()
    fresh = list(project.lines(*COUNTED, after=length))
    if fresh:
        people = contributors((line.entry for line in fresh), people)
        length, digest = fresh[-1].seq, fresh[-1].hash
    tally.told = (length, digest, people)  # at once, for other sessions read it, too
    return people


def _inputs_digest(
    state: ReviewState, manifest: Manifest, rows: list[SummaryOfFindingsRow]
) -> str | None:
    """What a recommendation would be written from now; None where a guideline cannot be read."""
    from evidence.decision.inputs import decision_inputs

    if state.recommendation is None:
        return None
    try:
        return decision_inputs(state, manifest, rows).digest
    except EvidenceError:
        return None


def _missing_store(project: Project) -> tuple[Note, ...]:
    store = project.manifest.store
    if is_milvus(store) or (store / "manifest.json").is_file():
        return ()
    return (Note(f"The store is not at {store}: nothing can be searched or retrieved.", None),)


def _next(project: Project, now: Overview, pages: Mapping[str, Page]) -> None:
    """The next step with its button; while a run is at work, how far it is."""
    run = last_run(project)
    with st.container(border=True, key="next-step"):
        if run is not None and run.running:
            _at_work(project)
            return
        if runs_elsewhere(project):
            st.info(
                "A run that was started elsewhere is at work on this project. "
                "Load this page again to see what it has done."
            )
            return
        outcome = run.outcome() if run is not None else None
        if outcome is not None:
            show = {"done": st.success, "stopped": st.warning, "failed": st.error}[outcome.kind]
            show(plain(outcome.line))
        step = now.next_step
        to_do = step.by_engine or step.page is not None
        st.html(next_step_html(step.sentence, "Next" if to_do else "Where the review stands"))
        _buttons(project, step, pages)
        if outcome is not None and outcome.stages:
            with st.expander("What the run did"):
                st.html(outcome_html(outcome))


def _buttons(project: Project, step: NextStep, pages: Mapping[str, Page]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        target = pages.get(step.page) if step.page is not None else None
        if target is not None and step.page is not None:
            go_on = st.button(_GO[step.page], type="primary", key="go-on")
            if go_on:
                st.switch_page(target)
        st.button(
            "Run the engine",
            type="primary" if step.by_engine else "secondary",
            key="run-engine",
            help="Does all that an engine can do now and repeats nothing. You can go on working.",
            on_click=_start,
            args=(project,),
        )
        st.caption(plain(_engine_words(project.manifest.settings)))


def _engine_words(settings: Settings) -> str:
    if isinstance(settings.engine, OfflineEngine):
        return "The engine is offline: nothing leaves this computer."
    return f"The engine asks the language model {settings.engine.model}."


def _start(project: Project) -> None:
    if not session_holds(project):
        return
    try:
        start_run(project)
    except ProjectError as error:
        notify("warning", plain(str(error)))


@st.fragment(run_every=_SECONDS)
def _at_work(project: Project) -> None:
    """Drawn again by itself; the page is when the run has ended."""
    run = last_run(project)
    if run is None or not run.running:
        st.rerun()
    st.html(next_step_html("The engine is at work. You can go on meanwhile.", "Now"))
    for line in run.told():
        st.caption(plain(line))
    st.html(progress_html(run.progress()))
    st.button(
        "Stop",
        key="stop-run",
        help="What was judged so far is kept; a later run goes on behind it.",
        on_click=_stop,
        args=(project, run),
    )


def _stop(project: Project, run: ReviewRun) -> None:
    if session_holds(project):
        run.stop()
