"""The overview page: figures, the next step, the engine's button, and whatever goes wrong."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from evidence import running_review
from evidence.judgements import Provenance, ScreeningDecision
from evidence.overview import StageStanding
from evidence.project import Project
from evidence.running_review import RunOutcome, StageProgress, last_run
from evidence.to_look_at import Note
from evidence.ui.projects.overview_cards import (
    columns_html,
    outcome_html,
    progress_html,
    title_html,
)
from tests.evidence.screening_project_factory import make_screening_project
from tests.evidence.trial_factory import HOSTILE
from tests.evidence.ui.projects.projects_factory import checked, html_of, plainly, start

WAIT_SECONDS = 120


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_screening_project(tmp_path / "p")


def test_the_overview_tells_figures_stages_and_people(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.append(
        ScreeningDecision(
            record_id="other-106",
            phase="title_abstract",
            verdict="exclude",
            provenance=Provenance(actor="Ada <b>Okoro</b>", engine="person"),
        )
    )
    page = html_of(start(tmp_path, monkeypatch, project.path))
    assert "does solvane compared with placebo reduce relapse?" in page
    assert "<b>45</b><span>records identified</span>" in page
    assert "Run the engine: " in page
    assert "Ada &lt;b&gt;Okoro&lt;/b&gt;" in page
    assert "1 screening decision<small>last on 20" in page
    assert "The store is not at store: " in page


def test_the_overview_follows_the_log(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(tmp_path, monkeypatch, project.path)
    included = "<b>2</b><span>included</span>"
    assert included in html_of(app)
    decision = ScreeningDecision(
        record_id="trial-2",
        phase="full_text",
        verdict="include",
        provenance=Provenance(actor="Bo", engine="person"),
    )
    project.append(decision)
    page = html_of(checked(app.run()))
    assert included not in page
    assert "<span>Bo</span><span>1 screening decision<" in page
    project.append(decision)
    assert "<span>Bo</span><span>2 screening decisions<" in html_of(checked(app.run()))


def test_a_new_project_in_the_same_folder_has_none_of_the_old_ones_people(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bo = Provenance(actor="Bo", engine="person")
    project.append(
        ScreeningDecision(record_id="trial-2", phase="full_text", verdict="include", provenance=bo)
    )
    app = start(tmp_path, monkeypatch, project.path)
    assert "<span>Bo</span>" in html_of(app)
    project.close()
    shutil.rmtree(project.path)
    make_screening_project(project.path)
    assert "<span>Bo</span>" not in html_of(checked(app.run()))


def test_a_click_goes_to_the_page_of_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.evidence.ui.people_factory import PEOPLE, make_project

    project = make_project(tmp_path / "people", PEOPLE)
    app = start(tmp_path, monkeypatch, project.path)
    assert "12 records wait for people to screen." in html_of(app)
    checked(app.button(key="go-on").click().run())
    assert app.title[0].value == "The page screening"


def test_what_a_person_can_decide_is_listed_and_opens_at_its_part(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(tmp_path, monkeypatch, project.path)
    labels = [b.label for b in app.button if (b.key or "").startswith("decide-")]
    assert [label for label in labels if "left unclear" in label]
    checked(app.button(key="decide-screening-unclear records").click().run())
    assert app.title[0].value == "The page screening"
    assert app.session_state["screening_verdict"] == "Unclear"
    assert app.session_state["screening_view"] == "One at a time"


def test_the_engine_is_started_watched_and_told_of(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The invented project has no store, so its run ends with a line that says so."""
    app = start(tmp_path, monkeypatch, project.path)
    before = project.head()
    checked(app.button(key="run-engine").click().run())
    run = last_run(project)
    assert run is not None
    if run.running:
        assert "The engine is at work" in html_of(app)
    deadline = time.monotonic() + WAIT_SECONDS
    while run.running:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    checked(app.run())
    assert "store" in app.error[0].value
    assert "\n" not in app.error[0].value
    assert app.button(key="run-engine")
    assert project.head() == before


def test_a_run_elsewhere_is_told_and_none_can_be_started(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(tmp_path, monkeypatch, project.path)
    other = Project.open(project.path)
    with other.running():
        checked(app.button(key="run-engine").click().run())
        assert "another run is at work" in plainly(app.warning[0].value)
        assert "started elsewhere" in app.info[0].value
        assert [b.key for b in app.button if b.key == "run-engine"] == []
    checked(app.run())
    assert app.button(key="run-engine")


def test_a_run_at_work_is_stopped_by_a_click(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import subprocess
    import sys

    script = (
        "import sys, time\nsys.stderr.write('extract ━━━ 3/9 0:00:01\\n'); sys.stderr.flush()\n"
        "time.sleep(60)"
    )

    def slow(path: Path) -> subprocess.Popen[bytes]:
        (path / "derived").mkdir(exist_ok=True)
        with (path / "derived" / "run.err").open("wb") as err:
            return subprocess.Popen([sys.executable, "-c", script], stderr=err)

    monkeypatch.setattr(running_review, "_process", slow)
    app = start(tmp_path, monkeypatch, project.path)
    checked(app.button(key="run-engine").click().run())
    run = last_run(project)
    assert run is not None
    try:
        deadline = time.monotonic() + WAIT_SECONDS
        while not run.progress() and time.monotonic() < deadline:
            time.sleep(0.05)
        checked(app.run())
        assert "3 of 9" in html_of(app)
        checked(app.button(key="stop-run").click().run())
        assert not run.running
        checked(app.run())
        assert "The run was stopped" in plainly(app.warning[0].value)
    finally:
        run.stop()


def test_a_session_that_is_over_starts_nothing(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(tmp_path, monkeypatch, project.path)
    (project.path / "people.json").write_text("no list of people")  # lets nobody in
    checked(app.button(key="run-engine").click().run())
    assert last_run(project) is None
    assert app.warning or app.error


def test_the_list_is_a_click_away(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(tmp_path, monkeypatch, project.path)
    checked(app.button(key="other-projects").click().run())
    assert app.title[0].value == "Evidence synthesis"


def test_a_damaged_project_gives_one_line(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.close()
    (project.path / "review.db").write_bytes(b"not a database" * 100)
    app = start(tmp_path, monkeypatch, project.path)
    assert len(app.error) == 1
    assert "\n" not in app.error[0].value


def test_every_text_is_escaped() -> None:
    stage = StageStanding("Search", "done", HOSTILE)
    pieces = (
        title_html(HOSTILE),
        columns_html([stage], [], [Note(HOSTILE, None)]),
        progress_html([StageProgress(HOSTILE, 1, 3)]),
        outcome_html(RunOutcome("done", "", ((HOSTILE, HOSTILE),))),
    )
    for piece in pieces:
        assert "<script" not in piece
        assert "<img" not in piece
        assert "&lt;" in piece
