"""Ten records by keyboard alone, with reasons, an undo, a note and a label."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.judgements import DecisionTakenBack, RecordNote, ScreeningDecision
from evidence.project import Project
from evidence.state import read_state
from tests.evidence.ui.people_factory import PEOPLE, make_project
from tests.journeys.conftest import Visit
from tests.journeys.reader import Reader

ADA = "Ada Okoro"
REASONS = {
    "1": "Wrong study design: not randomised controlled trial",
    "2": "Wrong population: not adults with acute gleam fever",
    "3": "Wrong population: experiments in animals only",
}
# Ten decisions stand in the end; those before a z are taken back and made anew.
KEYS = "i1u2z3i1uzui2i"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "p", PEOPLE, 24)


def title(reader: Reader) -> str:
    return str(reader.page.locator(".ev-large h3").inner_text())


def record_id(shown: str) -> str:
    return "r" + shown.removeprefix("Title ").split()[0]


def press(reader: Reader, key: str) -> str:
    """Press a key, wait for another record, and give its title."""
    before = title(reader)
    reader.page.keyboard.press(key)
    reader.page.wait_for_function(
        "before => document.querySelector('.ev-large h3')?.innerText !== before", arg=before
    )
    return title(reader)


def counted(project: Project) -> list[tuple[str, str, str | None]]:
    said = read_state(project).verdicts.values()
    return sorted((w.record_id, w.verdict, w.exclusion_reason) for s in said for w in s.words)


def test_ten_records_by_keys_alone_with_a_note_and_a_label(visit: Visit, project: Project) -> None:
    ada = visit(project.path)
    ada.opens("screening", ADA)
    said: list[tuple[str, str, str | None]] = []
    undone = []
    now = title(ada)
    for key in KEYS:
        if key == "z":
            undone.append(said.pop()[0])
            now = press(ada, key)
            assert record_id(now) == undone[-1]
            continue
        verdict = {"i": "include", "u": "unclear"}.get(key, "exclude")
        said.append((record_id(now), verdict, REASONS.get(key)))
        now = press(ada, key)
    assert len(said) == 10
    assert counted(project) == sorted(said)
    assert [entry.record_id for entry in project.entries(DecisionTakenBack)] == undone
    ada.sees("10 of 24")

    ada.page.get_by_role("combobox", name="Labels").fill("ask the authors")
    ada.page.keyboard.press("Enter")
    ada.told("Noted")
    ada.page.keyboard.press("Escape")
    ada.writes("Note", "The dose is not told.")
    ada.page.wait_for_function("() => document.body.innerText.includes('ask the authors')")
    assert press(ada, "j") != now
    assert press(ada, "k") == now
    assert ada.page.get_by_label("Note", exact=True).input_value() == "The dose is not told."
    note = project.entries(RecordNote)[-1]
    assert (note.record_id, note.labels) == (record_id(now), ("ask the authors",))
    assert note.text == "The dose is not told."
    assert {d.provenance.actor for d in project.entries(ScreeningDecision)} == {ADA}
    assert project.chain_problems() == []
