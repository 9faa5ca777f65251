"""A result that waits is read at its place, confirmed, changed in the grid, and one is rejected."""

from __future__ import annotations

from pathlib import Path

from evidence.findings import values
from evidence.judgements import ExtractedOutcome, ResultRejected
from evidence.project import Project
from evidence.verification import verify
from tests.evidence.trial_factory import HOSTILE
from tests.evidence.ui.studies.studies_factory import make_studies_project
from tests.journeys.conftest import Visit
from tests.journeys.reader import WIDE, Reader

ADA = "Ada Okoro"
_LINE = 35  # pixels of a row of the grid, its head too


def by_people(project: Project) -> list[ExtractedOutcome]:
    return [r for r in project.entries(ExtractedOutcome) if r.provenance.by_person]


def types_into_grid(reader: Reader, row: int, column: int, text: str) -> None:
    """Write into a cell, as in a spreadsheet; both are counted from the first of the grid."""
    grid = reader.page.get_by_test_id("stDataFrame").first
    grid.locator("[role=gridcell]").first.wait_for(state="attached")
    grid.locator(".dvn-scroller").click(position={"x": 30, "y": _LINE * (row + 1) + _LINE // 2})
    for _ in range(column):
        reader.page.keyboard.press("ArrowRight")
    reader.page.keyboard.press("Enter")
    cell = reader.page.locator("#portal input, #portal textarea").first
    cell.fill(text)
    cell.press("Enter")


def test_results_are_settled_beside_their_place(visit: Visit, tmp_path: Path) -> None:
    project = make_studies_project(tmp_path / "p")
    ada = visit(project.path)
    ada.opens("studies", ADA)
    mark = ada.page.locator(".ev-reading mark.ev-c0").first
    mark.wait_for()
    text, place = ada.page.locator(".ev-reading").bounding_box(), mark.bounding_box()
    assert text["x"] + text["width"] <= WIDE
    assert text["y"] <= place["y"] <= text["y"] + text["height"]  # in sight without scrolling

    ada.presses("Confirm as it is")
    ada.told("Confirmed")
    ada.page.locator("button:disabled", has_text="Confirmed").wait_for()  # the same is still open
    assert [(r.record_id, r.provenance.actor) for r in by_people(project)] == [("trial-2", ADA)]

    ada.presses("Open result 3")
    doubt = ada.page.get_by_text("a doubt").first
    doubt.wait_for()
    assert HOSTILE in doubt.inner_text()
    ada.writes("Why", "no trial")
    ada.presses("Reject")
    ada.told("Rejected")
    (rejected,) = project.entries(ResultRejected)
    assert (rejected.record_id, rejected.provenance.reason) == ("trial-2", "no trial")

    ada.clicks(ada.page.get_by_role("radio", name="Grid"))
    # The report gives a standard deviation that was not found.
    ada.clicks(ada.page.get_by_role("radio", name="Means"))
    ada.rests()
    types_into_grid(ada, row=1, column=4, text="1.4")
    places = ada.page.get_by_role("radiogroup", name="Where does")
    places.get_by_role("radio").first.wait_for()
    ada.clicks(places.locator("label").first)
    ada.writes("Why", "it stands in Table 2")
    ada.presses("Write 1 change")
    ada.told("Written")
    written = by_people(project)[-1]
    assert values(written.data)["sd_intervention"] == 1.4
    (evidence,) = (e for e in written.evidence if e.field == "sd_intervention")
    assert "2.6 (1.4)" in evidence.quotes[0].text
    assert written.provenance.reason == "it stands in Table 2"
    ada.page.get_by_text("With results to check (0)").wait_for()
    assert list(verify(project)) == []
