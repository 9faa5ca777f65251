"""The studies page: what was extracted, each value beside its place in the full text.

A person confirms a result, changes its numbers with the words that hold them, or rejects it.
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
from evidence.ui.reading import found_words, reading_html
from evidence.ui.signing import show_notice, sidebar
from evidence.ui.studies_cards import (
    arms_html,
    characteristics_html,
    direction_html,
    doubts_html,
    results_html,
    studies_style,
)
from evidence.ui.study_acts import OPENED, acts
from evidence.ui.study_results import (
    OutcomeResults,
    ResultRow,
    StudyResults,
    field_words,
    reviewed_studies,
)
from indexers.records import text_digest

_STUDY, _WIDER = "studies_study", "studies_wider"
_LIST_HEIGHT = 190
_LISTED = 6


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
        waiting = sum(study.waiting for study in studies)
        n = sum(row.standing != "rejected" for study in studies for row in study.rows)
        st.caption(f"{len(studies):,} included studies · {n:,} results · {waiting:,} wait for you")
        _study(project, _chosen(studies))
        show_notice()  # for what was not shown beside the result
    except EvidenceError as error:
        st.error(plain(str(error)))


def _chosen(studies: Sequence[StudyResults]) -> StudyResults:
    """The list of studies; the one that a person chose stays chosen when the order changes."""
    by_id = {study.record.record_id: study for study in studies}
    ids = list(by_id)
    chosen = st.session_state.get(_STUDY)
    # A radio remembers the place, not the study, so that another order is another radio.
    key = f"studies-list-{text_digest(chr(0).join(ids))[:12]}"

    def remember() -> None:
        st.session_state[_STUDY] = st.session_state[key]
        st.session_state.pop(OPENED, None)

    with st.container(height=_LIST_HEIGHT if len(ids) > _LISTED else "content", border=False):
        picked: str = st.radio(
            "Included studies",
            ids,
            index=ids.index(chosen) if chosen in by_id else 0,
            format_func=lambda i: f"{plain(by_id[i].study)} · {by_id[i].counts}",
            key=key,
            on_change=remember,
        )
    st.session_state[_STUDY] = picked
    return by_id[picked]


def _study(project: Project, study: StudyResults) -> None:
    st.markdown(f"##### {plain(study.record.title)}")
    opened = _opened(study)
    told, text = st.columns([8, 5], gap="medium")
    with told:
        results, about = st.tabs(["Results", "Characteristics and arms"])
        place = None
        with results:
            for outcome in study.outcomes:
                place = _outcome(project, outcome, opened) or place
        with about:
            _about(project, study)
    with text, st.container(key="studies-reading"):
        _reading(project, study, opened, place)


def _opened(study: StudyResults) -> ResultRow | None:
    """The result that a person opened, else the first that waits, else the first there is."""
    digest = st.session_state.get(OPENED)
    rows = study.rows
    of_person = next((row for row in rows if row.result.content_digest == digest), None)
    return of_person or next((r for r in rows if r.standing == "waits"), next(iter(rows), None))


def _about(project: Project, study: StudyResults) -> None:
    told = study.characteristics
    if told is None or not (told.characteristics or told.arms):
        st.caption("Nothing was extracted about the study itself.")
        return
    st.html(arms_html(told.arms, project.document))
    st.html(characteristics_html(told.characteristics, project.document))


def _outcome(project: Project, outcome: OutcomeResults, opened: ResultRow | None) -> str | None:
    """An outcome with its results; the field whose place is shown, when one of them is open."""
    st.markdown(f"**{plain(short_name(outcome.outcome))}**")
    told = direction_html(outcome.direction, project.document)
    if told:
        st.html(told)
    if not outcome.rows:
        st.caption("No number was found; look in the full text.")
        return None
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
    return _panel(project, outcome, opened) if is_here and opened is not None else None


def _open(digest: str) -> None:
    st.session_state[OPENED] = digest


def _panel(project: Project, outcome: OutcomeResults, row: ResultRow) -> str | None:
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
        acts(project, outcome, row)
    return field


def _number_words(row: ResultRow, field: str) -> str:
    number = values(row.result.data).get(field)
    return plain(field_words(field) + ("" if number is None else f": {plain_number(number)}"))


def _reading(
    project: Project, study: StudyResults, row: ResultRow | None, field: str | None
) -> None:
    """The place of the chosen number in the full text, or of words that a person looks for."""
    st.markdown("**In the report**")
    items: list[ValueEvidence] = list(row.result.evidence) if row is not None else []
    items.sort(key=lambda item: item.field != field)
    quotes = list(dict.fromkeys(quote for item in items for quote in item.quotes))
    now = review_state(project).text_digest(study.record.record_id)
    words = st.text_input("Find in the report", key=f"studies-find-{study.record.record_id}")
    text = project.document(now)
    found = found_words(words, text) if text is not None else None
    if found is not None:
        quotes = [found]
    elif words.strip():
        st.caption("These words are not in the report.")
    digest = quotes[0].document_digest if quotes else now
    wider = st.toggle("Show more of the text", key=_WIDER)
    shown = [quote for quote in quotes if quote.document_digest == digest]
    st.html(reading_html(project.document(digest), shown, wider=wider))
