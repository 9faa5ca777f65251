"""All included studies by outcome, with the state of each; a click on a study opens it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from evidence.ui.cards import plain
from evidence.ui.studies_cards import left_html, matrix_head, matrix_row
from evidence.ui.study_acts import OPENED
from evidence.ui.study_results import StudyResults

STUDY = "studies_study"
_WHICH, _PAGE = "studies_which", "studies_page"
_ALL, _WAITING = "All", "Waiting for a person"
_A_PAGE = 12
_WIDTHS = (2, 11)


def chosen_study(studies: Sequence[StudyResults]) -> StudyResults | None:
    """Draw the table; the study that is open. None where the filter leaves none.

    A study that a person opened stays open while the filter shows it; else the first one is open.
    """
    waiting = [study for study in studies if study.waiting]
    st.html(left_html(studies))
    which: str = st.segmented_control(
        "Which studies",
        [_ALL, _WAITING],
        default=_ALL,
        required=True,
        format_func=lambda name: f"{name} ({len(studies if name == _ALL else waiting)})",
        key=_WHICH,
        label_visibility="collapsed",
        persist_state="session",
    )
    shown = list(studies) if which == _ALL else waiting
    if not shown:
        st.success("No result waits for a person.")
        return None
    by_id = {study.record.record_id: study for study in shown}
    opened = by_id.get(st.session_state.get(STUDY, ""), shown[0])
    st.session_state[STUDY] = opened.record.record_id
    _table(shown, opened, list(dict.fromkeys(o.outcome for s in studies for o in s.outcomes)))
    return opened


def _table(shown: Sequence[StudyResults], opened: StudyResults, outcomes: Sequence[str]) -> None:
    n_pages = -(-len(shown) // _A_PAGE)
    page = min(st.session_state.get(_PAGE, 1), n_pages)
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
        st.pagination(n_pages, key=_PAGE)


def _open(record_id: str) -> None:
    st.session_state[STUDY] = record_id
    st.session_state.pop(OPENED, None)
