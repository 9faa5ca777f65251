"""The records of a project as one person's list to work through: rows, filters, order.

A row holds only what its viewer may see (`visible_decisions`): filters and orders read rows, so
they cannot tell what the cards hide.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from threading import Lock
from typing import Literal

from evidence.config import ScreeningSettings
from evidence.events import StoppingSampleDrawn
from evidence.judgements import Phase, Verdict
from evidence.prisma import PrismaCounts, count
from evidence.project import Manifest
from evidence.question import ClinicalQuestion
from evidence.screening.reviewing import (
    calibration_round,
    is_due,
    phase_reached,
)
from evidence.screening.stopping_acts import is_lost
from evidence.state import ReviewState, changed_records
from evidence.ui.screening.rows import NO_TURN, ScreeningRow, Turn, screening_row
from indexers.records import Record

Order = Literal["Most relevant first", "Unclear first", "Search order", "Newest first", "Title"]
_UNCLEAR_FIRST = {None: 0, "unclear": 0, "include": 1, "exclude": 2}


@dataclass(frozen=True)
class Worklist:
    """All records of a project that are to be screened, without duplicates.

    `places` are those in the search, by record_id.
    """

    question: ClinicalQuestion
    screening: ScreeningSettings
    rows: tuple[ScreeningRow, ...]
    state: ReviewState
    places: Mapping[str, int]

    @cached_property
    def counts(self) -> PrismaCounts:
        """The flow of records so far."""
        return count(self.state)

    @cached_property
    def unsettled(self) -> int:
        """Records without a verdict, or with an unclear one."""
        return sum(row.verdict in (None, "unclear") for row in self.rows)

    @cached_property
    def n_due(self) -> int:
        """Records that the viewer has still to judge."""
        return sum(map(attrgetter("due"), self.rows))

    def has(self, record_id: str) -> bool:
        """Whether the list has a row of this record."""
        return self.row(record_id) is not None

    def row(self, record_id: str) -> ScreeningRow | None:
        """The row of a record; None where it has none in this list."""
        place = self.places.get(record_id)
        if place is None:
            return None
        at = bisect_left(self.rows, place, key=attrgetter("place"))
        found = at < len(self.rows) and self.rows[at].place == place
        return self.rows[at] if found else None


def worklist_of(
    state: ReviewState, manifest: Manifest, viewer: str, phase: Phase | None
) -> Worklist:
    """What one person may see of the records now; for the arguments see `KeptWorklist`."""
    return KeptWorklist(manifest, viewer, phase).at(state)


class KeptWorklist:
    """One person's worklist, made once and then changed where something was said.

    Threads may share it.

    Args:
        manifest: Of the project.
        viewer: Name of the person; empty while it is not known.
        phase: Only records that reached it; None shows each in the phase that it reached.
    """

    def __init__(self, manifest: Manifest, viewer: str, phase: Phase | None) -> None:
        self._manifest = manifest
        self._viewer = viewer
        self._phase = phase
        self._lock = Lock()
        self._state = ReviewState()
        self._turns: dict[str, Turn] = {}
        self._places: dict[str, int] = {}
        self._worklist: Worklist | None = None

    def at(self, state: ReviewState) -> Worklist:
        """The worklist in a state of the project's log, mostly a later one."""
        with self._lock:
            if self._worklist is None or state is not self._state:
                self._worklist = self._made(state)
                self._state = state
            return self._worklist

    def _made(self, state: ReviewState) -> Worklist:
        changed = changed_records(self._state, state)
        if self._worklist is None or changed is None or _draws_differ(self._state, state):
            self._turns = self._turns_in(state)
            self._places = {record_id: place for place, record_id in enumerate(state.records)}
            drawn = (self._row(state, *of) for of in self._places.items())
            rows = [row for row in drawn if row is not None]
        else:
            rows = list(self._worklist.rows)
            for record_id in changed:
                self._redraw(rows, state, record_id)
        screening = self._manifest.settings.screening
        return Worklist(self._manifest.question, screening, tuple(rows), state, self._places)

    def _turns_in(self, state: ReviewState) -> dict[str, Turn]:
        """What is read before all else: an open sample in its order, then the calibration round."""
        if self._phase != "title_abstract":
            return {}
        screening, seed = self._manifest.settings.screening, self._manifest.seed
        turns: dict[str, Turn] = {}
        calibration = calibration_round(state, screening, seed)
        turns.update(
            (record_id, ("calibration", turn)) for turn, record_id in enumerate(calibration)
        )
        sample = _open_sample(state)
        if sample is not None:
            drawn = enumerate(sample.record_ids)
            turns.update((record_id, ("sample", turn)) for turn, record_id in drawn)
        return turns

    def _redraw(self, rows: list[ScreeningRow], state: ReviewState, record_id: str) -> None:
        """Put the row of a record as it is now into rows that are in the order of the search."""
        place = self._places.get(record_id)
        if place is None:  # a word on a record that nobody found
            return
        at = bisect_left(rows, place, key=attrgetter("place"))
        if at < len(rows) and rows[at].place == place:
            del rows[at]
        row = self._row(state, record_id, place)
        if row is not None:
            rows.insert(at, row)

    def _row(self, state: ReviewState, record_id: str, place: int) -> ScreeningRow | None:
        """The row of a record; None where it has none in this list."""
        if record_id in state.duplicates:
            return None
        screening, phase, viewer = self._manifest.settings.screening, self._phase, self._viewer
        reached = phase_reached(state, record_id)
        due = phase is not None and is_due(state, screening, viewer, record_id, phase)
        if phase == "full_text" and reached != "full_text" and not due:
            return None
        known_due = due if screening.decided_by == "people" and phase is not None else None
        turn = self._turns.get(record_id, NO_TURN) if known_due else NO_TURN
        return screening_row(
            state, screening, record_id, place, phase or reached, viewer, known_due, turn
        )


def _open_sample(state: ReviewState) -> StoppingSampleDrawn | None:
    """The stopping sample that is being read, if there is one."""
    sample = state.stopping.sample
    return None if sample is None or is_lost(sample) else sample.drawn


def _draws_differ(before: ReviewState, after: ReviewState) -> bool:
    return _open_sample(before) is not _open_sample(after)


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
        rows: Of one viewer, in the order of the search.
        verdict: Shown verdict; `to screen` keeps what the viewer has still to judge.
        by_person: Whether a person made the shown decision.
        words: Searched in the record.
        order: What comes first, after an open sample and the calibration round.
        reading: Record ids, the most relevant first, for `Most relevant first`.
    """
    wanted = words.casefold().split()
    kept = list(rows)
    if verdict == "to screen":
        kept = [row for row in kept if row.due]
    elif verdict is not None:
        kept = [row for row in kept if row.verdict == verdict]
    if by_person is not None:
        kept = [row for row in kept if row.by_person is by_person]
    if wanted:
        kept = [row for row in kept if _has(row.record, wanted)]
    match order:
        case "Most relevant first":
            waiting = {row.record_id: row for row in kept}
            first = [waiting.pop(record_id) for record_id in reading if record_id in waiting]
            kept = [*first, *waiting.values()]
        case "Unclear first":
            kept.sort(key=lambda row: _UNCLEAR_FIRST[row.verdict])
        case "Newest first":
            kept.sort(key=lambda row: -(row.record.year or 0))
        case "Title":
            kept.sort(key=lambda row: row.record.title.casefold())
        case "Search order":
            pass
    before = sorted((row for row in kept if row.first is not None), key=_turn)
    return [*before, *(row for row in kept if row.first is None)] if before else kept


def _turn(row: ScreeningRow) -> tuple[bool, int]:
    return (row.first != "sample", row.turn)


def _has(record: Record, words: Sequence[str]) -> bool:
    """Whether every word, case folded, is in the record."""
    parts = (record.title, record.abstract, record.journal, record.doi, record.pmid)
    text = "\n".join(filter(None, (*parts, record.record_id, *record.authors))).casefold()
    return all(word in text for word in words)
