"""Records as a list: a page of cards, the keys act on the marked one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from evidence.judgements import ScreeningDecision
from evidence.ui.cards import here
from evidence.ui.keys import keys
from evidence.ui.screening.deciding import buttons, undo_button
from evidence.ui.screening.marked_place import marked_place, move_buttons, put_mark
from evidence.ui.screening.record_text import full_text
from evidence.ui.screening.rows import ScreeningRow
from evidence.ui.screening.sitting import Sitting

RECORDS_A_PAGE = 20
READ_A_PAGE = 5  # the order moves with each decision, so nobody plans far ahead


def record_list(sitting: Sitting) -> None:
    """Draw a page of the list."""
    rows = sitting.rows
    if not rows:
        sitting.nothing_left()
        return
    by_people = sitting.found.screening.decided_by == "people"
    a_page = READ_A_PAGE if by_people else RECORDS_A_PAGE
    n_pages = -(-len(rows) // a_page)
    pages = f"screening_page_{sitting.list_key}"
    number = int(st.session_state.get(pages, 1))
    if number > n_pages:  # decisions took records out of the list
        number = st.session_state[pages] = n_pages
    first = (number - 1) * a_page
    shown = rows[first : first + a_page]
    mark = f"screening_mark-{sitting.list_key}-{number}"
    names = [row.record_id for row in shown]
    place = marked_place(mark, names)
    with sitting.bar:
        st.markdown(f"Records {first + 1:,} to {first + len(shown):,} of {len(rows):,}")
        move_buttons(mark, place, names)
        undo_button(sitting.project)
        keys()
    sitting.legend(None)
    for i, row in enumerate(shown):
        _card(sitting, row, partial(_go_on, mark, i, names) if i == place else None)
    if n_pages > 1:
        st.pagination(n_pages, key=pages)


def _card(
    sitting: Sitting, row: ScreeningRow, go_on: Callable[[ScreeningDecision], None] | None
) -> None:
    """A record with its buttons; with `go_on` it is the one that the keys act on."""
    # The key moves with the record, so that a redrawn list never mixes two cards.
    with st.container(border=True, key=f"card-{row.place}"):
        if go_on is not None:
            st.html(here(row.record_id, row.phase))
        st.html(sitting.card(row))
        if row.phase == "full_text":
            _full_text(sitting, row)
        buttons(
            sitting.project,
            sitting.found.question,
            row.record,
            row.phase,
            keys=go_on is not None,
            decided=go_on,
        )


def _go_on(mark: str, place: int, names: Sequence[str], decision: ScreeningDecision) -> None:
    put_mark(mark, place + 1, names)


def _full_text(sitting: Sitting, row: ScreeningRow) -> None:
    """The report itself, on request: a page of them would be long and slow."""
    document = sitting.project.document(row.document_digest) if row.document_digest else None
    if document is None:
        st.caption("There is no full text in the project.")
        return
    if st.toggle("Show the full text", key=f"text-{row.record_id}"):
        with st.container(height=480):
            st.html(full_text(row, document, sitting.marking))
