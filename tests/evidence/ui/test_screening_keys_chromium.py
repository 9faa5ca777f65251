"""Screening by keyboard alone in a real browser, and what the log holds afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evidence.judgements import DecisionTakenBack, ScreeningDecision
from evidence.project import Project
from evidence.state import read_state
from tests.evidence.report_factory import NOON
from tests.evidence.ui.people_factory import PEOPLE, make_project
from tests.evidence.ui.test_app_chromium import WAIT_SECONDS, address, browser

__all__ = ["address", "browser"]
REASONS = {
    "1": "Wrong study design: not randomised controlled trial",
    "2": "Wrong population: not adults with acute gleam fever",
    "3": "Wrong population: experiments in animals only",
}
# Twenty decisions; the ones behind them are undone and decided anew.
KEYS = "i1u23ii1z2u11i3uzz2i1i23ui"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "p", PEOPLE, 24)


def signed_in(page: Any, address: str) -> None:
    page.set_default_timeout(WAIT_SECONDS * 1000)
    page.goto(f"{address}/screening")
    page.locator(".ev-large h3").wait_for()
    name = page.get_by_role("textbox", name="Your name")
    name.fill("Ada Okoro")
    name.press("Enter")
    page.get_by_text("Please say who you are").wait_for(state="detached")
    name.press("Tab")


def title(page: Any) -> str:
    return str(page.locator(".ev-large h3").inner_text())


def record_id(shown: str) -> str:
    return "r" + shown.removeprefix("Title ").split()[0]


def press(page: Any, key: str) -> str:
    """Press a key, wait for another record, and give its title."""
    before = title(page)
    page.keyboard.press(key)
    page.wait_for_function(
        "before => document.querySelector('.ev-large h3')?.innerText !== before", arg=before
    )
    return title(page)


def expected(project: Project) -> list[tuple[str, str, str | None]]:
    words = read_state(project).verdicts.values()
    return [(w.record_id, w.verdict, w.exclusion_reason) for said in words for w in said.words]


def test_twenty_decisions_with_undo_and_reasons_by_keys_alone(
    browser: Any, address: str, project: Project
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    signed_in(page, address)
    said: list[tuple[str, str, str | None]] = []
    undone = []
    now = title(page)
    for key in KEYS:
        if key == "z":
            undone.append(said.pop()[0])
            now = press(page, key)
            assert record_id(now) == undone[-1]
            continue
        verdict = {"i": "include", "u": "unclear"}.get(key, "exclude")
        said.append((record_id(now), verdict, REASONS.get(key)))
        now = press(page, key)
    assert len(said) == 20
    assert sorted(expected(project)) == sorted(said)
    assert [e.record_id for e in project.entries(DecisionTakenBack)] == undone
    assert len(project.entries(ScreeningDecision)) == 23
    assert project.chain_problems() == []
    assert {d.provenance.actor for d in project.entries(ScreeningDecision)} == {"Ada Okoro"}
    assert NOON not in {d.provenance.at for d in project.entries(ScreeningDecision)}


def test_moving_searching_and_writing_decide_nothing(
    browser: Any, address: str, project: Project
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    signed_in(page, address)
    before, _ = project.head()
    first = title(page)
    second = press(page, "j")
    assert press(page, "k") == first

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
    page.get_by_text("Mark words of the question").click()
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
