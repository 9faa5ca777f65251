"""A strategy line by line on the project's store: what each line finds, and what it loses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from evidence.errors import EvidenceError
from evidence.project import Project
from evidence.query_debugger.suggestion import Suggestion
from evidence.query_debugger.written import Syntax
from evidence.searching.adding import STORE, FoundRecords
from evidence.searching.given_files import known_of
from evidence.searching.past import PastSearch
from evidence.searching.strategy_text import (
    EditedLine,
    Look,
    found_ids,
    known_ids,
    look_into,
    suggestions_for,
    text_of,
    with_term,
)
from evidence.state import ReviewState
from evidence.ui.cards import plain
from evidence.ui.search.acts import bring_in
from evidence.ui.search.cards import (
    debugger_html,
    fault_html,
    findings_html,
    hits_html,
    lost_html,
    number_html,
    result_html,
)
from evidence.ui.search.files import today
from evidence.ui.search.lines import (
    PASTED,
    SYNTAX,
    add_line,
    begin,
    drop_line,
    edited_lines,
    keep_line,
    keep_syntax,
    line_key,
    syntax_now,
    take_draft,
    take_pasted,
    take_term,
)

if TYPE_CHECKING:
    from indexers.store import Store

_LONGEST_LINE, _LONGEST_STRATEGY = 20_000, 200_000
_SYNTAXES: dict[Syntax, str] = {"pubmed": "PubMed", "ovid": "Ovid"}
_MOST_SUGGESTED = 10


def strategy_section(project: Project, state: ReviewState, searches: Sequence[PastSearch]) -> None:
    """Edit the lines, see what they do, add what they find.

    Raises:
        EvidenceError: The store cannot be opened, or the question's strategy cannot be read.
    """
    from indexers.store import Store

    begin(project, searches)
    store = Store.open(project.manifest.store)
    lines, syntax = edited_lines(), syntax_now()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _ways_to_begin(project)
    known = _known(state, store)
    look = _look(store.index_digest, text_of(lines, syntax), known, syntax, lines, store)
    _rows(lines, look)
    st.button("Add a line", on_click=add_line, icon=":material/add:", key="search-add-line")
    if look.fault is not None:
        return
    if look.explanation is None:
        st.caption("Write a line, paste a strategy, or let the program draft one.")
        return
    _result(project, state, store, look)
    _closer_look(store, look, known)


def _ways_to_begin(project: Project) -> None:
    st.segmented_control(
        "Written for",
        list(_SYNTAXES),
        default=syntax_now(),
        required=True,
        format_func=lambda name: _SYNTAXES[name],
        key=SYNTAX,
        on_change=keep_syntax,
    )
    with st.popover("Paste a strategy"), st.form("search-paste", border=False):
        st.text_area(
            "The strategy, numbered or not",
            key=PASTED,
            height=180,
            max_chars=_LONGEST_STRATEGY,
            help="It takes the place of the lines below. References such as #1 AND #2 (PubMed) or "
            "1 and 2 (Ovid) are understood, and Ovid’s counts of hits are passed over.",
        )
        st.form_submit_button("Use these lines", on_click=take_pasted, key="search-paste-button")
    st.button(
        "Draft from the question",
        on_click=take_draft,
        args=(project,),
        key="search-draft",
        help="Takes the place of the lines below.",
    )


def _known(state: ReviewState, store: Store) -> tuple[str, ...]:
    """The records that the strategy ought to find: those included so far, or those of a file."""
    included = known_ids(state, store)
    with st.expander(f"Known records: {len(included):,} included so far"):
        file = st.file_uploader(
            "Or others that the strategy must find: a file of records, or ids, one a line",
            type=["ris", "nbib", "csv", "xml", "txt"],
            max_upload_size=20,
            key="search-known",
        )
        if file is not None:
            try:
                return tuple(known_of(file.name, file.getvalue()))
            except EvidenceError as error:
                st.error(plain(str(error)))
    return included


@st.cache_resource(max_entries=16, show_spinner="Counting …")
def _look(
    store_digest: str,
    text: str,
    known: tuple[str, ...],
    syntax: Syntax,
    _lines: tuple[EditedLine, ...],
    _store: Store,
) -> Look:
    return look_into(_lines, _store, known, syntax)


def _rows(lines: Sequence[EditedLine], look: Look) -> None:
    counted = {}
    if look.explanation is not None:
        counted = dict(zip(look.numbers, look.explanation.lines, strict=True))
    n_known = len(look.explanation.known) if look.explanation is not None else 0
    for line in lines:
        number, text, hits, out = st.columns([0.55, 10, 1.9, 0.75], gap="small")
        number.html(number_html(line.number))
        text.text_area(
            f"Line {line.number}",
            value=line.text,
            key=line_key(line.number),
            height="content",
            max_chars=_LONGEST_LINE,
            label_visibility="collapsed",
            placeholder="words*[tiab] OR Heading[Mesh]",
            on_change=keep_line,
            args=(line.number,),
        )
        hits.html(hits_html(counted.get(line.number), n_known))
        if len(lines) > 1:
            out.button(
                "",
                icon=":material/delete:",
                key=f"{line_key(line.number)}-out",
                help=f"Take line {line.number} out",
                on_click=drop_line,
                args=(line.number,),
                type="tertiary",
            )
        if look.fault is not None and look.fault.number == line.number:
            text.html(fault_html(look.fault))


def _result(project: Project, state: ReviewState, store: Store, look: Look) -> None:
    assert look.explanation is not None  # noqa: S101 (told to the type checker)
    lines, syntax = edited_lines(), syntax_now()
    ids = _ids(store.index_digest, text_of(lines, syntax), syntax, lines, store)
    n_new = sum(record_id not in state.records for record_id in ids)
    grown = store.index_digest != project.manifest.index_digest
    st.html(result_html(look.explanation, n_new, "store as it is now" if grown else "store"))
    for note in look.explanation.notes:
        st.caption(plain(note))
    label = f"Add {n_new:,} new records" if n_new else "Note this search in the log"
    if st.button(label, type="primary" if n_new else "secondary", key="search-run"):
        records = tuple(store.record(record_id) for record_id in ids)
        bring_in(
            project,
            FoundRecords(
                source=f"store {store.index_digest[:12]}",
                query=text_of(lines, syntax),
                how=STORE,
                records=records,
                searched_on=today(),
                syntax=syntax,
                keeps_source=True,
            ),
        )


@st.cache_resource(max_entries=8, show_spinner=False)
def _ids(
    store_digest: str,
    text: str,
    syntax: Syntax,
    _lines: tuple[EditedLine, ...],
    _store: Store,
) -> tuple[str, ...]:
    return found_ids(_lines, _store, syntax)


def _closer_look(store: Store, look: Look, known: tuple[str, ...]) -> None:
    assert look.explanation is not None  # noqa: S101 (told to the type checker)
    rows = dict(enumerate(look.numbers, 1))
    if look.explanation.lost:
        st.html(lost_html(look.explanation.lost, rows))
        _suggestions(store, known)
    if look.findings:
        n = len(look.findings)
        label = "1 thing to look over" if n == 1 else f"{n:,} things to look over"
        with st.expander(f"{label}, after the PRESS checklist"):
            st.html(findings_html(look.findings, rows))
    with st.expander("What each term finds, adds and loses"):
        st.html(debugger_html(look.explanation))


def _suggestions(store: Store, known: tuple[str, ...]) -> None:
    if not st.toggle("Suggest terms that would find them", key="search-suggest"):
        return
    lines, syntax = edited_lines(), syntax_now()
    found = _suggested(store.index_digest, text_of(lines, syntax), known, syntax, lines, store)
    if not found:
        st.caption("No term of the lost records would bring one back.")
    for at, suggestion in enumerate(found[:_MOST_SUGGESTED]):
        _suggestion(at, suggestion, lines)


def _suggestion(at: int, suggestion: Suggestion, lines: Sequence[EditedLine]) -> None:
    term = f"OR {suggestion.term}"
    told = (
        f"line #{suggestion.line_number}: finds {len(suggestion.finds_lost):,} lost, "
        f"and {suggestion.further_hits:,} other records"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if with_term(lines, suggestion) is not None:
            st.button(plain(term), key=f"search-term-{at}", on_click=take_term, args=(suggestion,))
        else:
            st.markdown(f"**{plain(term)}**")
        st.caption(plain(told))


@st.cache_resource(max_entries=8, show_spinner="Looking for terms …")
def _suggested(
    store_digest: str,
    text: str,
    known: tuple[str, ...],
    syntax: Syntax,
    _lines: tuple[EditedLine, ...],
    _store: Store,
) -> tuple[Suggestion, ...]:
    return suggestions_for(_lines, _store, known, syntax)
