"""Labels and notes on records: how they are written, and who may read them.

A note decides nothing, but it can tell a verdict. So in a review by two blind reviewers a note is
its writer's alone until both have judged the record in the phase that it has reached.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evidence.config import ScreeningSettings
from evidence.judgements import Provenance, RecordNote
from evidence.screening.reviewing import phase_reached
from evidence.screening.verdicts import person_key

if TYPE_CHECKING:
    from evidence.state import ReviewState

LABEL_CHARACTERS = 40
LABELS_A_RECORD = 20
NOTE_CHARACTERS = 1_000


def new_note(
    record_id: str, labels: Sequence[str], text: str, by: Provenance, known: Sequence[str] = ()
) -> RecordNote:
    """A note as it is written: labels and words without odd white space and control characters.

    Args:
        record_id: Of the record.
        labels: In the order given; two that differ in case alone are one.
        text: A few words; lines stay lines.
        by: Who writes it.
        known: Labels of the project: `Children` is written as the `children` that is there.
    """
    spelled = {label.casefold(): label for label in known}
    cleaned = (_clean(label)[:LABEL_CHARACTERS].strip() for label in labels)
    chosen: dict[str, str] = {}
    for label in filter(None, cleaned):
        chosen.setdefault(label.casefold(), spelled.get(label.casefold(), label))
    lines = (_clean(line) for line in text.splitlines())
    return RecordNote(
        record_id=record_id,
        labels=tuple(chosen.values())[:LABELS_A_RECORD],
        text="\n".join(lines).strip()[:NOTE_CHARACTERS],
        provenance=by,
    )


def own_note(state: ReviewState, record_id: str, viewer: str) -> RecordNote | None:
    """What this person noted on a record; None for nothing, and for a note taken away."""
    note = state.notes.get(record_id, {}).get(person_key(viewer))
    return note if note is not None and says_something(note) else None


def visible_notes(
    state: ReviewState, screening: ScreeningSettings, record_id: str, viewer: str
) -> tuple[RecordNote, ...]:
    """The notes on a record that this person may read, one's own first."""
    notes = state.notes.get(record_id)
    if not notes:
        return ()
    name = person_key(viewer)
    open_to_all = notes_are_open(state, screening, record_id)
    seen = [
        (key != name, note)
        for key, note in notes.items()
        if says_something(note) and (open_to_all or key == name)
    ]
    return tuple(note for _, note in sorted(seen, key=lambda each: each[0]))


def notes_are_open(state: ReviewState, screening: ScreeningSettings, record_id: str) -> bool:
    """Whether everybody may read the notes on a record."""
    if screening.reviewers == 1 or not screening.blind:
        return True
    said = state.verdicts.get((record_id, phase_reached(state, record_id)))
    return said is not None and said.independent is not None


def labels_seen(
    state: ReviewState, screening: ScreeningSettings, viewer: str
) -> dict[str, frozenset[str]]:
    """The labels of the project in alphabetical order, each with the records that bear it.

    Only what this person may read: else a filter would tell what a note hides.
    """
    bearing: dict[str, set[str]] = {}
    for record_id in state.notes:
        for note in visible_notes(state, screening, record_id, viewer):
            for label in note.labels:
                bearing.setdefault(label, set()).add(record_id)
    ordered = sorted(bearing, key=lambda label: (label.casefold(), label))
    return {label: frozenset(bearing[label]) for label in ordered}


def says_something(note: RecordNote) -> bool:
    """Whether a note holds anything; an empty one takes the note before it away."""
    return bool(note.labels or note.text)


def _clean(text: str) -> str:
    """One line without what has no place in a label: controls, and signs that turn the writing."""
    kept = (" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    visible = (c for c in kept if unicodedata.category(c) not in ("Cf", "Cs", "Co"))
    return " ".join("".join(visible).split())
