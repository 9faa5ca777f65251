"""Labels and a note on a record: written as soon as they are changed."""

from __future__ import annotations

import streamlit as st

from evidence.duplicates.answers import signed
from evidence.errors import EvidenceError
from evidence.project import Project
from evidence.screening.notes import (
    LABEL_CHARACTERS,
    LABELS_A_RECORD,
    NOTE_CHARACTERS,
    labels_seen,
    new_note,
    own_note,
)
from evidence.ui.cards import plain
from evidence.ui.opened import review_state
from evidence.ui.signing import known_name, notify, reviewer_name, write

PRIVATE = "Yours alone until both reviewers have judged the record."


def note_panel(project: Project, record_id: str) -> None:
    """Draw the labels and the note of the person who looks at the record.

    Raises:
        ProjectError: The log cannot be read.
    """
    state, name = review_state(project), known_name()
    screening = project.manifest.settings.screening
    note = own_note(state, record_id, name)
    own = list(note.labels) if note is not None else []
    offered = list(dict.fromkeys((*labels_seen(state, screening, name), *own)))
    blind = screening.reviewers == 2 and screening.blind
    keys = (f"labels-{name}-{record_id}", f"note-{name}-{record_id}")
    with st.container(horizontal=True, key="note-panel"):
        st.multiselect(
            "Labels",
            offered,
            default=own,
            key=keys[0],
            accept_new_options=True,
            max_selections=LABELS_A_RECORD,
            placeholder="Add a label",
            help=f"Choose one, or write a new one and press Enter. {PRIVATE if blind else ''}",
            on_change=_keep,
            args=(project, record_id, keys),
        )
        st.text_area(
            "Note",
            value=note.text if note is not None else "",
            key=keys[1],
            height=68,
            max_chars=NOTE_CHARACTERS,
            placeholder="A short note",
            help=PRIVATE if blind else None,
            on_change=_keep,
            args=(project, record_id, keys),
        )


def _keep(project: Project, record_id: str, keys: tuple[str, str]) -> None:
    """Write the labels and the note as they are now."""
    name = reviewer_name()
    if not name:
        return
    labels, text = st.session_state[keys[0]], st.session_state[keys[1]]
    try:
        state = review_state(project)
        known = labels_seen(state, project.manifest.settings.screening, name)
        note = new_note(record_id, labels, text, signed(name, ""), tuple(known))
        before = own_note(state, record_id, name)
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    was = (before.labels, before.text) if before is not None else ((), "")
    if (note.labels, note.text) == was:
        return  # a box can report a change when it is only drawn anew
    cut = any(len(label) > LABEL_CHARACTERS for label in labels)
    said = "Noted" + (f"; a label has {LABEL_CHARACTERS} characters at most" if cut else "")
    if write(project, note, done=said):
        # The boxes show what is in the log, also where a label was written in another way. A box
        # that shows it already is not set, which would undo what is being written in it.
        for key, told, logged in zip(
            keys, (labels, text), (list(note.labels), note.text), strict=True
        ):
            if told != logged:
                st.session_state[key] = logged
