"""What a person should know of a review, though nothing waits for it."""

from __future__ import annotations

from typing import NamedTuple

from evidence.duplicates.filled import filled_records
from evidence.number_words import counted
from evidence.page_names import PageName
from evidence.state import ReviewState, study_label


class Note(NamedTuple):
    """Something that a person should look at, and where."""

    text: str
    page: PageName | None


def notes(state: ReviewState) -> tuple[Note, ...]:
    """The notes, the gravest first; a retraction counts whichever merged record tells it."""
    filled = filled_records(state)
    found = [
        Note(f"{study_label(record)} is included, and its report was retracted.", "studies")
        for record_id in state.with_fate("included")
        if (record := filled.get(record_id, state.records[record_id]).record).retracted
    ]
    lost = sum(given_up(state, r) for r in state.with_fate("not_retrieved"))
    if lost:
        found.append(Note(f"{counted(lost, 'full text')} could not be had.", "full-texts"))
    if state.sign_offs and not state.signed_off_by:
        told = "An earlier version of the recommendation was signed; the one now is not."
        found.append(Note(told, "recommendation"))
    return tuple(found)


def given_up(state: ReviewState, record_id: str) -> bool:
    """Whether a person said of a report that is not there that it cannot be had."""
    return state.reports[record_id].provenance.by_person
