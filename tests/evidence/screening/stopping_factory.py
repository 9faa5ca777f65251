"""Logs of small reviews in which screening is stopped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evidence.config import ScreeningSettings
from evidence.entries import Entry
from evidence.events import DuplicateMarked, RecordIdentified, ScreeningStopped
from evidence.judgements import Provenance, ScreeningDecision, Verdict
from evidence.screening.standing import StoppingStanding, stopping_standing
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


def standing_of(entries: Iterable[Entry]) -> StoppingStanding:
    lines = list(entries)
    marked = {e.record_id: e.duplicate_of for e in lines if isinstance(e, DuplicateMarked)}
    return stopping_standing(lines, people_only=True, duplicates=marked)


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
