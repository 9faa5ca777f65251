"""A strategy line is changed, its hits are seen, what it finds is added, and a file is dropped."""

from __future__ import annotations

from pathlib import Path

from evidence.events import RecordIdentified, SearchRun
from evidence.project import Project
from evidence.verification import verify
from tests.evidence.searching.added_factory import make_project, make_store
from tests.journeys.conftest import Visit

RIS = (
    "TY  - JOUR\nID  - E1\nTI  - Solvane in gleam fever, a further trial\nPY  - 2019\nER  - \n\n"
    "TY  - JOUR\nID  - E2\nTI  - Brontil in gleam fever\nPY  - 2020\nER  - \n"
)


def ids(project: Project) -> set[str]:
    return {found.record.record_id for found in project.entries(RecordIdentified)}


def test_a_strategy_and_a_file_bring_records(visit: Visit, tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", make_store(tmp_path / "store"))
    ada = visit(project.path)
    ada.opens("search", "Ada Okoro")
    line = ada.page.get_by_label("Line 1", exact=True)
    line.fill("solvane[tiab")
    line.press("Control+Enter")
    ada.page.locator(".ev-fault").wait_for()
    assert ada.page.get_by_role("button", name="Add 1 new record").count() == 0

    line.fill("solvane[tiab] OR brontil[tiab]")
    line.press("Control+Enter")
    ada.page.locator(".ev-hits b", has_text="2").wait_for()
    ada.page.locator(".ev-result", has_text="2 of them new").wait_for()
    ada.presses("Add 2 new records")
    ada.sees("Go on with the page Screening")
    assert ids(project) == {"s0", "s2"}

    ada.clicks(ada.page.get_by_role("radio", name="Files"))
    file = {"name": "embase.ris", "mimeType": "text/plain", "buffer": RIS.encode()}
    ada.page.locator(".st-key-search_files input[type=file]").set_input_files(file)
    ada.sees("Solvane in gleam fever, a further trial")
    assert len(ids(project)) == 2  # a preview adds nothing
    ada.writes("Source", "Embase (Ovid)")
    ada.presses("Add 2 new records")
    ada.page.locator(".ev-figures", has_text="4").wait_for()
    assert len(ids(project)) == 4

    ada.clicks(ada.page.get_by_role("radio", name="Searches so far"))
    ada.sees("Embase (Ovid)")
    searches = project.entries(SearchRun)
    assert [search.source for search in searches][1:] == ["Embase (Ovid)"]
    assert {search.provenance.actor for search in searches} == {"Ada Okoro"}
    assert list(verify(project)) == []
