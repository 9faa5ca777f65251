"""Live searches: first it is said what leaves the computer, then what came, then it is added."""

from __future__ import annotations

import re
from typing import Literal

import streamlit as st

from evidence.errors import EvidenceError
from evidence.project import Project
from evidence.searching.adding import FoundRecords, open_store, plan
from evidence.searching.live import SOURCE_NAMES, LiveSearcher, LiveSource, set_aside
from evidence.searching.strategy_text import in_one_query
from evidence.state import ReviewState
from evidence.ui.cards import plain
from evidence.ui.search.acts import bring_in
from evidence.ui.search.cards import live_preview_html
from evidence.ui.search.files import today
from evidence.ui.search.lines import edited_lines, syntax_now
from indexers.records import text_digest

_HOSTS: dict[LiveSource, str] = {
    "pubmed": "eutils.ncbi.nlm.nih.gov (NCBI, United States)",
    "europe_pmc": "www.ebi.ac.uk (EMBL-EBI, United Kingdom)",
    "clinicaltrials": "clinicaltrials.gov (NLM, United States)",
}
_WITHOUT = (
    "Without a network: search on the service’s own page on another computer, export the records, "
    "and drop the file under Files."
)
_FOUND = "search_live_found"
_LONGEST_QUERY = 50_000


def live_section(project: Project, state: ReviewState) -> None:
    """Search a service, see what it gave, add it."""
    source: LiveSource = (
        st.segmented_control(
            "Service",
            list(SOURCE_NAMES),
            default="pubmed",
            required=True,
            format_func=lambda name: SOURCE_NAMES[name],
            key="search-live-source",
        )
        or "pubmed"
    )
    query = st.text_area(
        f"Query, as {SOURCE_NAMES[source]} understands it",
        value=_first_query(source),
        key=f"search-live-query-{source}",
        height="content",
        max_chars=_LONGEST_QUERY,
    )
    email = ""
    if source == "pubmed":
        email = st.text_input(
            "Your e-mail address (NCBI wants to know who asks)",
            key="search-live-email",
            max_chars=200,
            width=420,
        )
    sent = "the query and your e-mail address" if source == "pubmed" else "the query"
    st.caption(
        f"The button sends {sent} to {_HOSTS[source]}. Nothing else leaves this computer: no "
        "record, decision or name of the review."
    )
    if st.button(f"Search {SOURCE_NAMES[source]} now", key="search-live-run"):
        _search(project, source, " ".join((query or "").split()), (email or "").strip())
    _found_section(project, state, source)


def _first_query(source: LiveSource) -> str:
    """PubMed is asked with the strategy as it stands; the others have another syntax."""
    if source == "pubmed" and syntax_now() == "pubmed":
        return in_one_query(edited_lines())
    return ""


def _search(project: Project, source: LiveSource, query: str, email: str) -> None:
    """Download what a query finds; a download that was stopped goes on where it ended."""
    st.session_state.pop(_FOUND, None)
    if not query:
        st.warning("Please write a query first.")
        return
    if source == "pubmed" and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        st.warning("Please write your e-mail address first: NCBI does not answer without one.")
        return
    folder = project.path / "derived" / "searches" / f"{source}-{text_digest(query)[:16]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    bar = st.progress(0.0, text=f"Asking {SOURCE_NAMES[source]} …")

    def told(done: int, of: int) -> None:
        bar.progress(min(1.0, done / of) if of else 0.0, text=f"{done:,} of {of:,} records")

    try:
        set_aside(folder, query, today())
        searcher = LiveSearcher(source, email or None)
        done = searcher.download(query, folder, told)
        records = tuple(searcher.records(folder))
    except EvidenceError as error:
        st.error(plain(str(error)))
        st.caption(_WITHOUT)
        return
    finally:
        bar.empty()
    missing = f"{len(done.missing):,} not given by the service" if done.missing else ""
    translation = done.search.query_translation
    parts = (missing, f"run as: {translation}" if translation else "")
    st.session_state[_FOUND] = FoundRecords(
        source=SOURCE_NAMES[source],
        query=query,
        how=source,
        records=records,
        searched_on=done.search.date_of_search,
        remark="; ".join(filter(None, parts)),
    )
    st.session_state[f"{_FOUND}_of"] = str(project.path)
    st.session_state[f"{_FOUND}_notices"] = (
        *done.search.errors,
        *done.search.warnings,
        *done.notices,
    )


def _found_section(project: Project, state: ReviewState, source: LiveSource) -> None:
    found: FoundRecords | None = st.session_state.get(_FOUND)
    if (
        found is None
        or found.how != source
        or st.session_state.get(f"{_FOUND}_of") != str(project.path)
    ):
        return
    planned = plan(found, state, open_store(project))
    with st.container(border=True):
        st.html(live_preview_html(found.source, planned))
        for notice in st.session_state.get(f"{_FOUND}_notices", ()):
            st.caption(plain(notice))
        label = f"Add {len(planned.new):,} new records" if planned.new else "Note this search"
        kind: Literal["primary", "secondary"] = "primary" if planned.new else "secondary"
        if st.button(label, type=kind, key="search-live-add"):
            st.session_state.pop(_FOUND, None)
            bring_in(project, found)
