"""From the demo's question to a finished run: the project is made and run in the browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.demo import demo_question
from evidence.project import Project
from evidence.question import load_question
from evidence.verification import verify
from tests.journeys.conftest import Visit

RUN_SECONDS = 600


@pytest.mark.slow
def test_a_new_project_is_made_and_run(visit: Visit, tmp_path: Path) -> None:
    ada = visit(None)
    ada.opens("")
    ada.clicks(ada.page.get_by_role("link", name="Make a new project"))
    ada.presses("Take the demo’s question")
    ada.sees("This is the demo’s question")
    folder = tmp_path / "malaria"
    ada.writes("Where the project goes", str(folder))
    ada.presses("Make the project")
    ada.presses("Run the engine")
    ada.page.get_by_role("button", name="Stop").wait_for()

    # Another page in between: the run goes on without anybody who watches it.
    ada.goes_to("Audit")
    ada.page.wait_for_url("**/audit*")
    ada.goes_to("Overview", heading=load_question(demo_question()).text)
    fault = ada.page.get_by_test_id("stAlertContentError")
    done = ada.page.get_by_text("The run is through.").or_(fault)
    done.first.wait_for(timeout=RUN_SECONDS * 1000)
    assert fault.all_inner_texts() == []

    ada.sees("The offline engine")
    assert "120\nrecords identified" in ada.page.locator(".ev-flow").inner_text()
    assert ada.page.get_by_text("Page not found").count() == 0
    assert list(verify(Project.open(folder))) == []

    ada.goes_to("Recommendation")
    ada.page.locator(".ev-sentences > li").first.wait_for()
