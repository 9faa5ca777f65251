"""The script of the review app, run for each click: its pages, and whether they may be seen."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from evidence.errors import EvidenceError
from evidence.serve_options import serve_options
from evidence.ui import sign_in
from evidence.ui.cards import plain
from evidence.ui.opened import open_project
from evidence.ui.projects.welcome import shown_folder
from evidence.ui.taking_turns import TURNS

# By the last word of their address; the pages that link to others get them all. (Streamlit would
# write a docstring onto the page.)
Pages = dict[str, StreamlitPage]
_SIDEBAR_PIXELS = 200  # a tablet has few to spare
_DARK = "<style>:root { color-scheme: dark; }</style>"  # for what opens over the page, too


def main() -> None:
    """Show the pages of the project that was named, or those that open and make one."""
    st.set_page_config(
        page_title="Evidence synthesis",
        page_icon="📄",
        layout="wide",
        initial_sidebar_state=_SIDEBAR_PIXELS,
    )
    if st.context.theme.type == "dark":
        st.html(_DARK)
    try:
        served = serve_options(sys.argv[1:]).folder
    except EvidenceError as error:
        st.error(plain(str(error)))
        return
    folder = shown_folder(served)
    if folder:
        _project(folder)
    else:
        _without_project()


def _project(folder: Path) -> None:
    signed_in = sign_in.gate(folder)
    pages: Pages = {}
    sections = _sections(folder, pages, conflicts_too=not signed_in or _two_reviewers(folder))
    pages |= {page.url_path: page for section in sections.values() for page in section}
    sections["Review"].append(_start(pages["overview"]))
    chosen = st.navigation(sections, position="sidebar" if signed_in else "hidden")
    if signed_in:
        chosen.run()


def _sections(folder: Path, pages: Pages, *, conflicts_too: bool) -> dict[str, list[StreamlitPage]]:
    """The pages in the order of the work; all are listed while nobody is signed in."""
    of_conflicts = st.Page(partial(_conflicts, folder), title="Conflicts", url_path="conflicts")
    of_duplicates = st.Page(partial(_duplicates, folder), title="Duplicates", url_path="duplicates")
    return {
        "Review": [
            st.Page(partial(_overview, folder, pages), title="Overview", url_path="overview"),
        ],
        "Search": [
            st.Page(partial(_search, folder, of_duplicates), title="Search", url_path="search"),
            of_duplicates,
        ],
        "Screening": [
            st.Page(partial(_screening, folder, pages), title="Screening", url_path="screening"),
            *([of_conflicts] if conflicts_too else []),
            st.Page(partial(_full_texts, folder), title="Full texts", url_path="full-texts"),
        ],
        "Studies": [
            st.Page(partial(_studies, folder), title="Studies", url_path="studies"),
            st.Page(partial(_risk_of_bias, folder), title="Risk of bias", url_path="risk-of-bias"),
        ],
        "Answer": [
            st.Page(partial(_findings, folder), title="Evidence", url_path="evidence"),
            st.Page(
                partial(_recommendation, folder), title="Recommendation", url_path="recommendation"
            ),
            st.Page(partial(_audit, folder), title="Audit", url_path="audit"),
        ],
    }


def _start(home: StreamlitPage) -> StreamlitPage:
    """What stands at the root: the page there has no other address, so it leads to one that has."""
    return st.Page(partial(st.switch_page, home), title="Start", default=True, visibility="hidden")


def _two_reviewers(folder: Path) -> bool:
    try:
        return open_project(folder).manifest.settings.screening.reviewers == 2
    except EvidenceError:
        return False  # each page says what is wrong with the folder


def _without_project() -> None:
    pages: Pages = {}
    found = [
        st.Page(partial(_welcome, pages), title="Welcome", url_path="welcome"),
        st.Page(partial(_new_project, pages), title="New project", url_path="new-project"),
    ]
    pages |= {page.url_path: page for page in found}
    st.navigation([*found, _start(pages["welcome"])]).run()


# Each page is imported when it is first opened: all of them take as long as the first page.


def _overview(folder: Path, pages: Pages) -> None:
    from evidence.ui.projects.overview import page

    page(folder, pages)


def _search(folder: Path, of_duplicates: StreamlitPage) -> None:
    from evidence.ui.search.page import page

    page(folder, of_duplicates)


def _duplicates(folder: Path) -> None:
    from evidence.ui.search.duplicates import page

    page(folder)


def _screening(folder: Path, pages: Pages) -> None:
    from evidence.ui.screening.page import page

    page(folder, pages)


def _conflicts(folder: Path) -> None:
    from evidence.ui.screening.conflicts import page

    page(folder)


def _full_texts(folder: Path) -> None:
    from evidence.ui.studies.full_texts import page

    page(folder)


def _studies(folder: Path) -> None:
    from evidence.ui.studies.page import page

    page(folder)


def _risk_of_bias(folder: Path) -> None:
    from evidence.ui.studies.risk_of_bias import page

    page(folder)


def _findings(folder: Path) -> None:
    from evidence.ui.findings.page import page

    page(folder)


def _recommendation(folder: Path) -> None:
    from evidence.ui.recommendation.page import page

    page(folder)


def _audit(folder: Path) -> None:
    from evidence.ui.audit.page import page

    page(folder)


def _welcome(pages: Pages) -> None:
    from evidence.ui.projects.welcome import page

    page(pages)


def _new_project(pages: Pages) -> None:
    from evidence.ui.projects.new_project import page

    page(pages)


with TURNS.script():
    main()
