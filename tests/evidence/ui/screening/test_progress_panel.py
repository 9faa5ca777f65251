"""The panel beside the records: figures, estimate and advice; sample, certificate, re-opening."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.events import ScreeningReopened, ScreeningStopped, StoppingSampleDrawn
from evidence.project import Project
from evidence.screening.standing import StoppingStanding
from evidence.state import read_state
from evidence.ui.screening.progress import gain_curve, since_last_included
from tests.evidence.ui.people_factory import PEOPLE, TWO, html_of, make_project, says, start

# A target that a small sample reaches.
SETTINGS = PEOPLE.model_copy(update={"target_recall": 0.5, "confidence": 0.8})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Of 40 records, 8 included and then 12 excluded."""
    project = make_project(tmp_path / "p", SETTINGS, 40)
    project.append(
        *(says("Ada Okoro", "include" if i < 8 else "exclude", f"r{i}") for i in range(20))
    )
    return project


def act(app: AppTest, name: str) -> None:
    app.button(key=f"act-{name}").click().run()
    assert not app.exception


def acts(app: AppTest) -> set[str]:
    keys = (str(button.key) for button in app.button)
    return {key.removeprefix("act-") for key in keys if key.startswith("act-")}


def panel(app: AppTest) -> str:
    text = "".join(part for part in html_of(app).split("<section") if "ev-panel" in part)
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def test_figures_estimate_and_advice_are_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(monkeypatch, project)
    told = panel(app)
    assert "screened 20 of 40" in told
    assert "included 8 " in told
    assert "since the last included 12 no reason to stop" in told
    assert "An estimate, no guarantee." in told
    assert re.search(r"a random sample of \d+ of the 20 unscreened records has to be read", told)
    assert "clip-path: polygon(" in html_of(app)
    assert acts(app) == {"draw", "quick"}


def test_a_sample_is_drawn_screened_and_certifies(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(monkeypatch, project)
    act(app, "draw")
    (drawn,) = project.entries(StoppingSampleDrawn)
    assert drawn.provenance.actor == "Ada Okoro"
    size = len(drawn.record_ids)
    assert f"0 of {size} judged, 0 included" in panel(app)
    assert acts(app) == {"quick", "reopen"}
    for record_id in drawn.record_ids:
        app.button(key=f"because-1-title_abstract-{record_id}").click().run()
    assert "It is complete" in panel(app)
    assert "certify" in acts(app)
    act(app, "certify")
    (stop,) = project.entries(ScreeningStopped)
    assert stop.certificate.method == "certified"
    told = panel(app)
    assert "Screening is stopped: at least" in told
    certificate = stop.certificate
    assert f"{certificate.n_screened} of 40 records screened" in told
    assert "Nothing is left for you to screen" in app.info[0].value
    assert acts(app) == {"reopen"}


def test_reopening_needs_a_reason_and_voids_the_certificate(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(monkeypatch, project)
    act(app, "draw")
    (drawn,) = project.entries(StoppingSampleDrawn)
    project.append(*(says("Ada Okoro", "exclude", each) for each in drawn.record_ids))
    app.run()
    act(app, "certify")
    act(app, "reopen")
    assert "expected a reason" in app.warning[0].value
    assert read_state(project).stopping.stopped
    app.text_input(key="reopen_reason").set_value("a <b>new</b> outcome")
    act(app, "reopen")
    assert project.entries(ScreeningReopened)[0].provenance.reason == "a <b>new</b> outcome"
    page = html_of(app)
    assert "The certificate is void: screening was reopened: a &lt;b&gt;new&lt;/b&gt;" in page


def test_the_quick_test_is_refused_in_one_line_while_it_is_too_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 40)
    project.append(says("Ada Okoro", "include", "r0"), says("Ada Okoro", "exclude", "r1"))
    app = start(monkeypatch, project)
    before = project.head()
    assert any("(not strictly guaranteed)" in str(button.label) for button in app.button)
    act(app, "quick")
    assert project.head() == before
    assert "too early to stop" in app.warning[0].value
    assert "\n" not in app.warning[0].value


def test_a_quick_stop_says_that_it_is_not_strictly_guaranteed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(monkeypatch, project)
    act(app, "quick")
    assert read_state(project).stopping.stopped
    assert "not strictly guaranteed" in panel(app)


def test_nothing_is_stopped_without_a_name(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(monkeypatch, project, name="")
    before = project.head()
    act(app, "draw")
    assert project.head() == before
    assert "write your name" in app.warning[0].value


def test_two_reviewers_are_told_what_to_settle_before_and_what_they_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = TWO.model_copy(update={"target_recall": 0.5, "confidence": 0.8})
    project = make_project(tmp_path / "p", settings, 20)
    for who, number in (("Ada Okoro", 12), ("Ben Quist", 10)):
        project.append(*(says(who, "include", f"r{i}") for i in range(number)))
    project.append(says("Ben Quist", "exclude", "r10"))
    app = start(monkeypatch, project)
    assert "judged by you 12 of 20" in panel(app)
    assert "settled 10 of 20" in panel(app)
    told = [text.value for text in app.markdown]
    assert any("1 wait for the second reviewer, 1 are in conflict" in each for each in told)


def test_the_curve_ends_at_what_was_screened_and_found() -> None:
    assert gain_curve((0, 0), 10) == ""
    curve = gain_curve((1, 0, 0, 1, 0), 10)
    area = curve.split("polygon(")[1].split(")")[0].split(", ")
    corners = ["0.0% 100.0%", "10.0% 50.0%", "30.0% 50.0%", "40.0% 0.0%", "50.0% 0.0%"]
    assert [each for each in dict.fromkeys(area) if each in corners] == corners
    assert area[-1] == "50.0% 100%"
    assert "2 included among the 5 screened of 10 records" in curve
    assert len(gain_curve((1,) * 5_000, 9_000)) < 20_000


def test_records_since_the_last_included_one() -> None:
    def standing(*labels: int) -> StoppingStanding:
        return StoppingStanding(tuple(f"r{i}" for i in range(len(labels))), labels, ())

    assert since_last_included(standing(1, 0, 1, 0, 0)) == 2
    assert since_last_included(standing(0, 0, 0)) == 3
    assert since_last_included(standing()) == 0
