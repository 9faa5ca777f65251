"""Logs of small reviews in which screening is stopped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from evidence.config import ScreeningSettings
from evidence.entries import Entry
from evidence.events import DuplicateMarked, RecordIdentified, ScreeningStopped
from evidence.judgements import Provenance, ScreeningDecision, Verdict
from evidence.screening.standing import StoppingFold, StoppingStanding
from evidence.screening.stopping_acts import certify, draw
from indexers.records import Record

ANNA = Provenance(actor="Anna", engine="person", reason="said so")
ENGINE = Provenance(actor="machine", engine="offline")
SETTINGS = ScreeningSettings(decided_by="people")


def identified(*numbers: int) -> list[Entry]:
    return [
        RecordIdentified(
            record=Record(record_id=f"r{i}", source="test", title=f"Title {i}"),
            score=1.0,
            ranks={},
            provenance=ENGINE,
        )
        for i in numbers
    ]


def judged(
    record_id: str, verdict: Verdict, by: Provenance = ANNA, phase: str = "title_abstract"
) -> ScreeningDecision:
    return ScreeningDecision(
        record_id=record_id,
        phase="full_text" if phase == "full_text" else "title_abstract",
        verdict=verdict,
        provenance=by,
    )


def all_judged(record_ids: Iterable[str], included: Sequence[str] = ()) -> list[Entry]:
    return [judged(i, "include" if i in included else "exclude") for i in record_ids]


def duplicate(record_id: str, of: str) -> DuplicateMarked:
    return DuplicateMarked(record_id=record_id, duplicate_of=of, provenance=ANNA)


@dataclass
class LastWord:
    """The settled verdict with one reviewer: a person's last, else a machine's last.

    With `people_only` a machine's verdict settles nothing. Two reviewers need a rule of their own;
    pass it to `StoppingFold` instead.
    """

    people_only: bool = False
    _decisions: dict[str, ScreeningDecision] = field(default_factory=dict)

    def hear(self, decision: ScreeningDecision) -> None:
        """Take a decision on a title and abstract in."""
        by_person = decision.provenance.by_person
        if self.people_only and not by_person:
            return
        earlier = self._decisions.get(decision.record_id)
        if earlier is None or by_person or not earlier.provenance.by_person:
            self._decisions[decision.record_id] = decision

    def __call__(self, record_id: str) -> Verdict | None:
        """The settled verdict on a record so far."""
        decision = self._decisions.get(record_id)
        return None if decision is None else decision.verdict


def standing_of(entries: Iterable[Entry]) -> StoppingStanding:
    lines = list(entries)
    marked = {e.record_id: e.duplicate_of for e in lines if isinstance(e, DuplicateMarked)}
    verdict = LastWord(people_only=True)
    fold = StoppingFold(verdict)
    for line in lines:
        if isinstance(line, ScreeningDecision) and line.phase == "title_abstract":
            verdict.hear(line)
        fold.apply(line)
    return fold.standing(marked)


def half_screened(n_records: int = 200, n_included: int = 40, n_excluded: int = 60) -> list[Entry]:
    """A log in which the first records were included, and the next ones excluded."""
    log = identified(*range(n_records))
    log += all_judged(
        [f"r{i}" for i in range(n_included + n_excluded)], [f"r{i}" for i in range(n_included)]
    )
    return log


def with_sample(log: list[Entry]) -> list[Entry]:
    return [*log, draw(standing_of(log), SETTINGS, ANNA)]


def with_sample_screened(log: list[Entry], included: Sequence[str] = ()) -> list[Entry]:
    sample = standing_of(log).sample
    assert sample is not None
    return log + all_judged(sample.to_screen, included)


def stopped_log() -> tuple[list[Entry], ScreeningStopped]:
    log = with_sample_screened(with_sample(half_screened()))
    stop = certify(standing_of(log), SETTINGS, ANNA)
    return [*log, stop], stop
