"""The studies page: what was extracted, each value beside its place in the full text.

A table tells how far each study is; of one study the results are confirmed or rejected one by one,
or changed and added in a grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from evidence.errors import EvidenceError
from evidence.findings import values
from evidence.findings_text import short_name
from evidence.judgements import ValueEvidence
from evidence.project import Project
from evidence.rendering.report_html import plain_number
from evidence.ui.cards import plain, style
from evidence.ui.opened import open_project, review_state
from evidence.ui.scrolling import scroll_here
from evidence.ui.signing import show_notice, sidebar
from evidence.ui.studies.acts import GRID, OPENED, VIEW, acts
from evidence.ui.studies.cards import (
    arms_html,
    characteristics_html,
    direction_html,
    doubts_html,
    results_html,
    studies_style,
)
from evidence.ui.studies.grid import draw_grid
from evidence.ui.studies.matrix import chosen_study, to_the_next
from evidence.ui.studies.reading import reading
from evidence.ui.studies.results import (
    OutcomeResults,
    ResultRow,
    StudyResults,
    field_words,
    reviewed_studies,
)
from evidence.ui.studies.typed import typed_part
from indexers.records import Quote

_ONE_BY_ONE, _ABOUT = "Results one by one", "Characteristics and arms"
_HEAD = "studies-head"


def page(folder: Path) -> None:
    """Draw the page of the project in a folder; a bad folder gives one line."""
    st.html(style())
    st.html(studies_style())
    try:
        project = open_project(folder)
        studies = reviewed_studies(review_state(project), project.manifest.question)
        sidebar(project)
        st.title("Studies", anchor=False)
        if not studies:
            st.info("No study is included yet; results are extracted from included studies.")
            return
        study = chosen_study(studies)
        if study is not None:
            _study(project, study, studies)
        show_notice()  # for what was not shown beside the result
    except EvidenceError as error:
        st.error(plain(str(error)))


def _study(project: Project, study: StudyResults, studies: Sequence[StudyResults]) -> None:
    with st.container(key=_HEAD):
        st.markdown(f"##### {plain(study.study)}: {plain(study.record.title)}")
    scroll_here(_HEAD)
    view: str | None = st.segmented_control(
        "What to see of the study",
        [_ONE_BY_ONE, GRID, _ABOUT],
        default=_ONE_BY_ONE,
        required=True,
        key=VIEW,
        label_visibility="collapsed",
        persist_state="session",
    )
    opened = _opened(study)
    if view == GRID:
        draw_grid(study, opened)
    told, text = st.columns([8, 5], gap="medium")
    shown: list[Quote] = []
    with told:
        if view == GRID:
            show_notice()
            shown = typed_part(project, study)
        elif view == _ABOUT:
            _about(project, study)
        else:
            for outcome in study.outcomes:
                shown += _outcome(project, study, outcome, opened, studies)
        if view != _ONE_BY_ONE or opened is None:
            to_the_next(studies, study)
    with text, st.container(key="studies-reading"):
        reading(project, study.record.record_id, shown or _quotes_of(opened, None))


def _opened(study: StudyResults) -> ResultRow | None:
    """The result that a person opened, else the first that waits, else the first there is."""
    digest = st.session_state.get(OPENED)
    rows = study.rows
    of_person = next((row for row in rows if row.result.content_digest == digest), None)
    return of_person or next((r for r in rows if r.standing == "waits"), next(iter(rows), None))


def _quotes_of(row: ResultRow | None, field: str | None) -> list[Quote]:
    """What a result quotes, the quotes of a field first."""
    items: list[ValueEvidence] = list(row.result.evidence) if row is not None else []
    items.sort(key=lambda item: item.field != field)
    return [quote for item in items for quote in item.quotes]


def _about(project: Project, study: StudyResults) -> None:
    told = study.characteristics
    if told is None or not (told.characteristics or told.arms):
        st.caption("Nothing was extracted about the study itself.")
        return
    st.html(arms_html(told.arms, project.document))
    st.html(characteristics_html(told.characteristics, project.document))


def _outcome(
    project: Project,
    study: StudyResults,
    outcome: OutcomeResults,
    opened: ResultRow | None,
    studies: Sequence[StudyResults],
) -> list[Quote]:
    """An outcome with its results; the quotes to show of the one that is open."""
    st.markdown(f"**{plain(short_name(outcome.outcome))}**")
    told = direction_html(outcome.direction, project.document)
    if told:
        st.html(told)
    if not outcome.rows:
        st.caption("No number was found; look in the full text, and enter it in the grid.")
        return []
    digest = opened.result.content_digest if opened is not None else None
    st.html(results_html(outcome, digest))
    is_here = opened is not None and opened in outcome.rows
    closed = [row for row in outcome.rows if row is not opened]
    if closed:
        with st.container(horizontal=True):
            for row in closed:
                st.button(
                    f"Open result {row.number}",
                    key=f"studies-open-{row.result.content_digest[:16]}",
                    on_click=_open,
                    args=(row.result.content_digest,),
                )
    if not is_here or opened is None:
        return []
    shown = _panel(project, outcome, opened, study.next_waiting(opened))
    to_the_next(studies, study)
    return shown


def _open(digest: str) -> None:
    st.session_state[OPENED] = digest


def _panel(
    project: Project, outcome: OutcomeResults, row: ResultRow, following: ResultRow | None
) -> list[Quote]:
    """The opened result: its doubts, where each number stands, and what a person says of it."""
    with st.container(border=True):
        st.markdown(f"Result {row.number}")
        st.html(doubts_html(row))
        by_field = {item.field: item for item in row.result.evidence}
        field: str | None = st.pills(
            "Where each number stands",
            list(by_field),
            default=next(iter(by_field)),
            required=True,
            format_func=lambda name: _number_words(row, name),
            key=f"studies-place-{row.result.content_digest[:16]}",
        )
        if field is not None and by_field[field].derivation:
            st.caption(f"Computed: {plain(by_field[field].derivation or '')}")
        show_notice()
        acts(project, outcome, row, following)
    return _quotes_of(row, field)


def _number_words(row: ResultRow, field: str) -> str:
    number = values(row.result.data).get(field)
    return plain(field_words(field) + ("" if number is None else f": {plain_number(number)}"))
