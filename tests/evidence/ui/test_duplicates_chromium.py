"""The duplicates page in a real browser: pages, a click and hostile text."""

from pathlib import Path
from typing import Any

import pytest

from evidence.events import DuplicateRefuted
from evidence.project import Project
from tests.evidence.duplicates_factory import make_duplicates_project
from tests.evidence.report_factory import HOSTILE
from tests.evidence.ui.test_app_chromium import WAIT_SECONDS, address, browser

__all__ = ["address", "browser"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_duplicates_project(tmp_path / "p")


def test_a_pair_is_answered_and_hostile_text_stays_text(
    browser: Any,
    address: str,
    project: Project,
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(WAIT_SECONDS * 1000)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(address)
    page.locator(".ev-card").first.wait_for()
    name = page.get_by_role("textbox", name="Your name")
    name.fill("Ada Okoro")
    name.press("Enter")
    page.get_by_text("Please say who you are").wait_for(state="detached")

    page.get_by_role("link", name="Duplicates").click()
    pairs = page.locator(".ev-pair")
    pairs.nth(2).wait_for()
    assert page.get_by_role("textbox", name="Your name").input_value() == "Ada Okoro"
    assert HOSTILE in pairs.nth(2).inner_text()
    assert page.locator(".ev-card script, .ev-card img").count() == 0
    left, right = (pairs.first.locator(".ev-side").nth(place).bounding_box() for place in (0, 1))
    assert left["x"] + left["width"] <= right["x"]
    assert left["y"] == right["y"]

    why = page.get_by_label("Why (needed if they differ)").first
    why.fill("five years later")
    why.press("Enter")  # must not press a button
    page.get_by_role("button", name="Different reports").first.click()
    page.get_by_test_id("stToast").wait_for()
    (word,) = project.entries(DuplicateRefuted)
    assert (word.record_id, word.provenance.reason) == ("later", "five years later")
    assert word.provenance.actor == "Ada Okoro"
    assert dialogs == []
