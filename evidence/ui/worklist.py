"""The screened records of a project as a list to work through: rows, filters, order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from evidence.judgements import Phase, ScreeningDecision, Verdict
from evidence.prisma import PrismaCounts, count
from evidence.project import Project
from evidence.question import ClinicalQuestion
from evidence.screening.reviewing import phase_reached
from evidence.state import ReviewState, fold
from indexers.records import Record

Order = Literal["Unclear first", "Search order", "Newest first", "Title"]
_UNCLEAR_FIRST = {None: 0, "unclear": 0, "include": 1, "exclude": 2}


@dataclass(frozen=True)
class ScreeningRow:
    """A record with the decision that counts in the phase it has reached.

    `by_engine` holds the engine's last decision of each phase, whoever decided after it;
    `history` holds every decision on the record in the order of the log; `place` is the record's
    0-based place in the search; `searched` is what the text search looks at, case folded.
    """

    record: Record
    phase: Phase
    decision: ScreeningDecision | None
    by_engine: tuple[ScreeningDecision, ...]
    history: tuple[ScreeningDecision, ...]
    document_digest: str | None
    place: int
    searched: str

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that counts; None while nobody has screened the record."""
        return self.decision.verdict if self.decision is not None else None

    @property
    def by_person(self) -> bool | None:
        """Whether a person decided; None while nobody has."""
        return self.decision.provenance.by_person if self.decision is not None else None


@dataclass(frozen=True)
class Worklist:
    """All records of a project that are to be screened, without duplicates."""

    question: ClinicalQuestion
    counts: PrismaCounts
    rows: tuple[ScreeningRow, ...]

    @property
    def unsettled(self) -> int:
        """Records without a verdict, or with an unclear one."""
        return sum(row.verdict in (None, "unclear") for row in self.rows)


def read_worklist(project: Project) -> Worklist:
    """Read the log once."""
    entries = [line.entry for line in project.lines()]
    manifest = project.manifest
    state = fold(entries, manifest.settings.screening, manifest.question)
    history: dict[str, list[ScreeningDecision]] = {}
    for entry in entries:
        if isinstance(entry, ScreeningDecision):
            history.setdefault(entry.record_id, []).append(entry)
    rows = tuple(
        _row(state, record_id, place, tuple(history.get(record_id, ())))
        for place, record_id in enumerate(state.records)
        if record_id not in state.duplicates
    )
    return Worklist(project.manifest.question, count(state), rows)


def _row(
    state: ReviewState, record_id: str, place: int, history: tuple[ScreeningDecision, ...]
) -> ScreeningRow:
    record = state.records[record_id].record
    phase = phase_reached(state, record_id)
    report = state.reports.get(record_id)
    searched = "\n".join(
        part
        for part in (
            *(record.title, record.abstract, record.journal, record.doi, record.pmid),
            *(record.record_id, *record.authors),
        )
        if part
    )
    return ScreeningRow(
        record=record,
        phase=phase,
        decision=state.decisions.get((record_id, phase)),
        by_engine=tuple(
            state.machine_decisions[record_id, each]
            for each in get_args(Phase)
            if (record_id, each) in state.machine_decisions
        ),
        history=history,
        document_digest=report.document_digest if report is not None else None,
        place=place,
        searched=searched.casefold(),
    )


def select(
    rows: Sequence[ScreeningRow],
    *,
    verdict: Verdict | Literal["to screen"] | None = None,
    by_person: bool | None = None,
    words: str = "",
    order: Order = "Unclear first",
) -> list[ScreeningRow]:
    """The rows that fit every filter, in this order; each word has to be in the record."""
    wanted = words.casefold().split()
    kept = [
        row
        for row in rows
        if (verdict is None or (row.verdict or "to screen") == verdict)
        and (by_person is None or row.by_person is by_person)
        and all(word in row.searched for word in wanted)
    ]
    match order:
        case "Unclear first":
            kept.sort(key=lambda row: (_UNCLEAR_FIRST[row.verdict], row.place))
        case "Newest first":
            kept.sort(key=lambda row: (-(row.record.year or 0), row.place))
        case "Title":
            kept.sort(key=lambda row: (row.record.title.casefold(), row.place))
        case "Search order":
            pass
    return kept
