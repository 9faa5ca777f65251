"""Ten records by keyboard alone, with reasons, an undo, a note and a label."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.config import ScreeningSettings
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
    ada.page.get_by_label("Note", exact=True).fill("The dose is not told.")
    ada.page.keyboard.press("Escape")
    ada.page.locator(".ev-card", has_text="The dose is not told.").wait_for()
    assert press(ada, "j") != now
    assert press(ada, "k") == now
    ada.reads("Note", "The dose is not told.")
    note = project.entries(RecordNote)[-1]
    assert (note.record_id, note.labels) == (record_id(now), ("ask the authors",))
    assert note.text == "The dose is not told."
    assert {d.provenance.actor for d in project.entries(ScreeningDecision)} == {ADA}
    assert project.chain_problems() == []


_ROWS = """
key => new Set([...document.querySelector(`.st-key-${key}`).children]
  .map(child => child.getBoundingClientRect())
  .filter(box => box.height > 8)
  .map(box => Math.round((box.top + box.bottom) / 8))).size
"""


@pytest.mark.parametrize("engine_too", [False, True])
def test_on_a_tablet_little_stands_before_the_record(
    visit: Visit, tmp_path: Path, engine_too: bool
) -> None:
    settings = ScreeningSettings() if engine_too else PEOPLE
    project = make_project(tmp_path / "p", settings, 24, proposals=range(9))
    ada = visit(project.path, viewport={"width": 820, "height": 1180})
    ada.opens("screening", ADA)
    for view in ("One at a time", "List"):
        ada.picks(ada.page, view)
        assert ada.page.evaluate(_ROWS, "filters") == 1 + engine_too
        assert ada.page.evaluate(_ROWS, "way") == 1


def test_the_next_record_is_read_from_its_top(visit: Visit, project: Project) -> None:
    ada = visit(project.path)
    ada.page.set_viewport_size({"width": 1280, "height": 420})
    ada.opens("screening", ADA)
    heading = ada.page.locator(".ev-large h3")

    def down() -> None:
        ada.page.locator("[data-testid=stMain]").evaluate("e => e.scrollTo(0, e.scrollHeight)")
        ada.page.wait_for_function(
            "document.querySelector('.ev-large h3').getBoundingClientRect().bottom < 0"
        )

    for key in "jiuzk":
        title(ada)
        down()
        press(ada, key)
        ada.rests()
        box = heading.bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 200, key
    # The keys are told in sight, however far down the record was read.
    down()
    ada.page.keyboard.press("?")
    ada.page.locator(".ev-keys").wait_for()
    told = ada.page.locator(".ev-keys").bounding_box()
    assert told is not None
    assert 0 <= told["y"] < 420


def test_moving_searching_and_writing_decide_nothing(visit: Visit, project: Project) -> None:
    ada = visit(project.path)
    ada.opens("screening", ADA)
    page = ada.page
    before, _ = project.head()
    first = title(ada)
    second = press(ada, "j")
    assert press(ada, "k") == first

    # Letters that are written are no keys, and Enter gives the keys back.
    page.keyboard.press("/")
    page.keyboard.type("title 1 u")
    assert page.evaluate("document.activeElement.value") == "title 1 u"
    page.keyboard.press("Control+A")
    page.keyboard.type("number 17")
    page.keyboard.press("Enter")
    page.locator(".ev-large h3", has_text="Title 17").wait_for()
    page.get_by_text("Record 1 of 1").wait_for()
    assert page.evaluate("document.activeElement.tagName") != "INPUT"

    # `e` opens the reasons and Escape in a box leaves it, `?` tells the keys.
    page.keyboard.press("e")
    page.get_by_role("textbox", name="In your words").wait_for()
    page.keyboard.press("e")
    page.get_by_role("textbox", name="In your words").wait_for(state="detached")
    page.keyboard.press("?")
    page.locator(".ev-keys").wait_for()
    page.keyboard.press("?")
    page.locator(".ev-keys").wait_for(state="detached")
    assert [line.entry for line in project.lines(after=before)] == []
    assert first != second

    # The switch, clicked, does not keep the keys; a key that is held down counts once.
    ada.clicks(page.get_by_text("Mark words of the question"))
    page.locator(".ev-large mark").first.wait_for(state="detached")
    page.keyboard.press("/")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    page.get_by_text("Record 1 of 24").wait_for()
    page.keyboard.down("u")
    for _ in range(5):
        page.keyboard.down("u")  # what a held key sends
    page.keyboard.up("u")
    page.get_by_text("Record 1 of 23").wait_for()
    assert len(project.entries(ScreeningDecision)) == 1


def test_the_key_of_a_panel_opens_that_of_the_shown_record_alone(
    visit: Visit, project: Project
) -> None:
    ada = visit(project.path)
    ada.opens("screening", ADA)
    page = ada.page
    words = page.get_by_role("textbox", name="In your words")
    acts = page.evaluate("document.querySelector('[data-acts]').dataset.acts")
    # As while a page is redrawn: the record is shown already, its panel is not there yet.
    shows = "acts => { document.querySelector('[data-acts]').dataset.acts = acts; }"
    page.evaluate(shows, "title_abstract-another")
    page.keyboard.press("e")
    page.wait_for_timeout(300)
    assert words.count() == 0
    page.evaluate(shows, acts)
    page.keyboard.press("e")
    words.wait_for()
