"""The included studies with their results, outcome by outcome, and how each result stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from evidence.extraction.by_person import each_once
from evidence.extraction.origins import Origin, origin_of
from evidence.findings import OutcomeData, values
from evidence.judgements import ExtractedOutcome, StatedDirection, StudyCharacteristics
from evidence.question import ClinicalQuestion
from evidence.rendering.report_html import plain_number
from evidence.state import ReviewState, study_label
from evidence.synthesis.selection import passed_over, preferred_result
from indexers.records import Record

Standing = Literal["taken", "waits", "passed over", "rejected"]
OutcomeStanding = Literal[
    "waits", "corrected", "confirmed", "added", "not checked", "passed over", "rejected", "nothing"
]
MISSING = "?"


@dataclass(frozen=True)
class ResultRow:
    """A result of a study; `number` counts within the study.

    `first` says that the synthesis puts it first, also while it waits. `flags` are what a person
    has to settle; `why` says why it is passed over or was rejected.
    """

    number: int
    result: ExtractedOutcome
    standing: Standing
    first: bool = False
    flags: tuple[str, ...] = ()
    why: str = ""
    rejected_by: str = ""
    origin: Origin = "engine"


@dataclass(frozen=True)
class OutcomeResults:
    """What a study reports of one outcome."""

    outcome: str
    rows: tuple[ResultRow, ...]
    direction: StatedDirection | None = None

    @property
    def taken(self) -> ResultRow | None:
        """The result that the synthesis puts first."""
        return next((row for row in self.rows if row.first), None)

    @property
    def waiting(self) -> int:
        """How many results wait for a person."""
        return sum(row.standing == "waits" for row in self.rows)

    @property
    def standing(self) -> OutcomeStanding:
        """How far the outcome is in this study: what waits first, then what is taken."""
        if self.waiting:
            return "waits"
        if self.taken is not None:
            origin = self.taken.origin
            return "not checked" if origin == "engine" else origin
        if all(row.standing == "rejected" for row in self.rows):
            return "rejected" if self.rows else "nothing"
        return "passed over"


@dataclass(frozen=True)
class StudyResults:
    """An included study as its page shows it; outcomes in the order of the question."""

    study: str
    record: Record
    characteristics: StudyCharacteristics | None
    outcomes: tuple[OutcomeResults, ...]

    @property
    def rows(self) -> tuple[ResultRow, ...]:
        """All results, the rejected ones too."""
        return tuple(row for outcome in self.outcomes for row in outcome.rows)

    @property
    def waiting(self) -> int:
        """How many results wait for a person."""
        return sum(outcome.waiting for outcome in self.outcomes)

    def next_waiting(self, row: ResultRow) -> ResultRow | None:
        """The result that waits next after one, from the top again behind the last."""
        rows = self.rows
        after = rows.index(row) + 1
        return next(
            (r for r in (*rows[after:], *rows[:after]) if r.standing == "waits" and r is not row),
            None,
        )


def reviewed_studies(state: ReviewState, question: ClinicalQuestion) -> list[StudyResults]:
    """The included studies in the order of the search, so that none moves when it is settled."""
    return [_study(state, question, record_id) for record_id in state.with_fate("included")]


def _study(state: ReviewState, question: ClinicalQuestion, record_id: str) -> StudyResults:
    results = [*state.extracted.get(record_id, ()), *state.rejected.get(record_id, ())]
    names = dict.fromkeys([*question.pico.outcomes, *(r.outcome for r in results)])
    outcomes: list[OutcomeResults] = []
    number = 1
    for name in names:
        rows = _rows(state, question, record_id, name, number)
        outcomes.append(OutcomeResults(name, rows, state.directions.get(record_id, {}).get(name)))
        number += len(rows)
    record = state.records[record_id].record
    return StudyResults(
        study_label(record), record, state.characteristics.get(record_id), tuple(outcomes)
    )


def _rows(
    state: ReviewState, question: ClinicalQuestion, record_id: str, outcome: str, number: int
) -> tuple[ResultRow, ...]:
    """In the order of the report, so that a result keeps its place when it is rejected."""
    candidates = each_once([r for r in state.extracted.get(record_id, ()) if r.outcome == outcome])
    comparator = question.pico.comparator
    best = preferred_result(outcome, comparator, candidates)
    settled = best is not None and best.provenance.by_person
    rows = []
    every = [*state.extracted.get(record_id, ()), *state.rejected.get(record_id, ())]
    words = state.rejections.get(record_id, {})
    told = passed_over(outcome, comparator, candidates)
    for result, why in zip(candidates, told, strict=True):
        flags = best.flags if not why and best is not None else result.flags
        if result.provenance.by_person:
            flags = ()
        waits = bool(flags) and not settled
        how: Standing = "waits" if waits else "passed over" if why else "taken"
        origin = origin_of(result, every, words.values())
        row = ResultRow(0, result, how, first=not why, flags=flags, why=why, origin=origin)
        rows.append(row)
    for result in each_once(state.rejected.get(record_id, ())):
        if result.outcome == outcome:
            by = words[result.content_digest].provenance
            rows.append(ResultRow(0, result, "rejected", why=by.reason, rejected_by=by.actor))
    rows.sort(key=lambda row: _place(row.result))
    return tuple(replace(row, number=place) for place, row in enumerate(rows, number))


def _place(result: ExtractedOutcome) -> tuple[int, float, bool]:
    first = min(quote.start for item in result.evidence for quote in item.quotes)
    return first, result.time_point_days or 0.0, result.provenance.by_person


def arm_numbers(data: OutcomeData) -> tuple[str, str] | None:
    """`7/98` or `2.1 (1.1), n 120` for each arm; None for an effect that has no arms."""
    told = {name: MISSING if n is None else plain_number(n) for name, n in values(data).items()}
    if data.kind == "dichotomous":
        of = "{events}/{total}"
    elif data.kind == "continuous":
        of = "{mean} ({sd}), n {n}"
    else:
        return None
    arms = []
    for arm in ("intervention", "comparator"):
        tail = f"_{arm}"
        numbers = {k.removesuffix(tail): text for k, text in told.items() if k.endswith(tail)}
        arms.append(of.format(**numbers))
    return arms[0], arms[1]


def effect_numbers(data: OutcomeData) -> str:
    """`RD −0.18 (−0.26 to −0.11)`; empty for data that have arms."""
    if data.kind != "generic":
        return ""
    numbers = (data.estimate, data.ci_low, data.ci_high)
    estimate, low, high = (MISSING if n is None else plain_number(n) for n in numbers)
    return f"{data.measure} {estimate} ({low} to {high})"


def field_words(field: str) -> str:
    """`events_intervention` as `Events, intervention`."""
    name, _, arm = field.partition("_")
    if arm not in ("intervention", "comparator"):
        return {"ci_low": "Interval from", "ci_high": "Interval to"}.get(field, name.capitalize())
    named = {"n": "Number analysed", "sd": "SD"}.get(name, name.capitalize())
    return f"{named}, {arm}"
