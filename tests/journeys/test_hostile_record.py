"""A record that attacks its reader shows as text, on every page."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.conftest import Visit
from tests.journeys.hostile_project import ADA, QUESTION, SHOWN, make_hostile_project
from tests.journeys.reader import Reader

# The pages on which some of its text stands, and the element that holds it.
PAGES = {
    "Search": ".ev-searches",
    "Duplicates": ".ev-pair",
    "Screening": ".ev-card",
    "Conflicts": ".ev-card",
    "Studies": ".ev-reading",
    "Risk of bias": ".ev-soft:has-text('Because')",
    "Recommendation": ".ev-sentences",
    "Audit": ".ev-log",
}


def is_text(reader: Reader, holder: str) -> None:
    """All of the attack can be read, and nothing of it is an element or widens the page."""
    place = reader.page.locator(holder).first
    place.wait_for(state="attached")
    reader.looks_over()
    text = " ".join((place.text_content() or "").split())
    for words in SHOWN:
        assert words in text
    nothing_of_it(reader)


def nothing_of_it(reader: Reader) -> None:
    """No element of the page comes from the attack."""
    page = reader.page
    assert page.locator("main script, [data-testid=stMain] script").count() == 0
    assert page.locator("[data-testid=stMain] .katex").count() == 0
    assert page.locator("img[src*=evil], a[href*='//evil'], a[href^=javascript]").count() == 0
    assert page.get_by_test_id("stMain").evaluate("e => e.scrollWidth - e.clientWidth") <= 1


def test_it_is_text_on_every_page(visit: Visit, tmp_path: Path) -> None:
    ada = visit(make_hostile_project(tmp_path / "p").path)
    ada.opens("", ADA)
    ada.page.locator(".ev-flow").wait_for()
    nothing_of_it(ada)
    for title, holder in PAGES.items():
        ada.goes_to(title, heading=QUESTION if title == "Screening" else title)
        if title == "Search":
            ada.clicks(ada.page.get_by_role("radio", name="Searches so far"))
        is_text(ada, holder)
    ada.goes_to("Evidence")
    ada.page.locator(".ev-sof").first.wait_for()
    nothing_of_it(ada)


def test_what_a_decision_tells_is_text(visit: Visit, tmp_path: Path) -> None:
    ada = visit(make_hostile_project(tmp_path / "p").path)
    ada.opens("screening", ADA)
    is_text(ada, ".ev-card")
    # What turns the writing around ends where the author's name ends.
    apart = ada.page.locator(".ev-card bdi", has_text="Author").first
    assert apart.evaluate("e => getComputedStyle(e).unicodeBidi") == "isolate"

    ada.page.keyboard.press("u")
    ada.told("<script>")  # the notice is Markdown
    ada.clicks(ada.page.get_by_role("radio", name="All"))
    ada.clicks(ada.page.get_by_role("radio", name="List"))
    ada.page.locator(".ev-here").wait_for()
    is_text(ada, ".ev-card")
