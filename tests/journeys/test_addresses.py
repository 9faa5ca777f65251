"""Every page has an address that may be kept as a bookmark, or loaded again."""

from __future__ import annotations

from pathlib import Path

from tests.evidence.trial_factory import QUESTION
from tests.evidence.ui.people_factory import TWO, make_project
from tests.journeys.conftest import Visit
from tests.journeys.reader import Reader

NOT_FOUND = "Page not found"
HEADINGS = {
    "overview": QUESTION.text,
    "search": "Search",
    "duplicates": "Duplicates",
    "screening": "",
    "conflicts": "Conflicts",
    "full-texts": "Full texts",
    "studies": "Studies",
    "risk-of-bias": "Risk of bias",
    "evidence": "Evidence",
    "recommendation": "Recommendation",
    "audit": "Audit",
}


def stands_at(reader: Reader, path: str) -> None:
    """The page of this address is shown, under the address, and no other."""
    heading = HEADINGS.get(path, "")
    level = reader.page.get_by_role("heading", level=1)
    (level.get_by_text(heading, exact=True) if heading else level).first.wait_for()
    reader.looks_over()
    assert reader.page.get_by_text(NOT_FOUND).count() == 0
    assert reader.page.url.partition("?")[0].endswith(f"/{path}")


def test_each_page_is_a_bookmark_and_the_root_leads_to_the_overview(
    visit: Visit, tmp_path: Path
) -> None:
    ada = visit(make_project(tmp_path / "p", TWO, 4).path)
    for path in HEADINGS:
        ada.opens(path)
        stands_at(ada, path)
    ada.opens("")
    stands_at(ada, "overview")
    ada.page.reload()
    stands_at(ada, "overview")


def test_a_project_opened_from_the_list_stays_over_a_reload_until_it_is_left(
    visit: Visit, tmp_path: Path
) -> None:
    folder = make_project(tmp_path / "p", TWO, 4).path
    ada = visit(None)
    ada.opens(f"overview?project={folder}")  # an address alone opens nothing
    ada.sees(NOT_FOUND)
    ada.opens("")
    ada.writes("Folder of the project", str(folder))
    ada.presses("Open")
    stands_at(ada, "overview")
    ada.goes_to("Audit")
    ada.page.wait_for_url("**/audit?project=*")
    ada.page.reload()
    stands_at(ada, "audit")
    ada.goes_to("Overview", heading=QUESTION.text)
    ada.presses("Other projects")
    ada.sees("Opened before on this computer")
    ada.page.wait_for_url("**/welcome")
    ada.page.reload()
    ada.sees("Opened before on this computer")
