"""The history of a record: every line of the log that its reader may see, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.events import ReportSought
from evidence.judgements import DecisionTakenBack, Provenance, RecordNote
from evidence.project import Project
from evidence.screening.record_lines import record_lines
from evidence.state import read_state
from tests.evidence.trial_factory import NOON, OFFLINE
from tests.evidence.ui.people_factory import PEOPLE, TWO, make_project, says

ADA = Provenance(actor="Ada Okoro", engine="person")
BEN = Provenance(actor="Ben Quist", engine="person")


def told(project: Project, viewer: str, record_id: str = "r1") -> list[tuple[str, str, str]]:
    lines = record_lines(project, read_state(project), record_id, viewer)
    assert all(line.at == NOON for line in lines)
    return [(line.who, line.what, line.why) for line in lines]


def full_story(path: Path) -> Project:
    project = make_project(path, PEOPLE, 3, proposals=[1])
    project.append(
        says("Ada Okoro", "exclude", "r1", reason="wrong dose"),
        DecisionTakenBack(record_id="r1", phase="title_abstract", provenance=ADA),
        RecordNote(record_id="r1", labels=("dose", "children"), text="see p 3", provenance=ADA),
        says("Ada Okoro", "include", "r1"),
        says("Ada Okoro", "include", "r2"),
        ReportSought(record_id="r1", document_digest=None, provenance=OFFLINE),
        RecordNote(record_id="r1", provenance=ADA),
    )
    return project


def test_every_decision_undo_note_and_request_is_told_with_who_and_why(tmp_path: Path) -> None:
    assert told(full_story(tmp_path / "p"), "Ada Okoro") == [
        ("offline engine", "exclude on title and abstract", "the engine’s own reason"),
        ("Ada Okoro", "exclude on title and abstract", "wrong dose"),
        ("Ada Okoro", "took the last decision on title and abstract back", ""),
        ("Ada Okoro", "noted labels dose, children; “see p 3”", ""),
        ("Ada Okoro", "include on title and abstract", ""),
        ("offline engine", "full text asked for: could not be had", ""),
        ("Ada Okoro", "took the note away", ""),
    ]


def test_a_hidden_engine_is_not_in_it(tmp_path: Path) -> None:
    settings = PEOPLE.model_copy(update={"hide_machine": True})
    project = make_project(tmp_path / "p", settings, 3, proposals=[1])
    assert told(project, "Ada Okoro") == []


@pytest.mark.parametrize("viewer", ["Ada Okoro", ""])
def test_a_blind_reviewer_learns_nothing_of_the_others_decision_undo_and_note(
    tmp_path: Path, viewer: str
) -> None:
    project = make_project(tmp_path / "p", TWO, 3)
    project.append(
        says("Ben Quist", "exclude", "r1", reason="secret"),
        DecisionTakenBack(record_id="r1", phase="title_abstract", provenance=BEN),
        RecordNote(record_id="r1", text="secret", provenance=BEN),
        says("Ben Quist", "exclude", "r1", reason="secret"),
    )
    assert told(project, viewer) == []
    assert len(told(project, "ben quist")) == 4
    project.append(says("Ada Okoro", "include", "r1"))
    assert len(told(project, viewer)) == 5
