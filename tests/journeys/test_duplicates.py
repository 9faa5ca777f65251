"""Of two records that are alike one pair is told apart, one is confirmed, and a merge is undone."""

from __future__ import annotations

from pathlib import Path

from evidence.events import DuplicateMarked, DuplicateRefuted
from tests.evidence.duplicates_factory import make_duplicates_project
from tests.evidence.trial_factory import HOSTILE
from tests.journeys.conftest import Visit


def test_pairs_are_answered_and_a_merge_is_undone(visit: Visit, tmp_path: Path) -> None:
    project = make_duplicates_project(tmp_path / "p")
    ada = visit(project.path)
    ada.opens("duplicates", "Ada Okoro")
    pairs = ada.page.locator(".ev-pair")
    pairs.nth(2).wait_for()
    assert HOSTILE in pairs.nth(2).inner_text()
    left, right = (pairs.first.locator(".ev-side").nth(place).bounding_box() for place in (0, 1))
    assert left["x"] + left["width"] <= right["x"]
    assert left["y"] == right["y"]

    why = ada.page.get_by_label("Why (needed if they differ)").first
    why.fill("five years later")
    why.press("Enter")  # must not press a button
    ada.presses("Different reports")
    ada.told("later is a report of its own")
    (word,) = project.entries(DuplicateRefuted)
    assert (word.record_id, word.provenance.reason) == ("later", "five years later")
    assert word.provenance.actor == "Ada Okoro"

    ada.page.get_by_text("1 to 2 of 2").wait_for()
    ada.presses("Same report")
    ada.told("abstract is left out, whole stays")
    confirmed = project.entries(DuplicateMarked)[-1]
    assert (confirmed.record_id, confirmed.duplicate_of) == ("abstract", "whole")
    assert confirmed.provenance.actor == "Ada Okoro"

    ada.clicks(ada.page.get_by_role("radio", name="Merged"))
    merge = ada.page.locator("[class*=st-key-pair-]", has_text="same authors and year").first
    ada.clicks(merge.get_by_role("button", name="Undo …"))
    box = ada.page.get_by_label("Why they are different reports")
    box.fill("another trial")
    ada.clicks(ada.page.get_by_role("button", name="Undo the merge"))
    ada.told("copy is a report of its own")
    assert [word.record_id for word in project.entries(DuplicateRefuted)] == ["later", "copy"]
