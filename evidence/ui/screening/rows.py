"""A record as one person may see it: a row of the list to work through (`visible_decisions`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from evidence.config import ScreeningSettings
from evidence.judgements import Phase, ScreeningDecision, Verdict
from evidence.screening.reviewing import visible_decisions
from evidence.screening.verdicts import person_key
from evidence.state import ReviewState
from indexers.records import Record

First = Literal["sample", "calibration"]
Turn = tuple[First | None, int]
NO_TURN: Turn = (None, 0)


@dataclass(frozen=True, slots=True)
class ScreeningRow:
    """A record as its viewer may see it in one phase.

    Attributes:
        record_id: That of the record; whoever passes over all rows has it at hand.
        decision: The decision that counts, or the viewer's own while it waits for the second
            reviewer's; None while there is none that the viewer may see.
        by_engine: The engine's last decision of each phase, whoever decided after it.
        history: Every decision in the order of the log, titles and abstracts first.
        place: 0-based place in the search.
        due: Whether the viewer has still to judge the record.
        note: Where the record stands beyond its verdict; empty when the verdict says it all.
        first: Why the record is read before others, in their `turn`.
    """

    record_id: str
    record: Record
    phase: Phase
    decision: ScreeningDecision | None
    by_engine: tuple[ScreeningDecision, ...]
    history: tuple[ScreeningDecision, ...]
    document_digest: str | None
    place: int
    due: bool
    note: str = ""
    first: First | None = None
    turn: int = 0

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of the shown decision."""
        return self.decision.verdict if self.decision is not None else None

    @property
    def by_person(self) -> bool | None:
        """Whether a person made the shown decision; None while there is none."""
        return self.decision.provenance.by_person if self.decision is not None else None


def screening_row(
    state: ReviewState,
    screening: ScreeningSettings,
    record_id: str,
    place: int,
    phase: Phase,
    viewer: str,
    due: bool | None,
    turn: Turn,
) -> ScreeningRow:
    """A record as this person may see it.

    Args:
        state: Of the review.
        screening: Who decides, and who may see what.
        record_id: One of the state's records.
        place: 0-based place in the search.
        phase: Of the row.
        viewer: Name of the person; empty while it is not known.
        due: Whether the viewer has still to judge it; None for what has no decision to be seen.
        turn: Why it is read before others, if it is.
    """
    visible = {
        each: visible_decisions(state, screening, record_id, each, viewer)
        for each in get_args(Phase)
        if (record_id, each) in state.verdicts
    }
    report = state.reports.get(record_id)
    history = tuple(word for words in visible.values() for word in words)
    by_engine = (
        next((word for word in reversed(words) if not word.provenance.by_person), None)
        for words in visible.values()
    )
    decision = _shown(state, record_id, phase, visible.get(phase, ()), viewer)
    return ScreeningRow(
        record_id=record_id,
        record=state.records[record_id].record,
        phase=phase,
        decision=decision,
        by_engine=tuple(word for word in by_engine if word is not None),
        history=history,
        document_digest=report.document_digest if report is not None else None,
        place=place,
        due=decision is None if due is None else due,
        note=_note(state, screening, record_id, phase, viewer),
        first=turn[0],
        turn=turn[1],
    )


def _shown(
    state: ReviewState,
    record_id: str,
    phase: Phase,
    visible: Sequence[ScreeningDecision],
    viewer: str,
) -> ScreeningDecision | None:
    """The decision that counts if it may be seen, else the viewer's own last one."""
    counted = state.decisions.get((record_id, phase))
    if counted is not None and any(word is counted for word in visible):
        return counted
    name = person_key(viewer)
    return next(
        (
            word
            for word in reversed(visible)
            if word.provenance.by_person and person_key(word.provenance.actor) == name
        ),
        None,
    )


def _note(
    state: ReviewState, screening: ScreeningSettings, record_id: str, phase: Phase, viewer: str
) -> str:
    said = state.verdicts.get((record_id, phase))
    if said is not None and said.in_conflict:
        return "reviewers disagree"
    if screening.reviewers == 2 and said is not None and said.decision is None:
        # Only to the one who has judged it: to others it looks as if nobody had.
        return "waits for the second reviewer" if person_key(viewer) in said.reviewers else ""
    left_out = state.stopping.stopped and state.fate(record_id) == "not_screened"
    return "left out: screening was stopped" if left_out else ""
