"""From the overview to the next step and back: the figures follow."""

from __future__ import annotations

from pathlib import Path

from tests.evidence.trial_factory import QUESTION
from tests.evidence.ui.people_factory import PEOPLE, make_project
from tests.journeys.conftest import Visit


def test_the_next_step_is_one_click_away_and_the_figures_follow(
    visit: Visit, tmp_path: Path
) -> None:
    ada = visit(make_project(tmp_path / "p", PEOPLE, 4).path)
    ada.opens("", "Ada Okoro")
    flow = ada.page.locator(".ev-flow")
    flow.filter(has_text="4 to screen").wait_for()
    assert "Ada Okoro" not in ada.page.locator(".ev-columns").inner_text()

    ada.presses("Open the screening")
    ada.page.wait_for_url("**/screening*")
    ada.page.locator(".ev-large h3").wait_for()
    ada.clicks(ada.page.get_by_role("button", name="Include").first)
    ada.told("Included")

    ada.goes_to("Overview", heading=QUESTION.text)
    flow.filter(has_text="3 to screen").wait_for()
    ada.page.locator(".ev-columns", has_text="Ada Okoro").wait_for()
    ada.sees("1 screening decision")
