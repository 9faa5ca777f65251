"""The words of an invented log that two reviewers and an adjudicator write."""

from evidence.config import ScreeningSettings
from evidence.entries import Entry
from evidence.events import RecordIdentified, ReportSought
from evidence.judgements import MACHINE, Phase, Provenance, ScreeningDecision, Verdict
from indexers.records import Record

TWO = ScreeningSettings(decided_by="people", reviewers=2)
ONE = ScreeningSettings(decided_by="people")
BY_MACHINE = Provenance(actor=MACHINE, engine="offline")


def found(*record_ids: str) -> list[Entry]:
    return [
        RecordIdentified(
            record=Record(record_id=r, source="s", title=r),
            score=1,
            ranks={},
            provenance=BY_MACHINE,
        )
        for r in record_ids
    ]


def said(
    who: str,
    verdict: Verdict,
    record_id: str = "r",
    phase: Phase = "title_abstract",
    *,
    reason: str | None = None,
    adjudicates: bool = False,
) -> ScreeningDecision:
    """A person's decision, or with `machine` an engine's."""
    signed = Provenance(actor=who, engine="person")
    return ScreeningDecision(
        record_id=record_id,
        phase=phase,
        verdict=verdict,
        role="adjudicator" if adjudicates else "reviewer",
        exclusion_reason=reason,
        provenance=BY_MACHINE if who == MACHINE else signed,
    )


def report(record_id: str, digest: str | None = "d") -> Entry:
    return ReportSought(record_id=record_id, document_digest=digest, provenance=BY_MACHINE)
