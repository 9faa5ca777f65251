"""All included studies by outcome, with the state of each; a click on a study opens it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from evidence.ui.cards import plain
from evidence.ui.scrolling import ask_to_scroll
from evidence.ui.studies.acts import OPENED, VIEW
from evidence.ui.studies.cards import left_html, matrix_head, matrix_row
from evidence.ui.studies.results import StudyResults

STUDY = "studies_study"
_WHICH, _PAGE = "studies_which", "studies_page"
_ALL, _WAITING = "All", "With results to check"
_A_PAGE = 12
_WIDTHS = (2, 11)


def chosen_study(studies: Sequence[StudyResults]) -> StudyResults | None:
    """Draw the table; the study that is open. None where the filter leaves none.

    A study that a person opened stays open; at first it is one with results that wait.
    """
    waiting = [study for study in studies if study.waiting]
    left_open = st.session_state.get(STUDY, "")
    st.html(left_html(studies))
    which: str | None = st.segmented_control(
        "Which studies",
        [_ALL, _WAITING],
        default=_ALL,
        required=True,
        format_func=lambda name: f"{name} ({len(studies if name == _ALL else waiting)})",
        key=_WHICH,
        label_visibility="collapsed",
        persist_state="session",
    )
    # The study that is open stays when its last result was settled: nobody is led away unasked.
    shown = [s for s in studies if which == _ALL or s.waiting or s.record.record_id == left_open]
    if not waiting and which == _WAITING:
        st.success("No result is left to check.")
    if not shown:
        return None
    by_id = {study.record.record_id: study for study in shown}
    opened = by_id.get(left_open, (waiting or shown)[0])
    st.session_state[STUDY] = opened.record.record_id
    _table(shown, opened, list(dict.fromkeys(o.outcome for s in studies for o in s.outcomes)))
    return opened


def to_the_next(studies: Sequence[StudyResults], opened: StudyResults) -> None:
    """Where the open study has nothing left that waits, the way to the next that has."""
    place = list(studies).index(opened)
    others = [*studies[place + 1 :], *studies[:place]]
    study = next((s for s in others if s.waiting), None)
    if study is None or opened.waiting:
        return
    st.button(
        f"Go to {plain(study.study)}: {_wait_words(study.waiting)}",
        key="studies-next-waiting",
        type="primary",
        on_click=_open_from_below,
        args=(study.record.record_id,),
    )


def _wait_words(n: int) -> str:
    return "a result to check there" if n == 1 else f"{n} results to check there"


def show_waiting() -> None:
    """Open what waits for a person, when the page is next opened."""
    st.session_state[_WHICH] = _WAITING
    for key in (STUDY, OPENED, VIEW, _PAGE):
        st.session_state.pop(key, None)


def _table(shown: Sequence[StudyResults], opened: StudyResults, outcomes: Sequence[str]) -> None:
    n_pages = -(-len(shown) // _A_PAGE)
    first = list(shown).index(opened) // _A_PAGE + 1
    page = min(st.session_state.get(_PAGE, first), n_pages)
    with st.container(key="studies-matrix", gap=None):
        _, heads = st.columns(_WIDTHS, wrap=False)
        heads.html(matrix_head(outcomes))
        for study in shown[(page - 1) * _A_PAGE : page * _A_PAGE]:
            name, cells = st.columns(_WIDTHS, vertical_alignment="center", wrap=False)
            record_id = study.record.record_id
            name.button(
                plain(study.study),
                key=f"studies-study-{record_id}",
                type="tertiary",
                help=f"Open {plain(study.study)}",
                on_click=_open,
                args=(record_id,),
                disabled=study is opened,
            )
            cells.html(matrix_row(study, outcomes, is_open=study is opened))
    if n_pages > 1:
        st.pagination(n_pages, default=first, key=_PAGE)


def _open_from_below(record_id: str) -> None:
    _open(record_id)
    ask_to_scroll()


def _open(record_id: str) -> None:
    st.session_state[STUDY] = record_id
    st.session_state.pop(OPENED, None)
