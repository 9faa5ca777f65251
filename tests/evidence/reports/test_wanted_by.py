"""Who is named as wanting a report: whose word on title and abstract stands."""

from __future__ import annotations

from evidence.config import ScreeningSettings
from evidence.entries import Entry
from evidence.events import RecordIdentified
from evidence.judgements import (
    MACHINE,
    DecisionTakenBack,
    Provenance,
    ScreeningDecision,
    Verdict,
)
from evidence.reports.requests import requests_of
from evidence.state import fold
from indexers.records import Record

OFFLINE = Provenance(actor=MACHINE, engine="offline")
FOUND = RecordIdentified(
    record=Record(record_id="R1", source="test", title="A trial"),
    score=1.0,
    ranks={},
    provenance=OFFLINE,
)


def said(actor: str, verdict: Verdict = "include") -> ScreeningDecision:
    by = OFFLINE if actor == MACHINE else Provenance(actor=actor, engine="person")
    return ScreeningDecision(record_id="R1", phase="title_abstract", verdict=verdict, provenance=by)


def wanted_by(*entries: Entry, reviewers: int = 1) -> tuple[str, ...]:
    screening = ScreeningSettings(decided_by="people", reviewers=reviewers)
    (request,) = requests_of(fold([FOUND, *entries], screening)).requests
    return request.wanted_by


def test_people_go_before_the_engine() -> None:
    machine = said(MACHINE)
    assert wanted_by(machine, said("Ada")) == ("Ada",)
    assert wanted_by(machine, said("Ada"), said("Bob"), reviewers=2) == ("Ada", "Bob")


def test_one_person_is_named_once() -> None:
    assert wanted_by(said("Ada Low"), said("ada  low")) == ("ada  low",)


def test_who_took_a_decision_back_is_not_named() -> None:
    back = DecisionTakenBack(
        record_id="R1",
        phase="title_abstract",
        provenance=Provenance(actor="Ada", engine="person"),
    )
    assert wanted_by(said("Ada"), back, said("Bob")) == ("Bob",)
