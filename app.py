"""The review app: `streamlit run app.py -- PROJECT`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from evidence.errors import EvidenceError
from evidence.serve_options import serve_options
from evidence.ui import (
    audit,
    conflicts,
    duplicates,
    findings,
    new_project,
    overview,
    recommendation,
    risk_of_bias,
    screening,
    search,
    sign_in,
    studies,
    welcome,
)
from evidence.ui.cards import plain
from evidence.ui.opened import open_project

# By the last word of their address; the pages that link to others get them all. (Streamlit would
# write a docstring onto the page.)
Pages = dict[str, StreamlitPage]
_SIDEBAR_PIXELS = 232  # a tablet has few to spare


def main() -> None:
    """Show the pages of the project that was named, or those that open and make one."""
    st.set_page_config(
        page_title="Evidence synthesis",
        page_icon="📄",
        layout="wide",
        initial_sidebar_state=_SIDEBAR_PIXELS,
    )
    try:
        named = serve_options(sys.argv[1:]).folder or st.session_state.get(welcome.FOLDER)
    except EvidenceError as error:
        st.error(plain(str(error)))
        return
    if named:
        _project(Path(named))
    else:
        _without_project()


def _project(folder: Path) -> None:
    signed_in = sign_in.gate(folder)
    pages: Pages = {}
    sections = _sections(folder, pages, conflicts_too=not signed_in or _two_reviewers(folder))
    pages |= {_name(page): page for section in sections.values() for page in section}
    chosen = st.navigation(sections, position="sidebar" if signed_in else "hidden")
    if signed_in:
        chosen.run()


def _sections(folder: Path, pages: Pages, *, conflicts_too: bool) -> dict[str, list[StreamlitPage]]:
    """The pages in the order of the work; all are listed while nobody is signed in."""
    of_conflicts = st.Page(partial(conflicts.page, folder), title="Conflicts", url_path="conflicts")
    of_duplicates = st.Page(
        partial(duplicates.page, folder), title="Duplicates", url_path="duplicates"
    )
    return {
        "Review": [
            st.Page(partial(overview.page, folder, pages), title="Overview", url_path="overview"),
        ],
        "Search": [
            st.Page(partial(search.page, folder, of_duplicates), title="Search", url_path="search"),
            of_duplicates,
        ],
        "Screening": [
            st.Page(partial(screening.page, folder), title="Screening", url_path="screening"),
            *([of_conflicts] if conflicts_too else []),
        ],
        "Studies": [
            st.Page(partial(studies.page, folder), title="Studies", url_path="studies"),
            st.Page(
                partial(risk_of_bias.page, folder), title="Risk of bias", url_path="risk-of-bias"
            ),
        ],
        "Answer": [
            st.Page(partial(findings.page, folder), title="Evidence", url_path="evidence"),
            st.Page(
                partial(recommendation.page, folder),
                title="Recommendation",
                url_path="recommendation",
            ),
            st.Page(partial(audit.page, folder), title="Audit", url_path="audit"),
        ],
    }


def _name(page: StreamlitPage) -> str:
    """The default page stands at the root, so its address has no last word."""
    return page.url_path or page.title.casefold()


def _two_reviewers(folder: Path) -> bool:
    try:
        return open_project(folder).manifest.settings.screening.reviewers == 2
    except EvidenceError:
        return False  # each page says what is wrong with the folder


def _without_project() -> None:
    pages: Pages = {}
    found = [
        st.Page(partial(welcome.page, pages), title="Welcome", url_path="welcome"),
        st.Page(partial(new_project.page, pages), title="New project", url_path="new-project"),
    ]
    pages |= {_name(page): page for page in found}
    st.navigation(found).run()


main()
