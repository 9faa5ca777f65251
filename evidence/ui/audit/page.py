"""The audit page: the log line by line, its chain, the flow of records and the statements."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from evidence.ai_use import ai_use
from evidence.audit import AuditLine, audit_line, visible
from evidence.errors import EvidenceError
from evidence.prisma import count
from evidence.project import Project
from evidence.rendering.ai_use_text import TITLE, ai_use_markdown, ai_use_text
from evidence.rendering.prisma_svg import prisma_svg
from evidence.state import ReviewState
from evidence.ui.audit.cards import audit_header, audit_style, log_table, statement_html
from evidence.ui.cards import plain, style
from evidence.ui.opened import open_project, review_state
from evidence.ui.signing import known_name, show_notice, sidebar
from evidence.verification import verify
from indexers.spreadsheet_cells import inert_cell

LINES_A_PAGE = 50
_LISTS = "audit_lists"
_CHECKED = "audit_checked"
_PROBLEMS_SHOWN = 20


def page(folder: Path) -> None:
    """Draw the page of the project in a folder; a bad folder gives one line."""
    st.html(style() + audit_style())
    try:
        project = open_project(folder)
        state = review_state(project)
        length, digest = project.head()
        lines = _lines(str(folder), length, digest, project)
    except EvidenceError as error:
        st.error(plain(str(error)))
        return
    sidebar(project)
    people = {line.who for line in lines if line.by_person}
    st.html(audit_header(length, digest, len(people)))
    show_notice()
    log, flow, statements = st.tabs(["Log", "Flow of records", "Use of automation"])
    with log:
        _check(project, (length, digest))
        screening = project.manifest.settings.screening
        _log(visible(lines, state, screening, known_name()))
    with flow:
        _flow(state)
    with statements:
        _statement(project, state)


# Streamlit's cache goes by every argument but those whose name starts with an underscore.
@st.cache_resource(max_entries=2, show_spinner="Reading the log …")
def _lines(path: str, length: int, digest: str, _project: Project) -> list[AuditLine]:
    return [audit_line(line) for line in _project.lines()]


def _check(project: Project, head: tuple[int, str]) -> None:
    """Verify on request: every quote is looked up again, which takes a while in a large review."""
    if st.button("Check the whole log now", help="Chain, quotes, certificates and cited values"):
        with st.spinner("Reading every line and every quote …"):
            st.session_state[_CHECKED] = (head, list(verify(project)))
    checked_head, problems = st.session_state.get(_CHECKED, (None, []))
    if checked_head != head:
        return
    if not problems:
        st.success(f"Checked: all {head[0]:,} lines hold, and every quote is in its source.")
        return
    st.error(f"{len(problems):,} problems were found.")
    st.markdown("\n".join(f"- {plain(problem)}" for problem in problems[:_PROBLEMS_SHOWN]))


def _log(lines: Sequence[AuditLine]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kinds = st.multiselect(
            "What",
            sorted({line.kind for line in lines}),
            placeholder="Everything",
            key="audit_kinds",
            on_change=_first_page,
            width=330,
        )
        who = st.selectbox(
            "Who",
            ["Anyone", *sorted({line.who for line in lines})],
            key="audit_who",
            on_change=_first_page,
            width=220,
        )
        words = st.text_input(
            "Record or words", key="audit_words", on_change=_first_page, width=220
        )
    found = _filtered(lines, kinds, who if who != "Anyone" else "", words or "")
    if not found:
        st.info("No line fits these filters.")
        return
    n_pages = -(-len(found) // LINES_A_PAGE)
    key = f"audit_page_{st.session_state.get(_LISTS, 0)}"
    first = (min(int(st.session_state.get(key, 1)), n_pages) - 1) * LINES_A_PAGE
    shown = found[first : first + LINES_A_PAGE]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"Lines {first + 1:,} to {first + len(shown):,} of {len(found):,}, newest first",
            width="stretch",
        )
        st.download_button(
            "These lines as CSV",
            data=lambda: _csv(found),
            file_name="log.csv",
            mime="text/csv",
            on_click="ignore",
        )
    st.html(log_table(shown))
    if n_pages > 1:
        st.pagination(n_pages, key=key)


def _first_page() -> None:
    """Another list starts at its first page: its pages are another widget."""
    st.session_state[_LISTS] = st.session_state.get(_LISTS, 0) + 1


def _filtered(
    lines: Sequence[AuditLine], kinds: Sequence[str], who: str, words: str
) -> list[AuditLine]:
    wanted = words.casefold().split()
    return [
        line
        for line in reversed(lines)
        if (not kinds or line.kind in kinds)
        and (not who or line.who == who)
        and (not wanted or _holds(line, wanted))
    ]


def _holds(line: AuditLine, wanted: Sequence[str]) -> bool:
    text = "\n".join((line.record_id, line.told, line.why)).casefold()
    return all(word in text for word in wanted)


def _csv(lines: Sequence[AuditLine]) -> bytes:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["line", "at", "who", "kind", "record_id", "said", "why"])
    for line in lines:
        texts = (line.who, line.kind, line.record_id, line.told, line.why)
        who, kind, record_id, told, why = map(inert_cell, texts)
        at = line.at.isoformat() if line.at else ""
        writer.writerow([line.seq, at, who, kind, record_id, told, why])
    return table.getvalue().encode()


def _flow(state: ReviewState) -> None:
    drawn = prisma_svg(count(state))
    st.image(drawn, alt="PRISMA 2020 flow diagram")  # as HTML it would be left out
    st.download_button(
        "PRISMA 2020 flow as SVG",
        data=drawn,
        file_name="prisma.svg",
        mime="image/svg+xml",
        on_click="ignore",
    )


def _statement(project: Project, state: ReviewState) -> None:
    manifest = project.manifest
    text = ai_use_text(ai_use(project, state), manifest.program_version, manifest.encoder)
    st.html(statement_html(text))
    st.download_button(
        "The statement as Markdown",
        data=f"# {TITLE}\n\n{ai_use_markdown(text)}",
        file_name="use-of-automation.md",
        mime="text/markdown",
        on_click="ignore",
    )
