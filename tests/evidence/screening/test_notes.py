"""Labels and notes: how they are written, and that blind reviewers do not read each other's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evidence.config import ScreeningSettings
from evidence.entries import Entry
from evidence.events import RecordIdentified, ReportSought
from evidence.judgements import Phase, Provenance, RecordNote, ScreeningDecision, Verdict
from evidence.screening.notes import (
    LABEL_CHARACTERS,
    NOTE_CHARACTERS,
    labels_seen,
    new_note,
    own_note,
    visible_notes,
)
from evidence.state import ReviewState, fold
from indexers.records import Record, text_digest
from tests.evidence.trial_factory import OFFLINE

ONE = ScreeningSettings(decided_by="people")
TWO = ScreeningSettings(decided_by="people", reviewers=2)
OPEN = TWO.model_copy(update={"blind": False})
ADA = Provenance(actor="Ada Okoro", engine="person")
BEN = Provenance(actor="Ben Quist", engine="person")
FOUND = RecordIdentified(
    record=Record(record_id="r", source="s", title="t"), score=1, ranks={}, provenance=OFFLINE
)


def note(by: Provenance, *labels: str, text: str = "") -> RecordNote:
    return RecordNote(record_id="r", labels=labels, text=text, provenance=by)


def said(by: Provenance, verdict: Verdict, phase: Phase = "title_abstract") -> ScreeningDecision:
    return ScreeningDecision(record_id="r", phase=phase, verdict=verdict, provenance=by)


def readers(state: ReviewState, screening: ScreeningSettings, viewer: str) -> list[str]:
    return [n.provenance.actor for n in visible_notes(state, screening, "r", viewer)]


def test_a_blind_reviewers_note_is_the_writers_alone_until_both_have_judged() -> None:
    log: list[Entry] = [FOUND, note(BEN, "wrong dose"), said(BEN, "exclude")]
    assert readers(fold(log, TWO), TWO, "Ada Okoro") == []
    assert readers(fold(log, TWO), TWO, "") == []
    assert readers(fold(log, TWO), TWO, "ben quist") == ["Ben Quist"]
    assert labels_seen(fold(log, TWO), TWO, "Ada Okoro") == {}
    log.append(said(ADA, "include"))
    for viewer in ("Ada Okoro", "Cleo Ray"):
        assert readers(fold(log, TWO), TWO, viewer) == ["Ben Quist"]
    assert labels_seen(fold(log, TWO), TWO, "Ada Okoro") == {"wrong dose": frozenset("r")}


def test_on_the_full_text_it_is_private_again() -> None:
    text = ReportSought(record_id="r", document_digest=text_digest("x"), provenance=OFFLINE)
    log: list[Entry] = [FOUND, said(ADA, "include"), said(BEN, "include"), text, note(BEN, "dose")]
    assert readers(fold(log, TWO), TWO, "Ada Okoro") == []
    log += [said(ADA, "include", "full_text"), said(BEN, "exclude", "full_text")]
    assert readers(fold(log, TWO), TWO, "Ada Okoro") == ["Ben Quist"]


def test_one_reviewer_and_open_reviewers_read_all_notes_their_own_first() -> None:
    log: list[Entry] = [FOUND, note(BEN, "b"), note(ADA, "a")]
    for screening in (ONE, OPEN):
        assert readers(fold(log, screening), screening, "Ada Okoro") == ["Ada Okoro", "Ben Quist"]


def test_an_empty_note_takes_the_one_before_away() -> None:
    log: list[Entry] = [FOUND, note(ADA, "a", text="words")]
    assert own_note(fold(log), "r", "ada okoro") == log[-1]
    log.append(note(ADA))
    assert own_note(fold(log), "r", "Ada Okoro") is None
    assert readers(fold(log), ONE, "Ada Okoro") == []
    assert labels_seen(fold(log), ONE, "Ada Okoro") == {}


def test_a_label_is_written_as_the_project_writes_it() -> None:
    made = new_note("r", ["CHILDREN", " wrong   dose ", "children", ""], "", ADA, ("Children",))
    assert made.labels == ("Children", "wrong dose")


def test_labels_come_in_alphabetical_order_with_their_records() -> None:
    log: list[Entry] = [FOUND, note(ADA, "beta", "Alpha"), note(BEN, "alpha")]
    assert list(labels_seen(fold(log), ONE, "Ada Okoro")) == ["Alpha", "alpha", "beta"]


@given(st.lists(st.text(max_size=80), max_size=30), st.text(max_size=2_000))
def test_what_is_written_is_short_and_holds_no_control(labels: list[str], text: str) -> None:
    made = new_note("r", [*labels, "a\u202eb\x00c\nd"], text + "\u202e\x07", ADA)
    assert len(made.text) <= NOTE_CHARACTERS
    assert all(0 < len(label) <= LABEL_CHARACTERS for label in made.labels)
    assert len({label.casefold() for label in made.labels}) == len(made.labels)
    written = "".join((*made.labels, made.text))
    assert not {"\u202e", "\x00", "\x07"} & set(written)
    assert "\n" not in "".join(made.labels)
    again = new_note("r", made.labels, made.text, ADA)
    assert again == made
