"""The page of full texts: files come in, and what is still missing is listed with where to look."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from evidence.errors import EvidenceError
from evidence.project import Project
from evidence.reports.attach import missing_line
from evidence.reports.request_files import RequestFormat, written
from evidence.reports.requests import ReportRequest, RequestList, requests_of
from evidence.state import ReviewState
from evidence.ui.cards import plain, style
from evidence.ui.opened import open_project, review_state
from evidence.ui.signing import notify, reviewer_name, show_notice, sidebar, write
from evidence.ui.studies.cards import studies_style
from evidence.ui.studies.full_text_cards import (
    given_up_html,
    had_html,
    record_name,
    request_html,
    standing_html,
)
from evidence.ui.studies.full_text_files import files_section

_A_PAGE = 20
_PAGE = "full-texts-page"
_LISTS: dict[RequestFormat, tuple[str, str]] = {
    "csv": ("List as CSV", "text/csv"),
    "ris": ("List as RIS, for document delivery", "application/x-research-info-systems"),
}


def page(folder: Path) -> None:
    """Draw the page of the project in a folder; a bad folder gives one line."""
    st.html(style())
    st.html(studies_style())
    try:
        project = open_project(folder)
        state = review_state(project)
        sidebar(project)
        st.title("Full texts", anchor=False)
        show_notice()
        found = requests_of(state)
        st.html(standing_html(found))
        if not found.sought:
            st.info(
                "No full text is sought yet: first a record goes on from its title and abstract."
            )
            return
        files_section(project, state, found)
        _missing(project, found)
        _given_up(found)
        _had(state)
    except EvidenceError as error:
        st.error(plain(str(error)))


def _missing(project: Project, found: RequestList) -> None:
    """What is sought and not had, each with where to look and a way to give it up."""
    n = len(found.requests)
    st.subheader(f"Still missing ({n:,})", anchor=False)
    if not n:
        st.caption("Every full text that is sought is here, or was given up with a reason.")
        return
    with st.container(horizontal=True):
        for form, (label, mime) in _LISTS.items():
            st.download_button(
                label,
                data=written(found, form),
                file_name=f"{project.path.name}-full-texts.{form}",
                mime=mime,
                key=f"full-texts-list-{form}",
                on_click="ignore",
            )
    n_pages = -(-n // _A_PAGE)
    at = min(st.session_state.get(_PAGE, 1), n_pages)
    for request in found.requests[(at - 1) * _A_PAGE : at * _A_PAGE]:
        with st.container(border=True):
            st.html(request_html(request))
            _give_up(project, request)
    if n_pages > 1:
        st.pagination(n_pages, key=_PAGE)


def _give_up(project: Project, request: ReportRequest) -> None:
    record_id = request.record.record_id
    with (
        st.popover("It cannot be had …", key=f"full-texts-give-up-{record_id}"),
        st.form(f"full-texts-form-{record_id}", border=False),
    ):
        st.text_input(
            "Why",
            key=_why_key(record_id),
            max_chars=500,
            help="It counts as not retrieved in the flow of records, with your name.",
        )
        st.form_submit_button(
            "Say that it cannot be had",
            key=f"full-texts-missing-{record_id}",
            on_click=_mark,
            args=(project, request),
        )


def _why_key(record_id: str) -> str:
    return f"full-texts-why-{record_id}"


def _mark(project: Project, request: ReportRequest) -> None:
    name = reviewer_name()
    if not name:
        return
    record = request.record
    why = st.session_state.get(_why_key(record.record_id), "")
    try:
        line = missing_line(review_state(project), record.record_id, why, name)
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    write(project, line, done=f"Not retrieved: {plain(record_name(record))}")


def _given_up(found: RequestList) -> None:
    if found.missing:
        with st.expander(f"Could not be had ({len(found.missing):,})"):
            st.html(given_up_html(found.missing))


def _had(state: ReviewState) -> None:
    """The full texts that are in the project, folded: they are read where they are screened."""
    had = [
        (found.record, said)
        for record_id, found in state.records.items()
        if (said := state.reports.get(record_id)) is not None and said.document_digest is not None
    ]
    if had:
        with st.expander(f"In the project ({len(had):,})"):
            st.html(had_html(had))
