"""The review app: `streamlit run app.py -- PROJECT`."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from evidence.errors import EvidenceError
from evidence.ui import (
    audit,
    conflicts,
    duplicates,
    findings,
    risk_of_bias,
    screening,
    studies,
    welcome,
)
from evidence.ui.opened import open_project


def main() -> None:
    """Show the pages of the project that was named, or the page that opens one."""
    st.set_page_config(page_title="Evidence synthesis", page_icon="📄", layout="wide")
    named = sys.argv[1] if len(sys.argv) > 1 else st.session_state.get(welcome.FOLDER)
    if named:
        st.navigation(_pages(Path(named))).run()
    else:
        st.navigation([st.Page(welcome.page, title="Welcome", url_path="welcome")]).run()


def _pages(folder: Path) -> dict[str, list[StreamlitPage]]:
    """The pages in the order of the work."""
    screening_pages = [
        st.Page(lambda: screening.page(folder), title="Screening", url_path="screening"),
        st.Page(lambda: duplicates.page(folder), title="Duplicates", url_path="duplicates"),
    ]
    if _two_reviewers(folder):
        page = st.Page(lambda: conflicts.page(folder), title="Conflicts", url_path="conflicts")
        screening_pages.insert(1, page)
    return {
        "Screening": screening_pages,
        "Studies": [
            st.Page(lambda: studies.page(folder), title="Studies", url_path="studies"),
            st.Page(
                lambda: risk_of_bias.page(folder), title="Risk of bias", url_path="risk-of-bias"
            ),
        ],
        "Synthesis": [
            st.Page(lambda: findings.page(folder), title="Evidence", url_path="evidence"),
        ],
        "Review": [st.Page(lambda: audit.page(folder), title="Audit", url_path="audit")],
    }


def _two_reviewers(folder: Path) -> bool:
    try:
        return open_project(folder).manifest.settings.screening.reviewers == 2
    except EvidenceError:
        return False  # each page says what is wrong with the folder


main()
