"""The log in words, and what blind reviewers must not read there."""

from __future__ import annotations

import pytest

from evidence.audit import HIDDEN, KIND_NAMES, audit_line, record_of, visible
from evidence.config import ScreeningSettings
from evidence.entries import KINDS, Entry
from evidence.events import RecordIdentified, ReportSought, SearchRun, StageCompleted
from evidence.judgements import (
    MACHINE,
    DecisionTakenBack,
    Provenance,
    RecordNote,
    ScreeningDecision,
    Verdict,
)
from evidence.project import LogLine
from evidence.state import fold
from indexers.records import Record

ADA = Provenance(actor="Ada", engine="person", reason="no controls")
BOB = Provenance(actor="Bob", engine="person")
OFFLINE = Provenance(actor=MACHINE, engine="offline")
BLIND = ScreeningSettings(decided_by="people", reviewers=2)
FOUND = RecordIdentified(
    record=Record(record_id="R1", source="test", title="A trial"),
    score=1.0,
    ranks={},
    provenance=OFFLINE,
)


def said(verdict: Verdict, by: Provenance) -> ScreeningDecision:
    return ScreeningDecision(record_id="R1", phase="title_abstract", verdict=verdict, provenance=by)


def lines(*entries: Entry) -> list[LogLine]:
    return [LogLine(seq, "", entry) for seq, entry in enumerate(entries, 1)]


def told(entries: list[Entry], screening: ScreeningSettings, viewer: str) -> list[str]:
    state = fold(entries, screening)
    read = [audit_line(line) for line in lines(*entries)]
    return [line.told for line in visible(read, state, screening, viewer)]


def test_every_kind_of_entry_has_a_name() -> None:
    assert set(KIND_NAMES) == set(KINDS.values())


def test_a_line_says_who_what_and_why() -> None:
    line = audit_line(lines(said("exclude", ADA))[0])
    assert (line.who, line.kind, line.record_id) == ("Ada", "Screening decision", "R1")
    assert (line.told, line.why) == ("exclude on title and abstract", "no controls")
    stage = StageCompleted(
        stage="appraise",
        inputs_digest="",
        provenance=Provenance(actor=MACHINE, engine="program"),
    )
    line = audit_line(lines(stage)[0])
    assert (line.who, line.told, line.record_id) == ("the program", "risk of bias", "")
    with_model = OFFLINE.model_copy(update={"engine": "openai", "model": "m"})
    run = SearchRun(query="q", source="s", retrievers=(), n_records=1_200, provenance=with_model)
    line = audit_line(lines(run)[0])
    assert (line.who, line.told) == ("openai engine (m)", "1,200 records from s: q")
    assert record_of(FOUND) == "R1"


def test_nobody_reads_the_others_verdict_before_giving_one() -> None:
    note = RecordNote(record_id="R1", text="odd", provenance=ADA)
    entries: list[Entry] = [FOUND, said("include", ADA), note]
    assert told(entries, BLIND, "Ada")[1:] == ["include on title and abstract", "odd"]
    assert told(entries, BLIND, "Bob")[1:] == [HIDDEN, HIDDEN]
    assert told(entries, BLIND, "")[1:] == [HIDDEN, HIDDEN]
    both: list[Entry] = [*entries, said("exclude", BOB)]
    assert HIDDEN not in told(both, BLIND, "Bob")


def test_what_was_taken_back_tells_the_other_reviewer_nothing() -> None:
    back = DecisionTakenBack(record_id="R1", phase="title_abstract", provenance=ADA)
    entries: list[Entry] = [FOUND, said("include", ADA), back]
    assert told(entries, BLIND, "Ada")[1] == "include on title and abstract"
    assert told(entries, BLIND, "Bob")[1:] == [HIDDEN, HIDDEN]


def test_a_note_is_its_writers_alone_until_both_have_judged_the_phase_it_may_be_of() -> None:
    note = RecordNote(record_id="R1", text="clearly in", provenance=ADA)
    assert told([FOUND, note], BLIND, "Bob")[1] == HIDDEN
    assert told([FOUND, note], BLIND, "Ada")[1] == "clearly in"
    sighted = ScreeningSettings(decided_by="people", reviewers=2, blind=False)
    assert told([FOUND, note], sighted, "Bob")[1] == "clearly in"
    both: list[Entry] = [FOUND, said("include", ADA), said("include", BOB)]
    text = ReportSought(record_id="R1", document_digest="0" * 64, provenance=ADA)
    assert told([*both, note], BLIND, "Bob")[3] == "clearly in"
    at_full_text = told([*both, text, note], BLIND, "Bob")
    assert at_full_text[1] == "include on title and abstract"
    assert at_full_text[4] == HIDDEN


@pytest.mark.parametrize("hide", [True, False])
def test_the_engines_verdict_is_hidden_where_the_settings_hide_it(hide: bool) -> None:
    screening = ScreeningSettings(decided_by="people", hide_machine=hide)
    found = told([FOUND, said("include", OFFLINE)], screening, "Ada")
    assert (found[1] == HIDDEN) == hide
