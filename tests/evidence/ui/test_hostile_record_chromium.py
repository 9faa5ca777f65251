"""A record that attacks its reader shows as text: on both ways to screen and as a conflict."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from evidence.config import Settings
from evidence.events import RecordIdentified
from evidence.judgements import Provenance, RecordNote
from evidence.project import Manifest, Project
from indexers.records import Record, abstract_document
from tests.evidence.report_factory import NOON, OFFLINE, QUESTION
from tests.evidence.ui.people_factory import TWO, says
from tests.evidence.ui.test_app_chromium import WAIT_SECONDS, address, browser

__all__ = ["address", "browser"]
ATTACK = (
    '<script>alert(1)</script><img src="http://evil.example/x.png" onerror="alert(2)">'
    "[link](http://evil.example) ![image](http://evil.example/y.png) $\\frac{a}{b}$ :red[no] "
    "`code` **bold** \x07\x00 \u202egnorts\u202c " + "w" * 400
)
SHOWN = (
    "<script>alert(1)</script>",
    "[link](http://evil.example)",
    "![image](http://evil.example/y.png)",
    "$\\frac{a}{b}$",
    ":red[no]",
    "**bold**",
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    manifest = Manifest(
        program_version="test",
        question=QUESTION,
        settings=Settings(screening=TWO),
        store=Path("store"),
        index_digest="0",
        encoder="none",
    )
    project = Project.create(tmp_path / "p", manifest, clock=lambda: NOON)
    record = Record(
        record_id="r0",
        source="s",
        title=f"Title {ATTACK}",
        abstract=f"METHODS: {ATTACK} randomised. RESULTS: {ATTACK}",
        authors=(f"Author {ATTACK}",),
        journal=f"Journal {ATTACK}",
        doi="javascript:alert(3)",
    )
    ben = Provenance(actor="Ben Quist", engine="person")
    project.append(
        RecordIdentified(record=record, score=1, ranks={}, provenance=OFFLINE),
        says("Ada Okoro", "include", "r0"),
        says("Ben Quist", "exclude", "r0", reason=f"Reason {ATTACK}"),
        RecordNote(record_id="r0", labels=(f"Label {ATTACK}",), text=ATTACK, provenance=ben),
        documents=[abstract_document(record)],
    )
    return project


def check(page: Any, *wanted: str) -> None:
    card = page.locator(".ev-card").first
    card.wait_for()
    text = " ".join(card.inner_text().split())
    for words in (*SHOWN, *wanted):
        assert words in text
    main = page.get_by_test_id("stMain")
    assert main.locator("script, iframe, .katex").count() == 0
    assert main.locator("img[src*=evil], a[href*=evil], a[href^=javascript]").count() == 0
    wide = "e => e.scrollWidth - e.clientWidth"
    assert main.evaluate(wide) <= 1
    assert card.evaluate(wide) <= 1


def test_it_is_text_everywhere(browser: Any, address: str, project: Project) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 1200})
    page.set_default_timeout(WAIT_SECONDS * 1000)
    dialogs: list[str] = []
    asked: set[str] = set()
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: asked.add(urlsplit(request.url).hostname or ""))
    page.goto(f"{address}/screening")
    name = page.get_by_role("textbox", name="Your name")
    name.fill("Ada Okoro")
    name.press("Enter")
    page.get_by_text("Please say who you are").wait_for(state="detached")
    page.get_by_role("radio", name="All").click()
    check(page, "Title <script>", "Author <script>", "Journal <script>", "Label <script>")
    page.get_by_text("History of this record").click()
    page.locator(".ev-lines li").nth(2).wait_for()
    assert "Reason <script>" in page.locator(".ev-lines").inner_text()

    # What turns the writing around ends where the author's name ends.
    apart = page.locator(".ev-card bdi", has_text="Author").first
    assert apart.evaluate("e => getComputedStyle(e).unicodeBidi") == "isolate"

    # A decision's notice is Markdown.
    page.keyboard.press("u")
    page.get_by_test_id("stToast").wait_for()
    assert "<script>" in page.get_by_test_id("stToast").inner_text()

    page.get_by_role("radio", name="List").click()
    page.locator(".ev-here").wait_for()
    check(page, "Label <script>")

    page.get_by_role("link", name="Conflicts").click()
    page.get_by_role("heading", name="Conflicts").wait_for()
    check(page, "Reason <script>", "Label <script>")
    assert dialogs == []
    assert asked <= {"127.0.0.1", ""}  # without a host: what the page itself holds
