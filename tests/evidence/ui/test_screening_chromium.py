"""Screening by people in a real browser: the next record follows, and a sample is drawn."""

from pathlib import Path
from typing import Any

import pytest

from evidence.events import StoppingSampleDrawn
from evidence.judgements import ScreeningDecision
from evidence.project import Project
from tests.evidence.report_factory import HOSTILE
from tests.evidence.ui.people_factory import PEOPLE, make_project, says
from tests.evidence.ui.test_app_chromium import WAIT_SECONDS, address, browser

__all__ = ["address", "browser"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    settings = PEOPLE.model_copy(update={"target_recall": 0.5, "confidence": 0.8})
    project = make_project(tmp_path / "p", settings, 24)
    project.append(
        *(says("Ada Okoro", "include" if i < 6 else "exclude", f"r{i}") for i in range(1, 12))
    )
    return project


def test_the_next_record_follows_and_a_sample_is_drawn_behind_a_confirmation(
    browser: Any, address: str, project: Project
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 1200})
    page.set_default_timeout(WAIT_SECONDS * 1000)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{address}/screening")
    name = page.get_by_role("textbox", name="Your name")
    name.fill("Ada Okoro")
    name.press("Enter")
    page.get_by_text("Please say who you are").wait_for(state="detached")
    page.get_by_text("11 of 24").wait_for()

    curve = page.locator(".ev-curve b").evaluate("e => getComputedStyle(e).clipPath")
    assert curve.startswith("polygon(")
    hostile = page.locator(".ev-card h3", has_text="Title 0 ")
    if hostile.count():
        assert HOSTILE in hostile.inner_text()
    first = page.locator(".ev-card h3").first.inner_text()
    page.get_by_role("button", name="Include").first.click()
    page.get_by_test_id("stToast").wait_for()
    page.get_by_text("12 of 24").wait_for()
    assert page.locator(".ev-card h3").first.inner_text() != first
    (decided,) = project.entries(ScreeningDecision)[11:]
    assert first.startswith(f"Title {decided.record_id.removeprefix('r')}")

    page.get_by_role("button", name="Draw the sample …").click()
    assert project.entries(StoppingSampleDrawn) == []
    page.get_by_role("button", name="Draw the sample", exact=True).click()
    page.get_by_text("Its records come first").wait_for()
    (drawn,) = project.entries(StoppingSampleDrawn)
    assert (
        page.locator(".ev-first")
        .first.inner_text()
        .endswith(f"0 of {len(drawn.record_ids)} judged")
    )
    # The next act has taken the place of this one; it must not lie open there.
    quick = page.get_by_role("button", name="Stop by the quick test (not strictly guaranteed)")
    assert not quick.is_visible()
    assert dialogs == []
