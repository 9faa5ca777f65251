"""A sentence without support is refused and one with a quote is kept; signed, exported, audited."""

from __future__ import annotations

from pathlib import Path

from evidence.judgements import RecommendationEdit, RecommendationSignedOff
from tests.evidence.decision.recommendation_factory import make_drafted_project
from tests.journeys.conftest import Visit
from tests.journeys.reader import Reader

ADDED = "In one trial 60 of 1000 died."
BEGINS = {"Word": b"PK", "HTML": b"<!DOCTYPE html", "PDF": b"%PDF-"}


def exports(reader: Reader, name: str, begins: bytes) -> None:
    """Choose a format, have the file made, and fetch it."""
    reader.chooses("Format", name)
    reader.presses("Prepare the file")
    button = reader.page.get_by_test_id("stDownloadButton").get_by_text(f"Download {name} (")
    with reader.page.expect_download() as fetched:
        reader.clicks(button)
    content = Path(fetched.value.path()).read_bytes()
    assert content[: len(begins)].lower() == begins.lower()


def test_from_an_edit_to_the_signed_files(visit: Visit, tmp_path: Path) -> None:
    project = make_drafted_project(tmp_path / "p")
    ada = visit(project.path)
    ada.opens("recommendation", "Ada Okoro")
    ada.page.locator(".ev-sentences > li").first.wait_for()
    n_before = ada.page.locator(".ev-sentences > li").count()
    ada.presses("Edit")
    ada.presses("Add a sentence")
    ada.writes(f"Sentence {n_before + 1}", ADDED)
    ada.presses("Save as the next version")
    ada.sees("no quote and no computed value supports")
    assert len(project.entries(RecommendationEdit)) == 1

    ada.writes("Find words in the reports", "60 of 1000 died with zinc")
    ada.presses("Quote this sentence")
    ada.page.locator("button:disabled", has_text="Quote this sentence").wait_for()
    ada.presses("Save as the next version")
    ada.told("Saved as version 2")
    assert project.entries(RecommendationEdit)[-1].recommendation.sentences[-1].text == ADDED

    ada.presses("Sign …")
    ada.sees("Still open in this review")
    ada.presses("Sign this version with these open")
    ada.told("Signed by Ada Okoro")
    ada.sees("signed by Ada Okoro")
    (signature,) = project.entries(RecommendationSignedOff)
    assert signature.provenance.actor == "Ada Okoro"

    ada.clicks(ada.page.get_by_role("tab", name="Export"))
    for name, begins in BEGINS.items():
        exports(ada, name, begins)

    ada.goes_to("Audit")
    rows = ada.page.locator(".ev-log tbody tr", has_text="Ada Okoro")
    rows.nth(1).wait_for()
    told = "\n".join(rows.all_inner_texts())
    assert "sign" in told.casefold()
    assert "version" in told.casefold() or "recommendation" in told.casefold()
    ada.presses("Check the whole log now")
    ada.sees(f"Checked: all {project.head()[0]} lines hold")
    ada.clicks(ada.page.get_by_role("tab", name="Flow of records"))
    ada.page.get_by_alt_text("PRISMA 2020 flow diagram").wait_for()
