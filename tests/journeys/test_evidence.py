"""A study is left out to see what follows, and a person overrules the certainty."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.judgements import CertaintyRating
from tests.evidence.pooled_factory import make_pooled_project
from tests.journeys.conftest import Visit


def test_what_if_writes_nothing_and_a_rating_is_overruled(visit: Visit, tmp_path: Path) -> None:
    project = make_pooled_project(tmp_path / "p")
    ada = visit(project.path)
    ada.opens("evidence", "Ada Okoro")
    ada.page.locator(".ev-sof").first.wait_for()
    head = project.head()
    ada.clicks(ada.page.get_by_text("What if?"))
    ada.clicks(ada.page.get_by_test_id("stCheckbox").first.locator("label"))
    change = ada.page.locator(".ev-change")
    change.wait_for()
    assert "→" in change.inner_text()
    ada.presses("Reset")
    change.wait_for(state="detached")
    assert project.head() == head

    ada.presses("Overrule …")
    box = ada.page.get_by_role("spinbutton", name="Inconsistency")
    box.fill("2")
    ada.writes("Why", "the studies differ more than the rule sees")
    ada.presses("Write this rating")
    ada.told("Rated")
    rating = project.entries(CertaintyRating)[-1]
    assert rating.provenance.actor == "Ada Okoro"
    assert {d.domain: d.levels_down for d in rating.domains}["inconsistency"] == 2
    reason = ada.page.locator("li", has_text="the studies differ more than the rule sees")
    reason.first.wait_for(state="attached")


@pytest.mark.parametrize("width", [1280, 820])
def test_pointing_at_a_study_tells_its_numbers(visit: Visit, tmp_path: Path, width: int) -> None:
    ada = visit(make_pooled_project(tmp_path / "p").path, viewport={"width": width, "height": 1500})
    ada.opens("evidence")
    plot = ada.page.locator(".js-plotly-plot").first
    square = plot.locator(".scatterlayer .trace .points path").first
    square.wait_for()
    plot.scroll_into_view_if_needed()
    ada.rests()
    at = square.bounding_box()
    ada.page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    plot.locator(".hoverlayer text").first.wait_for()
    told = plot.locator(".hoverlayer").text_content() or ""
    assert "intervention 60/" in told
    assert "weight" in told
    ada.looks_over()

    ada.clicks(ada.page.get_by_role("tab", name="As printed"))
    with ada.page.expect_download() as started:
        ada.presses("Forest plot, PNG")
    assert Path(started.value.path()).read_bytes().startswith(b"\x89PNG")
