"""The records of a project as one person's list to work through: rows, filters, order.

A row holds only what its viewer may see (`visible_decisions`): filters and orders read rows, so
they cannot tell what the cards hide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from evidence.config import ScreeningSettings
from evidence.judgements import Phase, ScreeningDecision, Verdict
from evidence.prisma import PrismaCounts, count
from evidence.project import Manifest, Project
from evidence.question import ClinicalQuestion
from evidence.screening.reviewing import (
    calibration_round,
    due_for,
    phase_reached,
    visible_decisions,
)
from evidence.screening.stopping_acts import is_lost
from evidence.screening.verdicts import person_key
from evidence.state import ReviewState, read_state
from indexers.records import Record

Order = Literal["Most relevant first", "Unclear first", "Search order", "Newest first", "Title"]
First = Literal["sample", "calibration"]
Turn = tuple[First | None, int]
_NO_TURN: Turn = (None, 0)
_UNCLEAR_FIRST = {None: 0, "unclear": 0, "include": 1, "exclude": 2}


@dataclass(frozen=True)
class ScreeningRow:
    """A record as its viewer may see it in one phase.

    Attributes:
        decision: The decision that counts, or the viewer's own while it waits for the second
            reviewer's; None while there is none that the viewer may see.
        by_engine: The engine's last decision of each phase, whoever decided after it.
        history: Every decision in the order of the log, titles and abstracts first.
        place: 0-based place in the search.
        due: Whether the viewer has still to judge the record.
        note: Where the record stands beyond its verdict; empty when the verdict says it all.
        first: Why the record is read before others, in their `turn`.
    """

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


@dataclass(frozen=True)
class Worklist:
    """All records of a project that are to be screened, without duplicates."""

    question: ClinicalQuestion
    screening: ScreeningSettings
    counts: PrismaCounts
    rows: tuple[ScreeningRow, ...]

    @property
    def unsettled(self) -> int:
        """Records without a verdict, or with an unclear one."""
        return sum(row.verdict in (None, "unclear") for row in self.rows)

    @property
    def n_due(self) -> int:
        """Records that the viewer has still to judge."""
        return sum(row.due for row in self.rows)


def read_worklist(project: Project) -> Worklist:
    """Read the log once; each record in the phase that it has reached."""
    return worklist_of(read_state(project), project.manifest, "", None)


def worklist_of(
    state: ReviewState, manifest: Manifest, viewer: str, phase: Phase | None
) -> Worklist:
    """What one person may see of the records.

    Args:
        state: Of the review.
        manifest: Of the project.
        viewer: Name of the person; empty while it is not known.
        phase: Only records that reached it; None shows each in the phase that it reached.
    """
    screening = manifest.settings.screening
    by_people = screening.decided_by == "people"
    due = frozenset(due_for(state, screening, viewer, phase, manifest.seed) if phase else ())
    turns = _turns(state, screening, manifest.seed) if phase == "title_abstract" else {}
    rows = []
    for place, record_id in enumerate(state.records):
        if record_id in state.duplicates:
            continue
        reached = phase_reached(state, record_id)
        if phase == "full_text" and reached != "full_text" and record_id not in due:
            continue
        is_due = record_id in due if by_people and phase else None
        first = turns.get(record_id, _NO_TURN) if is_due else _NO_TURN
        of = phase or reached
        rows.append(_row(state, screening, record_id, place, of, viewer, is_due, first))
    return Worklist(manifest.question, screening, count(state), tuple(rows))


def _turns(state: ReviewState, screening: ScreeningSettings, seed: int) -> dict[str, Turn]:
    """What is read before all else: an open sample in its order, then the calibration round."""
    turns: dict[str, Turn] = {}
    calibration = calibration_round(state, screening, seed)
    turns.update((record_id, ("calibration", turn)) for turn, record_id in enumerate(calibration))
    sample = state.stopping.sample
    if sample is not None and not is_lost(sample):
        drawn = enumerate(sample.to_screen)
        turns.update((record_id, ("sample", turn)) for turn, record_id in drawn)
    return turns


def _row(
    state: ReviewState,
    screening: ScreeningSettings,
    record_id: str,
    place: int,
    phase: Phase,
    viewer: str,
    due: bool | None,
    turn: Turn,
) -> ScreeningRow:
    """The row; without a list of what is due it is what has no decision that may be seen."""
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


def select(
    rows: Sequence[ScreeningRow],
    *,
    verdict: Verdict | Literal["to screen"] | None = None,
    by_person: bool | None = None,
    words: str = "",
    order: Order = "Unclear first",
    reading: Sequence[str] = (),
) -> list[ScreeningRow]:
    """The rows that fit every filter, in this order; each word has to be in the record.

    Args:
        rows: Of one viewer.
        verdict: Shown verdict; `to screen` keeps what the viewer has still to judge.
        by_person: Whether a person made the shown decision.
        words: Searched in the record.
        order: What comes first, after an open sample and the calibration round.
        reading: Record ids, the most relevant first, for `Most relevant first`.
    """
    wanted = words.casefold().split()
    kept = [
        row
        for row in rows
        if (verdict is None or (row.due if verdict == "to screen" else row.verdict == verdict))
        and (by_person is None or row.by_person is by_person)
        and (not wanted or _has(row.record, wanted))
    ]
    match order:
        case "Most relevant first":
            rank = {record_id: place for place, record_id in enumerate(reading)}
            kept.sort(key=lambda row: (rank.get(row.record.record_id, len(rank)), row.place))
        case "Unclear first":
            kept.sort(key=lambda row: (_UNCLEAR_FIRST[row.verdict], row.place))
        case "Newest first":
            kept.sort(key=lambda row: (-(row.record.year or 0), row.place))
        case "Title":
            kept.sort(key=lambda row: (row.record.title.casefold(), row.place))
        case "Search order":
            pass
    kept.sort(key=_turn)
    return kept


def _turn(row: ScreeningRow) -> tuple[int, int]:
    return ({"sample": 0, "calibration": 1}.get(row.first or "", 2), row.turn)


def _has(record: Record, words: Sequence[str]) -> bool:
    """Whether every word, case folded, is in the record."""
    parts = (record.title, record.abstract, record.journal, record.doi, record.pmid)
    text = "\n".join(filter(None, (*parts, record.record_id, *record.authors))).casefold()
    return all(word in text for word in words)
