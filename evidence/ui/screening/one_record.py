"""Records one at a time: the record, what to do with it, and the way to the next."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from evidence.judgements import Phase, ScreeningDecision
from evidence.number_words import counted
from evidence.screening.record_lines import record_lines
from evidence.ui.cards import history_list
from evidence.ui.keys import NEXT, PREVIOUS, keys
from evidence.ui.screening.criterion_panel import criterion_panel
from evidence.ui.screening.deciding import buttons, undo_button
from evidence.ui.screening.note_panel import note_panel
from evidence.ui.screening.reading_trail import Trail
from evidence.ui.screening.record_text import full_text
from evidence.ui.screening.rows import ScreeningRow
from evidence.ui.screening.sitting import Sitting
from evidence.ui.screening.worklist import Worklist
from evidence.ui.signing import known_name

_TRAIL = "screening_trail"
_WHOSE = "screening_whose"
_PHASES: dict[Phase, str] = {
    "title_abstract": "title and abstract",
    "full_text": "full text",
}


def one_record(sitting: Sitting) -> None:
    """Draw the record that the person has come to in the list."""
    key = f"{_TRAIL}-{sitting.list_key}"
    listed = [row.record_id for row in sitting.rows]
    trail: Trail = st.session_state.get(key, Trail()).on(listed, sitting.found.has)
    if _is_another_person() and trail.record_id not in listed:  # it was on somebody else's list
        trail = Trail().on(listed, sitting.found.has)
    st.session_state[key] = trail
    with sitting.bar:
        st.markdown(place_words(sitting.found, listed, trail.record_id, sitting.listed))
        _way(sitting, trail, key)
    row = sitting.found.row(trail.record_id) if trail.record_id is not None else None
    if row is None:
        sitting.nothing_left()
        return
    # Its key names the record, so that a new one is drawn from its top.
    with st.container(horizontal=True, key="reading"):
        with st.container(key="reading-text"):
            st.html(sitting.card(row, large=True))
            if row.phase == "full_text":
                _full_text(sitting, row)
        with st.container(key="reading-acts"):
            _acts(sitting, row, key)
    _history(sitting, row)


def _is_another_person() -> bool:
    """Whether a name was said, or another one, since the page was last drawn."""
    before: str = st.session_state.get(_WHOSE, known_name())
    st.session_state[_WHOSE] = known_name()
    return before != known_name()


def place_words(
    found: Worklist, listed: Sequence[str], record_id: str | None, what: str = ""
) -> str:
    """Where the person is in the list, and how much is left of the person's work.

    Args:
        found: All records.
        listed: The ids of those in the list.
        record_id: The one that is shown; None at the end of the list.
        what: One of what the list holds, where that is settled and only to be checked.
    """
    if what:
        if record_id not in listed:
            return f"Looked at again · {counted(len(listed), what)} to check"
        return f"{listed.index(record_id) + 1:,} of {counted(len(listed), what)} to check"
    if found.screening.decided_by == "people":
        left = f"{found.n_due:,} left to screen"
    else:
        left = f"{counted(found.unsettled, 'undecided record')} left for a person"
    if record_id is None:
        return left
    if record_id not in listed:
        return f"Looked at again · {left}"
    return f"Record {listed.index(record_id) + 1:,} of {len(listed):,} · {left}"


def _way(sitting: Sitting, trail: Trail, key: str) -> None:
    """The buttons to the record before and the next, and back from the last decision."""
    st.button(
        "Previous",
        key=f"{key}-back",
        shortcut=PREVIOUS,
        disabled=trail.at == 0,
        on_click=_back,
        args=(key,),
    )
    if trail.record_id is None:
        return
    st.button("Next", key=f"{key}-on", shortcut=NEXT, on_click=_forward, args=(key,))
    undo_button(sitting.project, lambda decision: _return(key, decision))
    keys()


def _forward(key: str) -> None:
    trail: Trail = st.session_state[key]
    st.session_state[key] = trail.forward()


def _back(key: str) -> None:
    trail: Trail = st.session_state[key]
    st.session_state[key] = trail.back()


def _return(key: str, decision: ScreeningDecision) -> None:
    trail: Trail = st.session_state[key]
    st.session_state[key] = trail.to(decision.record_id)


def _acts(sitting: Sitting, row: ScreeningRow, key: str) -> None:
    """What can be done with the record, always in the same place."""
    if sitting.found.screening.decided_by == "machine":  # whose list has both kinds
        st.caption(f"Your verdict is on the {_PHASES[row.phase]}.")
    buttons(
        sitting.project,
        sitting.found.question,
        row.record,
        row.phase,
        keys=True,
        decided=lambda decision: _forward(key),
    )
    criterion_panel(sitting.project, sitting.found.question, row, lambda decision: _forward(key))
    note_panel(sitting.project, row.record_id)
    sitting.legend(row)


def _full_text(sitting: Sitting, row: ScreeningRow) -> None:
    document = sitting.project.document(row.document_digest) if row.document_digest else None
    if document is None:
        st.caption("There is no full text in the project.")
        return
    st.caption("The full text")
    with st.container(height=520, key="full-text"):
        st.html(full_text(row, document, sitting.marking))


def _history(sitting: Sitting, row: ScreeningRow) -> None:
    """Every line of the log about the record; read only when it is asked for."""
    record_id = row.record_id
    panel = st.expander("History of this record", key=f"history-{record_id}", on_change="rerun")
    if panel.open:
        lines = record_lines(sitting.project, sitting.state, record_id, known_name())
        with panel:
            st.html(history_list(lines))
