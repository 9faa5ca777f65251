"""Files of full texts by drag and drop: each is matched to a record, and a person attaches it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import streamlit as st

from evidence.errors import EvidenceError, ProjectError
from evidence.project import Project
from evidence.reports.attach import ready_report
from evidence.reports.reading import LARGEST_FILE_BYTES, ReadReport
from evidence.reports.requests import SOUGHT, RequestList
from evidence.reports.uploads import Upload, matched_upload, read_upload
from evidence.state import ReviewState
from evidence.ui.cards import plain
from evidence.ui.opened import review_state
from evidence.ui.signing import notify, reviewer_name, write
from evidence.ui.studies.full_text_cards import record_name
from indexers.records import Record

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_ENDINGS = ["pdf", "xml", "nxml", "gz", "html", "htm", "txt"]
_LONGEST = 110


def files_section(project: Project, state: ReviewState, found: RequestList) -> None:
    """Drop files, see whose report each one is, attach it."""
    dropped = st.file_uploader(
        "Add full texts: PDF, JATS XML, HTML or text",
        type=_ENDINGS,
        accept_multiple_files=True,
        max_upload_size=LARGEST_FILE_BYTES // 2**20,
        key="full-texts-uploads",
        help="The record is found by the file’s name, its identifiers or its title; you can "
        "choose another. Nothing is written before you say so.",
    )
    for at, file in enumerate(dropped or ()):
        with st.container(border=True):
            st.markdown(f"**{plain(file.name)}**")
            try:
                _file(project, state, found, file, at)
            except EvidenceError as error:
                st.error(plain(str(error)))


def _file(
    project: Project, state: ReviewState, found: RequestList, file: UploadedFile, at: int
) -> None:
    content = file.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    read = _read(file.name, digest, content)
    upload = _matched(str(project.path), project.head(), file.name, digest, state, read)
    key = f"{at}-{digest[:12]}"
    st.caption(plain(_match_words(upload)))
    records = _sought(state, found)
    ids = list(records)
    record_id = st.selectbox(
        "It is the report of",
        ids,
        index=ids.index(upload.record_id) if upload.record_id in records else None,
        format_func=lambda chosen: _record_words(records[chosen]),
        placeholder="Choose a record",
        key=f"full-texts-record-{key}",
    )
    if record_id is None:
        return
    sure, told = False, ""
    try:
        made = ready_report(state, record_id, upload.name, upload.read, "", sure=False)
    except ProjectError as error:
        told = str(error).removesuffix("; --yes overrules")
        st.warning(plain(told))
        sure = st.checkbox("It is this report all the same", key=f"full-texts-sure-{key}")
    else:
        if made.line is None:
            st.success("This is the record’s text in the project.")
            return
    before = state.reports.get(record_id)
    replaces = before is not None and before.document_digest is not None
    st.button(
        "Replace its text" if replaces else "Attach",
        type="primary",
        key=f"full-texts-attach-{key}",
        disabled=bool(told) and not sure,
        on_click=_attach,
        args=(project, record_id, upload, sure),
    )


def _match_words(upload: Upload) -> str:
    match = upload.match
    if match is None:
        told = upload.told
        return f"{told[:1].upper()}{told[1:]}."
    if match.sure:
        return f"Found by its {match.by}."
    if match.by != "title":
        return f"Found by its {match.by} alone, its title is not at the beginning: please check."
    return f"The title of a record stands in it ({match.likeness:g} % alike): please check."


def _sought(state: ReviewState, found: RequestList) -> dict[str, Record]:
    """The records whose report is sought: first those that lack it."""
    lacking = {request.record.record_id: request.record for request in found.requests}
    others = {r: state.records[r].record for r in state.with_fate(*SOUGHT) if r not in lacking}
    return lacking | others


def _record_words(record: Record) -> str:
    name = record_name(record)
    return f"{name if len(name) <= _LONGEST else f'{name[:_LONGEST]}…'} ({record.record_id})"


def _attach(project: Project, record_id: str, upload: Upload, sure: bool) -> None:
    """Write the text and the line of the log; on a click."""
    name = reviewer_name()
    if not name:
        return
    state = review_state(project)
    try:
        made = ready_report(state, record_id, upload.name, upload.read, name, sure)
        if made.line is None:
            notify("warning", "The record has this very text already.")
            return
        project.append(documents=[made.document])
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    name = record_name(state.records[record_id].record)
    told = "; ".join((f"Attached to {name}", *made.told.notices))
    write(project, made.line, done=f"{plain(told)}. {_then(project)}")


def _then(project: Project) -> str:
    if project.manifest.settings.screening.decided_by == "people":
        return "It waits on the page Screening, under Full texts."
    return "Run the engine on the page Overview to have it screened."


@st.cache_resource(max_entries=8, show_spinner="Reading the file …")
def _read(name: str, digest: str, _content: bytes) -> ReadReport:
    return read_upload(name, _content)


# The log only grows, so its end names what is known of the records.
@st.cache_resource(max_entries=8, show_spinner=False)
def _matched(
    path: str,
    head: tuple[int, str],
    name: str,
    digest: str,
    _state: ReviewState,
    _read: ReadReport,
) -> Upload:
    return matched_upload(_state, name, _read)
