"""Signing in: a wrong password, the right one, what a person may do, and out again."""

from __future__ import annotations

from pathlib import Path

from evidence.judgements import ScreeningDecision
from evidence.people.passwords import hash_password
from evidence.people.register import add_person
from tests.evidence.ui.people_factory import PEOPLE, make_project
from tests.journeys.conftest import Visit

WORDS = "correct horse battery"


def test_nothing_is_shown_before_the_right_password(visit: Visit, tmp_path: Path) -> None:
    project = make_project(tmp_path / "secret-name", PEOPLE, 4)
    add_person(project.path, "Ada Okoro", ["reviewer"], hash_password(WORDS))
    ada = visit(project.path)
    ada.opens("screening")
    ada.heading("Sign in")
    ada.writes("Name", "Ada Okoro")
    ada.page.get_by_label("Password", exact=True).fill("another good one")
    ada.page.keyboard.press("Enter")
    alert = ada.page.get_by_role("alert")
    alert.wait_for()
    shown = ada.page.locator("body").inner_text()
    assert "secret-name" not in shown
    assert "gleam fever" not in shown

    ada.writes("Name", "Ada Okoro")
    ada.page.get_by_label("Password", exact=True).fill(WORDS)
    ada.page.keyboard.press("Enter")
    ada.page.locator(".ev-large h3").wait_for()
    ada.sees("Signed in as Ada Okoro")
    ada.rests()
    ada.page.keyboard.press("u")
    ada.told("Left unclear")
    (decision,) = project.entries(ScreeningDecision)
    assert decision.provenance.actor == "Ada Okoro"

    ada.presses("Sign out")
    ada.heading("Sign in")
    assert ada.page.locator(".ev-card").count() == 0


def test_a_session_outlives_a_reload_and_nothing_outlives_signing_out(
    visit: Visit, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "secret-name", PEOPLE, 4)
    add_person(project.path, "Ada Okoro", ["reviewer"], hash_password(WORDS))
    ada, ben = visit(project.path), visit(project.path)
    ada.opens("screening")
    ada.writes("Name", "Ada Okoro")
    ada.page.get_by_label("Password", exact=True).fill(WORDS)
    with ada.page.expect_response("**/session") as kept:
        ada.page.keyboard.press("Enter")
    assert kept.value.status == 204
    ada.page.reload()
    ada.page.locator(".ev-large h3").wait_for()
    ada.sees("Signed in as Ada Okoro")
    ada.rests()
    ada.page.keyboard.press("u")
    ada.told("Left unclear")
    (decision,) = project.entries(ScreeningDecision)
    assert decision.provenance.actor == "Ada Okoro"
    (stolen,) = (c for c in ada.page.context.cookies() if c["httpOnly"])
    assert stolen["sameSite"] == "Strict"
    assert stolen["value"] not in ada.page.evaluate("document.cookie")

    ben.opens("screening")  # another browser is nobody yet
    ben.heading("Sign in")
    ada.presses("Sign out")
    ada.heading("Sign in")
    for reader in (ada, ben):
        reader.page.context.add_cookies([stolen])
        reader.page.reload()
        reader.heading("Sign in")
        assert reader.page.locator(".ev-card").count() == 0
