"""The studies page in a real browser: the text beside the numbers, a click, and hostile text."""

from pathlib import Path
from typing import Any

import pytest

from evidence.judgements import ExtractedOutcome
from evidence.project import Project
from tests.evidence.report_factory import HOSTILE
from tests.evidence.ui.studies_factory import make_studies_project
from tests.evidence.ui.test_app_chromium import WAIT_SECONDS, address, browser

__all__ = ["address", "browser"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_studies_project(tmp_path / "p")


def test_a_result_is_confirmed_beside_its_place_and_hostile_text_stays_text(
    browser: Any,
    address: str,
    project: Project,
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(WAIT_SECONDS * 1000)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{address}/studies")
    page.locator(".ev-reading mark").first.wait_for()
    name = page.get_by_role("textbox", name="Your name")
    name.fill("Ada Okoro")
    name.press("Enter")
    page.get_by_text("Please say who you are").wait_for(state="detached")

    grid = page.locator(".ev-grid-6").first.bounding_box()
    text = page.locator(".ev-reading").bounding_box()
    mark = page.locator(".ev-reading mark.ev-c0").first.bounding_box()
    assert grid["x"] + grid["width"] <= text["x"]
    assert text["x"] + text["width"] <= 1280
    assert text["y"] <= mark["y"] <= text["y"] + text["height"]  # in sight without scrolling
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280

    why = page.get_by_role("textbox", name="Why")
    why.fill("the text agrees")
    why.press("Enter")
    page.get_by_role("button", name="Confirm as it is").click()
    page.get_by_test_id("stToast").wait_for()
    told = [r for r in project.entries(ExtractedOutcome) if r.provenance.by_person]
    assert [(r.record_id, r.provenance.actor) for r in told] == [("trial-2", "Ada Okoro")]

    page.get_by_role("button", name="Open result 3").click()
    doubt = page.get_by_text("a doubt").first
    doubt.wait_for()
    assert HOSTILE in doubt.inner_text()
    assert page.locator(".ev script, .ev img").count() == 0
    assert dialogs == []
