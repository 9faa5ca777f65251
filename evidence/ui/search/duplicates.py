"""The duplicates page: compare two records, say whether they are one report, undo a merge."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from evidence.duplicates.answers import different_reports, same_report, signed
from evidence.duplicates.listing import ListedDuplicate, merged_records, open_pairs
from evidence.errors import EvidenceError
from evidence.project import Project
from evidence.state import read_state
from evidence.ui.cards import plain, style
from evidence.ui.opened import open_project, review_state
from evidence.ui.search.pair_cards import duplicates_header, merge, open_pair, pair_style
from evidence.ui.signing import notify, reviewer_name, show_notice, sidebar, write
from indexers.records import text_digest

ITEMS_A_PAGE = 10
_OPEN, _MERGED = "Waiting for a person", "Merged"
_LISTS = "duplicates_lists"
_WORDS_KEY = "duplicates_words"


def page(folder: Path) -> None:
    """Draw the page of the project in a folder; a bad folder gives one line."""
    st.html(style() + pair_style())
    try:
        project = open_project(folder)
        state = review_state(project)
    except EvidenceError as error:
        st.error(plain(str(error)))
        return
    sidebar(project)
    waiting, merged = open_pairs(state), merged_records(state)
    n_by_person = sum(item.by_person for item in merged)
    st.html(duplicates_header(len(waiting), len(merged), n_by_person))
    show_notice()
    shown, words = _choice()
    items = _with_words(waiting if shown == _OPEN else merged, words)
    if not items:
        st.info(_nothing(shown, bool(words)))
        return
    _items(project, items, _open_item if shown == _OPEN else _merged_item)


def _choice() -> tuple[str, str]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = st.segmented_control(
            "Show",
            [_OPEN, _MERGED],
            default=_OPEN,
            required=True,
            key="duplicates_shown",
            on_change=_first_page,
        )
        words = st.text_input("Search in records", key=_WORDS_KEY, on_change=_first_page, width=230)
    return shown or _OPEN, words or ""


def _first_page() -> None:
    """Another list starts at its first page: its pages are another widget."""
    st.session_state[_LISTS] = st.session_state.get(_LISTS, 0) + 1


def _with_words(items: list[ListedDuplicate], words: str) -> list[ListedDuplicate]:
    wanted = words.casefold().split()
    return [item for item in items if all(word in _searched(item) for word in wanted)]


def _searched(item: ListedDuplicate) -> str:
    parts = [item.reason, item.decided_by]
    for record in (item.record, item.other):
        parts += [record.record_id, record.title, record.journal or "", *record.authors]
    return "\n".join(parts).casefold()


def _nothing(shown: str, searched: bool) -> str:
    if searched:
        return "No pair fits these words."
    return "No pair waits for a person." if shown == _OPEN else "No record was merged."


def _items(
    project: Project,
    items: list[ListedDuplicate],
    draw: Callable[[Project, ListedDuplicate], None],
) -> None:
    n_pages = -(-len(items) // ITEMS_A_PAGE)
    key = f"duplicates_page_{st.session_state.get(_LISTS, 0)}"
    number = int(st.session_state.get(key, 1))
    if number > n_pages:  # decisions took pairs out of the list
        _first_page()
        st.rerun()
    first = (number - 1) * ITEMS_A_PAGE
    shown = items[first : first + ITEMS_A_PAGE]
    st.caption(f"{first + 1:,} to {first + len(shown):,} of {len(items):,}")
    for item in shown:
        # The key moves with the pair, so that a redrawn list never mixes two.
        with st.container(border=True, key=f"pair-{_name(item)}"):
            draw(project, item)
    if n_pages > 1:
        st.pagination(n_pages, key=key)


def pair_key(record_id: str, other: str) -> str:
    """A short name for the widgets of a pair; no two pairs share one, whatever their ids hold."""
    return text_digest(json.dumps([record_id, other]))[:16]


def _name(item: ListedDuplicate) -> str:
    return pair_key(item.record.record_id, item.other.record_id)


def _fates_shown(project: Project) -> bool:
    screening = project.manifest.settings.screening
    return screening.decided_by == "people" or not screening.hide_machine


def _open_item(project: Project, item: ListedDuplicate) -> None:
    st.html(open_pair(item, show_fates=_fates_shown(project)))
    name, ids = _name(item), (item.record.record_id, item.other.record_id)
    # Enter would press the first button, whatever the words say.
    with st.form(f"pair-form-{name}", border=False, enter_to_submit=False):
        st.text_input(
            "Why (needed if they differ)",
            key=f"why-{name}",
            max_chars=500,
            placeholder="e.g. the left one tells of the five-year follow-up",
        )
        with st.container(horizontal=True):
            st.form_submit_button(
                "Same report", key=f"same-{name}", on_click=_same, args=(project, name, *ids)
            )
            st.form_submit_button(
                "Different reports",
                key=f"different-{name}",
                on_click=_different,
                args=(project, name, *ids),
            )


def _merged_item(project: Project, item: ListedDuplicate) -> None:
    st.html(merge(item, show_fates=_fates_shown(project)))
    name = _name(item)
    with st.popover("Undo …"), st.form(f"undo-form-{name}", border=False):
        st.text_input("Why they are different reports", key=f"why-undo-{name}", max_chars=500)
        st.form_submit_button(
            "Undo the merge",
            key=f"undo-{name}",
            on_click=_different,
            args=(project, f"undo-{name}", item.record.record_id, None),
        )


def _same(project: Project, name: str, record_id: str, duplicate_of: str) -> None:
    actor = reviewer_name()
    if not actor:
        return
    reason = st.session_state[f"why-{name}"]
    try:
        # The log may have grown since the page was drawn.
        entries = same_report(read_state(project), record_id, duplicate_of, signed(actor, reason))
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    done = f"{plain(record_id)} is left out, {plain(duplicate_of)} stays"
    write(project, *entries, done=done)


def _different(project: Project, name: str, record_id: str, other: str | None) -> None:
    actor = reviewer_name()
    if not actor:
        return
    reason = st.session_state[f"why-{name}"].strip()
    if not reason:
        notify("warning", "Please write why they are different reports.")
        return
    try:
        entries = different_reports(read_state(project), record_id, other, signed(actor, reason))
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    back = " It is screened in the next run." if other is None else ""
    write(project, *entries, done=f"{plain(record_id)} is a report of its own.{back}")
