"""Taking a decision back: which one is a person's last, and the line that takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from evidence.errors import ProjectError
from evidence.judgements import DecisionTakenBack, Phase, Provenance, Role, ScreeningDecision
from evidence.screening.allowed import check_taken_back
from evidence.screening.verdicts import person_key

if TYPE_CHECKING:
    from evidence.state import ReviewState

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def last_own_decision(state: ReviewState, name: str) -> ScreeningDecision | None:
    """The decision that a person made last, in either phase; None while there is none.

    The time that the project stamped says which is the last. Of those with the same stamp, as a
    file of verdicts leaves them, it is the one whose record was judged last.
    """
    last = None
    for word in _own(state, name):
        if last is None or _time(word) >= _time(last):
            last = word
    return last


def times_said(
    state: ReviewState, record_id: str, phase: Phase, name: str, role: Role = "reviewer"
) -> int:
    """How many decisions of a person on a record stand in the log, those taken back left out."""
    said = state.verdicts.get((record_id, phase))
    words = said.words if said is not None else ()
    return sum(_is_by(word, person_key(name)) and word.role == role for word in words)


def take_back(
    state: ReviewState, by: Provenance, record_id: str = ""
) -> tuple[DecisionTakenBack, ScreeningDecision]:
    """The line that takes a person's last decision back, and that decision.

    Args:
        state: Of the review.
        by: Who takes it back.
        record_id: Only a decision on this record; empty for the last one on any.

    Raises:
        ProjectError: There is none, or both reviewers have judged the record.
    """
    name = by.actor
    own = [w for w in _own(state, name) if not record_id or w.record_id == record_id]
    if not own:
        where = f"{record_id}: " if record_id else ""
        raise ProjectError(f"{where}no decision of {name} to take back")
    last = own[-1] if record_id else last_own_decision(state, name) or own[-1]
    check_taken_back(state, last.record_id, last.phase, name, last.role)
    line = DecisionTakenBack(
        record_id=last.record_id, phase=last.phase, role=last.role, provenance=by
    )
    return line, last


def _own(state: ReviewState, name: str) -> Iterator[ScreeningDecision]:
    key = person_key(name)
    return (w for said in state.verdicts.values() for w in said.words if _is_by(w, key))


def _is_by(word: ScreeningDecision, key: str) -> bool:
    return word.provenance.by_person and person_key(word.provenance.actor) == key


def _time(word: ScreeningDecision) -> datetime:
    return word.provenance.at or _LONG_AGO
