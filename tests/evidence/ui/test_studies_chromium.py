"""The studies page in a real browser: the text beside the numbers, a click, and hostile text."""

from pathlib import Path
from typing import Any

import pytest

from evidence.findings import is_complete
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

    assert page.locator(".ev-matrix .ev-include").first.inner_text() == "confirmed"
    page.get_by_role("button", name="Open result 3").click()
    doubt = page.get_by_text("a doubt").first
    doubt.wait_for()
    assert HOSTILE in doubt.inner_text()
    assert page.locator(".ev script, .ev img").count() == 0
    assert dialogs == []


def test_cells_are_pasted_picked_and_written_as_one_act(
    browser: Any,
    address: str,
    project: Project,
) -> None:
    context = browser.new_context(
        viewport={"width": 1280, "height": 1400},
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    page.set_default_timeout(WAIT_SECONDS * 1000)
    page.goto(f"{address}/studies")
    page.locator(".ev-reading").first.wait_for()
    name = page.get_by_role("textbox", name="Your name")
    name.fill("Ada Okoro")
    name.press("Enter")
    page.get_by_text("Please say who you are").wait_for(state="detached")
    page.get_by_role("radio", name="Grid").click()
    grid = page.get_by_test_id("stDataFrame").first
    grid.locator("canvas").first.wait_for()
    page.wait_for_timeout(1500)  # the grid draws itself on a canvas, which nothing announces
    box = grid.bounding_box()

    # The row of pain has no counts: the cells of both arms are pasted into it.
    page.mouse.click(box["x"] + 450, box["y"] + 35 * 2.5)
    page.evaluate("navigator.clipboard.writeText('8\\t76\\t13\\t75')")
    page.keyboard.press("Control+v")
    asked = page.get_by_text("Where does", exact=False)
    page.get_by_text("Where does Total, comparator stand?").wait_for()
    assert asked.count() == 4
    sentence = "Relapse occurred in 8 of 76"
    page.get_by_role("radiogroup").locator("label", has_text=sentence).first.click()
    page.get_by_role("textbox", name="Why").fill("it was missed")
    page.get_by_role("textbox", name="Why").press("Enter")
    picked = page.locator("[data-testid=stRadio] input:checked")
    page.wait_for_function(
        "document.querySelectorAll('[data-testid=stRadio] input:checked').length >= 4"
    )
    assert picked.count() == 4  # one sentence holds all four
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.get_by_role("button", name="Write 4 changes").click()
    page.get_by_test_id("stToast").wait_for()

    (told,) = [r for r in project.entries(ExtractedOutcome) if r.provenance.by_person]
    assert told.outcome == "Pain at day 7" and is_complete(told.data)
    assert {item.quotes[0].text for item in told.evidence} == {told.evidence[0].quotes[0].text}
    context.close()
