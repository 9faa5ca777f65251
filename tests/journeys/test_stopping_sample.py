"""When enough is screened, a random sample is drawn behind a confirmation."""

from pathlib import Path

import pytest

from evidence.events import StoppingSampleDrawn
from evidence.judgements import ScreeningDecision
from evidence.project import Project
from tests.evidence.ui.people_factory import PEOPLE, make_project, says
from tests.journeys.conftest import Visit


@pytest.fixture
def project(tmp_path: Path) -> Project:
    settings = PEOPLE.model_copy(update={"target_recall": 0.5, "confidence": 0.8})
    project = make_project(tmp_path / "p", settings, 24)
    project.append(
        *(says("Ada Okoro", "include" if i < 6 else "exclude", f"r{i}") for i in range(1, 12))
    )
    return project


def test_a_sample_is_drawn_behind_a_confirmation(visit: Visit, project: Project) -> None:
    ada = visit(project.path)
    ada.opens("screening", "Ada Okoro")
    ada.sees("11 of 24")
    curve = ada.page.locator(".ev-curve b").evaluate("e => getComputedStyle(e).clipPath")
    assert curve.startswith("polygon(")
    first = ada.page.locator(".ev-card h3").first.inner_text()
    ada.page.keyboard.press("i")
    ada.told("Included")
    ada.sees("12 of 24")
    (decided,) = project.entries(ScreeningDecision)[11:]
    assert first.startswith(f"Title {decided.record_id.removeprefix('r')}")

    ada.presses("Draw the sample …")
    ada.page.get_by_role("button", name="Draw the sample", exact=True).wait_for()
    assert project.entries(StoppingSampleDrawn) == []
    ada.presses("Draw the sample")
    ada.sees("Its records come first")
    (drawn,) = project.entries(StoppingSampleDrawn)
    told = ada.page.locator(".ev-first").first.inner_text()
    assert told.endswith(f"0 of {len(drawn.record_ids)} judged")
    # The next act has taken the place of this one; it must not lie open there.
    quick = ada.page.get_by_role("button", name="Stop by the quick test (not strictly guaranteed)")
    assert not quick.is_visible()
