"""Files of records by drag and drop: a preview first, then one line of the log for each file."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st

from evidence.errors import EvidenceError
from evidence.project import Project
from evidence.searching.adding import FILE, FoundRecords, Plan, open_store, plan
from evidence.searching.given_files import GivenFile, read_given
from evidence.state import ReviewState
from evidence.ui.cards import plain
from evidence.ui.search.acts import bring_in
from evidence.ui.search.cards import preview_html
from indexers.records import Record, text_digest

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from indexers.record_store import RecordStore

_LARGEST_MEGABYTES = 200
_ENDINGS = ["ris", "nbib", "csv", "tsv", "xml", "bib", "jsonl", "txt", "gz"]
_LONGEST_SOURCE, _LONGEST_STRATEGY = 120, 50_000


def today() -> date:
    """The date in UTC, in which the log writes its times."""
    return datetime.now(UTC).date()


def files_section(project: Project, state: ReviewState) -> None:
    """Drop files, see what is in them, add them."""
    dropped = st.file_uploader(
        "Exports of databases and reference managers",
        type=_ENDINGS,
        accept_multiple_files=True,
        max_upload_size=_LARGEST_MEGABYTES,
        key="search_files",
        help="RIS, NBIB or PubMed format, CSV with the columns record_id, title and abstract, "
        "EndNote XML, PubMed XML, BibTeX. Nothing is added before you say so.",
    )
    for at, file in enumerate(dropped or ()):
        with st.container(border=True):
            st.markdown(f"**{plain(file.name)}**")
            try:
                _file(project, state, file, at)
            except EvidenceError as error:
                st.error(plain(str(error)))


def _file(project: Project, state: ReviewState, file: UploadedFile, at: int) -> None:
    content = file.getvalue()
    given = read_file(file.name, content)
    found = FoundRecords(source=".", query="", how=FILE, records=given.records)
    digest = hashlib.sha256(content).hexdigest()
    store = open_store(project)
    made = (project.path / "manifest.json").stat().st_mtime_ns
    planned = _planned(str(project.path), made, len(state.records), digest, found, state, store)
    st.html(preview_html(given, planned))
    name = f"{at}-{text_digest(file.name)[:12]}-{digest[:12]}"
    told = _form(name, file.name, given, len(planned.new))
    if told is not None:
        bring_in(project, found.model_copy(update=told))


def _form(name: str, file_name: str, given: GivenFile, n_new: int) -> dict[str, object] | None:
    """What PRISMA-S asks about a file; None until a person adds it."""
    with st.form(f"search-add-{name}", border=False):
        left, right = st.columns([3, 2])
        source = left.text_input(
            "Source",
            value=_source(file_name, given.records),
            max_chars=_LONGEST_SOURCE,
            key=f"search-source-{name}",
            help="The database or register, and through what it was searched: Embase (Ovid). "
            "It stands in the PRISMA flow and in PRISMA-S.",
        )
        day = right.date_input(
            "Searched on",
            value=None,
            max_value=today(),
            key=f"search-day-{name}",
            format="YYYY-MM-DD",
        )
        strategy = st.text_area(
            "Strategy as it was run there (for PRISMA-S; may be left empty)",
            max_chars=_LONGEST_STRATEGY,
            key=f"search-strategy-{name}",
            height=80,
        )
        pressed = st.form_submit_button(
            f"Add {n_new:,} new records" if n_new else "Note this search in the log",
            type="primary" if n_new else "secondary",
            key=f"search-add-button-{name}",
        )
    if not pressed:
        return None
    return {
        "source": " ".join((source or "").split()),
        "query": (strategy or "").strip(),
        "searched_on": day if isinstance(day, date) else None,
        "remark": f"file {PurePath(file_name).name}",
    }


def _source(name: str, records: tuple[Record, ...]) -> str:
    """A first guess: what PubMed gave has PMIDs, else the file's name without its ending."""
    if records and all(record.pmid for record in records):
        return "PubMed"
    return PurePath(name).name.partition(".")[0][:_LONGEST_SOURCE]


# The log only grows, so their number says which records a project has.
@st.cache_resource(max_entries=6, show_spinner=False)
def _planned(
    path: str,
    made_ns: int,
    n_records: int,
    file_digest: str,
    _found: FoundRecords,
    _state: ReviewState,
    _store: RecordStore | None,
) -> Plan:
    return plan(_found, _state, _store)


@st.cache_resource(max_entries=3, show_spinner="Reading the file …")
def read_file(name: str, content: bytes) -> GivenFile:
    """What a file holds, read once; for errors see `read_given`."""
    return read_given(name, content)
