"""Taking the last decision back: which one it is, and when it is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from evidence.config import ScreeningSettings
from evidence.entries import Entry
from evidence.errors import ProjectError
from evidence.events import RecordIdentified
from evidence.judgements import Phase, Provenance, Role, ScreeningDecision, Verdict
from evidence.screening.undo import last_own_decision, take_back, times_said
from evidence.state import fold
from indexers.records import Record
from tests.evidence.trial_factory import OFFLINE

TWO = ScreeningSettings(decided_by="people", reviewers=2)
START = datetime(2026, 1, 1, tzinfo=UTC)
RECORDS: list[Entry] = [
    RecordIdentified(
        record=Record(record_id=record_id, source="s", title=record_id),
        score=1.0,
        ranks={},
        provenance=OFFLINE,
    )
    for record_id in ("a", "b")
]


def by(name: str, minute: int = 0) -> Provenance:
    return Provenance(actor=name, engine="person", at=START + timedelta(minutes=minute))


def said(
    name: str,
    record_id: str,
    verdict: Verdict,
    minute: int = 0,
    phase: Phase = "title_abstract",
    role: Role = "reviewer",
) -> ScreeningDecision:
    return ScreeningDecision(
        record_id=record_id, phase=phase, verdict=verdict, role=role, provenance=by(name, minute)
    )


def test_the_last_one_is_told_by_the_clock_and_not_by_the_place_of_its_record() -> None:
    words = [
        said("Ada", "a", "include", 1),
        said("Ada", "b", "include", 2),
        said("ada ", "a", "exclude", 3),
        said("Ben", "b", "exclude", 4),
    ]
    assert last_own_decision(fold([*RECORDS, *words]), "Ada") == words[2]
    line, decision = take_back(fold([*RECORDS, *words]), by("Ada", 5))
    assert decision == words[2]
    assert (line.record_id, line.phase, line.role) == ("a", "title_abstract", "reviewer")
    state = fold([*RECORDS, *words, line])
    assert state.decisions["a", "title_abstract"].verdict == "include"
    assert last_own_decision(state, "Ada") == words[1]


def test_each_undo_goes_one_further_back_until_nothing_is_left() -> None:
    log: list[Entry] = [*RECORDS, said("Ada", "a", "include", 1), said("Ada", "b", "exclude", 2)]
    undone = []
    for minute in (3, 4):
        line, decision = take_back(fold(log), by("Ada", minute))
        undone.append(decision.record_id)
        log.append(line)
    assert undone == ["b", "a"]
    with pytest.raises(ProjectError, match="no decision of Ada to take back"):
        take_back(fold(log), by("Ada", 5))
    assert fold(log).fate("a") == "to_screen"


def test_of_those_with_one_time_the_one_judged_last_is_taken_back() -> None:
    log: list[Entry] = [*RECORDS, said("Ada", "a", "include"), said("Ada", "b", "include")]
    assert take_back(fold(log), by("Ada"))[1].record_id == "b"


def test_it_is_refused_with_its_reason_once_both_blind_reviewers_have_judged() -> None:
    log: list[Entry] = [*RECORDS, said("Ada", "a", "include", 1)]
    assert take_back(fold(log, TWO), by("Ada", 2))[1].verdict == "include"
    log.append(said("Ben", "a", "exclude", 3))
    with pytest.raises(ProjectError, match=r"both reviewers have judged it.*decide again instead"):
        take_back(fold(log, TWO), by("Ada", 4))


def test_one_record_can_be_named() -> None:
    log: list[Entry] = [*RECORDS, said("Ada", "a", "include", 1), said("Ada", "b", "include", 2)]
    assert take_back(fold(log), by("Ada", 3), "a")[1].record_id == "a"
    with pytest.raises(ProjectError, match="c: no decision of Ada"):
        take_back(fold(log), by("Ada", 3), "c")


def test_how_often_a_person_has_said_something() -> None:
    log: list[Entry] = [
        *RECORDS,
        said("Ada", "a", "include", 1),
        said("Ben", "a", "include", 2),
        said("ADA", "a", "exclude", 3),
        said("Ada", "a", "include", 4, "full_text"),
    ]
    assert times_said(fold(log), "a", "title_abstract", "Ada") == 2
    assert times_said(fold(log), "a", "full_text", "Ada") == 1
    assert times_said(fold(log), "a", "full_text", "Ada", "adjudicator") == 0
    assert times_said(fold(log), "b", "title_abstract", "Ada") == 0
