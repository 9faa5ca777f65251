"""Many projects at once on Ray: each log is that of a run of its own, whatever its worker met."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evidence.cli import app
from evidence.config import SearchSettings, Settings
from evidence.errors import ProjectError
from evidence.project import Project
from evidence.project_runs import run_project, run_projects
from evidence.review import new_project
from evidence.verification import verify
from indexers.encoders import named_encoder
from indexers.records import Record
from indexers.store import Store
from tests.evidence.trial_factory import QUESTION
from tests.indexers.ray_workers import kill_workers, need_ray

N_RECORDS = 120
WAIT_SECONDS = 120


@pytest.fixture
def store(tmp_path: Path) -> Path:
    records = [
        Record(
            record_id=f"r{n}",
            source="Invented",
            title=f"Velmide for relapse in ward {n}",
            abstract=f"We randomised {20 + n} adults to velmide or placebo. {n % 9} relapsed.",
        )
        for n in range(N_RECORDS)
    ]
    Store.build(tmp_path / "store", records, named_encoder("static"))
    return tmp_path / "store"


def make_project(path: Path, store: Path) -> Path:
    settings = Settings(search=SearchSettings(limit=N_RECORDS))
    question = QUESTION.model_copy(update={"criteria": QUESTION.criteria[:2]})
    new_project(path, question, settings, store).close()
    return path


def judged(path: Path) -> list[dict[str, Any]]:
    """The log without times."""
    project = Project.open(path)
    assert project.chain_problems() == []
    assert list(verify(project)) == []
    entries = [line.entry.model_dump(mode="json") for line in project.lines()]
    project.close()
    for entry in entries:
        entry["provenance"].pop("at")
    return entries


def test_a_lost_worker_s_project_is_resumed_and_one_that_fails_stops_no_other(
    tmp_path: Path, store: Path
) -> None:
    need_ray()
    alone = make_project(tmp_path / "alone", store)
    outcome = run_project(str(alone), "screen")
    assert (outcome.state, outcome.stages[-1].judged) == ("done", N_RECORDS)
    projects = [make_project(tmp_path / name, store) for name in ("one", "two")]
    seen: list[int] = []
    killed: list[int] = []

    def kill_in_the_middle() -> None:
        project = Project.open(projects[0])
        until = time.monotonic() + WAIT_SECONDS
        while project.head()[0] <= N_RECORDS and time.monotonic() < until:
            time.sleep(0.005)  # the records are found, and the first is being judged
        with project.database.writing():  # nobody comes to the end while workers are looked for
            killed.extend(kill_workers("run_project", most=2))
            seen.append(project.head()[0])
        project.close()

    killer = threading.Thread(target=kill_in_the_middle)
    killer.start()
    places = map(str, (*projects, tmp_path / "none"))
    words = ("--until", "screen", "--ray", "local", "--workers", "2", "--json")
    told = CliRunner().invoke(app, ["run", *places, *words])
    killer.join()
    assert told.exit_code == 1, told.output
    value = json.loads(told.stdout)
    assert [o["state"] for o in value["projects"]] == ["done", "done", "failed"]
    assert "expected a project" in value["projects"][2]["line"]
    assert value["projects"][0]["line"] == outcome.line
    assert killed
    assert N_RECORDS < seen[0] < len(judged(alone))  # it was killed with work to do
    assert [judged(path) for path in projects] == [judged(alone)] * 2


def test_what_cannot_be_run_is_refused_before_ray_starts(tmp_path: Path) -> None:
    twice = [tmp_path / "p", tmp_path / "q", tmp_path / "p"]
    with pytest.raises(ProjectError, match="p: expected projects that differ"):
        run_projects(twice, "screen", "local", 2, lambda _done, _of: None)
    for wrong, said in (
        (["a", "b"], "need --ray local"),
        (["a", "--workers", "2"], "need --ray local"),
        (["a", "--ray", "local", "--estimate"], "leave --ray out"),
        (["a", "--ray", "local", "--until", "judge"], "--until judge: expected one of search"),
    ):
        told = CliRunner().invoke(app, ["run", *wrong])
        assert told.exit_code == 2
        assert said in " ".join(told.stderr.replace("│", " ").split())
