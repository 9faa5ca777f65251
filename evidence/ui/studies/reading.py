"""The report beside a study's results: a place that is marked, or words that a person finds."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from evidence.project import Project
from evidence.ui.opened import review_state
from evidence.ui.reading import found_words, reading_html
from indexers.records import Quote

_WIDER = "studies_wider"


def reading(project: Project, record_id: str, quotes: Sequence[Quote]) -> None:
    """The text of a report around the first of some quotes; all of them are marked."""
    st.markdown("**In the report**")
    now = review_state(project).text_digest(record_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        words = st.text_input(
            "Find in the report",
            key=f"studies-find-{record_id}",
            label_visibility="collapsed",
            placeholder="Find in the report",
            width=200,
        )
        wider = st.toggle("More of the text", key=_WIDER)
    text = project.document(now)
    found = found_words(words, text) if text is not None else None
    if found is not None:
        quotes = [found]
    elif words.strip():
        st.caption("These words are not in the report.")
    digest = quotes[0].document_digest if quotes else now
    shown = [quote for quote in dict.fromkeys(quotes) if quote.document_digest == digest]
    st.html(reading_html(project.document(digest), shown, wider=wider))
