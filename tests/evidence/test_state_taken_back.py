"""A decision that is taken back is as if it had not been made."""

from __future__ import annotations

import pytest

from evidence.config import ScreeningSettings
from evidence.entries import Entry
from evidence.errors import ProjectError
from evidence.events import RecordIdentified
from evidence.findings import Recommendation
from evidence.judgements import (
    MACHINE,
    DecisionTakenBack,
    Provenance,
    RecommendationEdit,
    RecommendationSignedOff,
    RecordNote,
    ScreeningDecision,
    Verdict,
)
from evidence.screening.allowed import check_taken_back
from evidence.state import fold
from indexers.records import Record

ADA = Provenance(actor="Ada", engine="person")
BOB = Provenance(actor="Bob", engine="person")
OFFLINE = Provenance(actor=MACHINE, engine="offline")
TWO = ScreeningSettings(decided_by="people", reviewers=2)
FOUND = RecordIdentified(
    record=Record(record_id="R1", source="test", title="A trial"),
    score=1.0,
    ranks={},
    provenance=OFFLINE,
)


def said(verdict: Verdict, by: Provenance) -> Entry:
    return ScreeningDecision(record_id="R1", phase="title_abstract", verdict=verdict, provenance=by)


def taken_back(by: Provenance) -> Entry:
    return DecisionTakenBack(record_id="R1", phase="title_abstract", provenance=by)


def test_what_was_said_before_counts_again() -> None:
    engine, person = said("include", OFFLINE), said("exclude", ADA)
    assert fold([FOUND, engine, person]).decisions["R1", "title_abstract"].verdict == "exclude"
    state = fold([FOUND, engine, person, taken_back(ADA)])
    assert state.decisions["R1", "title_abstract"].verdict == "include"
    state = fold([FOUND, engine, person, said("unclear", ADA), taken_back(ADA)])
    assert state.decisions["R1", "title_abstract"].verdict == "exclude"


def test_a_record_is_unscreened_again_and_a_certificate_hears_of_it() -> None:
    state = fold([FOUND, said("include", ADA), taken_back(ADA)], TWO)
    assert state.fate("R1") == "to_screen"
    state = fold([FOUND, said("include", ADA), taken_back(ADA)])
    assert state.stopping.unscreened == ("R1",)


def test_nobody_takes_back_what_another_said() -> None:
    state = fold([FOUND, said("exclude", ADA), taken_back(BOB)])
    assert state.decisions["R1", "title_abstract"].verdict == "exclude"
    with pytest.raises(ProjectError, match="no decision of Bob"):
        check_taken_back(state, "R1", "title_abstract", "Bob")


def test_two_who_know_each_others_verdict_take_nothing_back() -> None:
    words = [FOUND, said("include", ADA), said("exclude", BOB)]
    state = fold(words, TWO)
    with pytest.raises(ProjectError, match="decide again instead"):
        check_taken_back(state, "R1", "title_abstract", "Ada")
    assert fold([*words, taken_back(ADA)], TWO).fate("R1") == "conflict_title_abstract"


def test_the_last_note_of_each_person_stands() -> None:
    notes = [
        RecordNote(record_id="R1", labels=labels, provenance=by)
        for labels, by in ((("a",), ADA), (("b",), BOB), (("c",), ADA))
    ]
    standing = fold([FOUND, *notes]).notes["R1"]
    assert [note.labels for note in standing.values()] == [("c",), ("b",)]


def test_a_signature_is_under_one_version() -> None:
    def version(digest: str) -> RecommendationEdit:
        return RecommendationEdit(
            recommendation=Recommendation(
                direction="none", strength="none", sentences=(), cited_rows=(), abstained=True
            ),
            inputs_digest=digest,
            provenance=ADA,
        )

    first, second = version("a"), version("b")
    signed = RecommendationSignedOff(recommendation_digest=first.content_digest, provenance=BOB)
    assert fold([first, signed, signed]).signed_off_by == ("Bob",)
    assert fold([first, signed, second]).signed_off_by == ()
    assert fold([first, signed, second, first]).signed_off_by == ("Bob",)
