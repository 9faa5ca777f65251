"""The evidence page in a real browser: pointing at a study tells its numbers, without a network."""

from pathlib import Path
from typing import Any

import pytest

from evidence.project import Project
from tests.evidence.pooled_factory import make_pooled_project
from tests.evidence.ui.test_app_chromium import WAIT_SECONDS, address, browser

__all__ = ["address", "browser"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_pooled_project(tmp_path / "p")


@pytest.mark.parametrize("width", [1280, 820])
def test_pointing_at_a_study_tells_its_numbers(browser: Any, address: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 1500})
    page.set_default_timeout(WAIT_SECONDS * 1000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/evidence")
    plot = page.locator(".js-plotly-plot").first
    plot.locator(".scatterlayer .trace .points path").first.wait_for()
    plot.scroll_into_view_if_needed()
    square = plot.locator(".scatterlayer .trace .points path").first.bounding_box()
    page.mouse.move(square["x"] + square["width"] / 2, square["y"] + square["height"] / 2)
    told = plot.locator(".hoverlayer").inner_text
    page.wait_for_function("document.querySelector('.hoverlayer text') !== null")
    assert "intervention 60/" in told().replace("\n", " ")
    assert "weight" in told()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert outside == []

    page.get_by_role("tab", name="As printed").click()
    with page.expect_download() as started:
        page.get_by_role("button", name="Forest plot, PNG").click()
    assert Path(started.value.path()).read_bytes().startswith(b"\x89PNG")
    page.close()
