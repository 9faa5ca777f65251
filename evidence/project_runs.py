"""Runs of many projects at once on Ray: a task a project, its log written by its own run.

Tasks rather than Ray Data: a project is one long piece of work whose outcome is its log, not rows
that stream. What a lost worker had judged is in the log, and the next worker goes on behind it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from evidence.databases.address import address_of, project_folder
from evidence.errors import EvidenceError, ProjectError
from evidence.llm.ledger import BudgetExceeded
from evidence.stage_outcome import StageOutcome
from indexers.ray_cluster import MOST_LOST, ray_cluster
from indexers.records import Frozen

if TYPE_CHECKING:
    from ray import ObjectRef


class ProjectOutcome(Frozen):
    """How the run of a project ended.

    Attributes:
        project: Its folder, or its address in PostgreSQL.
        state: `stopped` when the budget for a language model was used up; a later run goes on.
        line: What the last stage did, or why there is no more.
        stages: What each stage did; none where the run did not end well.
        report: The report's file, where the run went as far.
    """

    project: str
    state: Literal["done", "stopped", "failed"]
    line: str
    stages: tuple[StageOutcome, ...] = ()
    report: str | None = None


def run_project(place: str, until: str) -> ProjectOutcome:
    """Run a project as far as an engine can; an error is an outcome, so that others go on.

    Args:
        place: The project's folder, or its address.
        until: The last stage.
    """
    try:
        return _run(place, until)
    except BudgetExceeded as ended:
        return ProjectOutcome(project=place, state="stopped", line=str(ended))
    except EvidenceError as error:
        return ProjectOutcome(project=place, state="failed", line=str(error))
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        line = f"{named}{error.strerror or error}"
        return ProjectOutcome(project=place, state="failed", line=line)


def _run(place: str, until: str) -> ProjectOutcome:
    from evidence.engines import build_engines
    from evidence.export import write_report
    from evidence.project import Project
    from evidence.review import run

    project = Project.open(project_folder(place))
    try:
        settings = project.manifest.settings
        calls = project.calls_folder()
        engines = build_engines(settings.engine, calls, settings.screening, settings.prompting)
        stages = run(project, engines, until=until)
        report = write_report(project, project.path / "derived") if until == "recommend" else None
    finally:
        project.close()
    return ProjectOutcome(
        project=place,
        state="done",
        line=f"{stages[-1].stage}: {stages[-1].summary}",
        stages=tuple(stages),
        report=str(report) if report else None,
    )


def run_projects(
    projects: Sequence[Path],
    until: str,
    address: str,
    workers: int | None,
    progress: Callable[[int, int], None],
) -> list[ProjectOutcome]:
    """Run projects on Ray, each in one task; returns how each ended, in the order given.

    Args:
        projects: Their folders; workers of other machines must see them, and the stores they were
            made on, under the same paths.
        until: The last stage.
        address: Where Ray is; see `ray_cluster`.
        workers: How many projects run at once; as many as there are processors unless given.
        progress: Is told how many projects ended, and how many there are.

    Raises:
        ProjectError: A project is named twice.
        ClusterError: Ray is not there.
    """
    places = [_place(project) for project in projects]
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice is not None:
        raise ProjectError(f"{twice}: expected projects that differ, it is named twice")
    progress(0, len(places))
    with ray_cluster(address, workers) as at_once:
        outcomes = _outcomes(places, until, at_once, progress)
    return [outcomes[place] for place in places]


def _outcomes(
    places: Sequence[str], until: str, at_once: int, progress: Callable[[int, int], None]
) -> dict[str, ProjectOutcome]:
    import ray
    from ray.exceptions import RayError

    task = ray.remote(num_cpus=1, max_retries=MOST_LOST)(run_project)
    waiting = deque(places)
    running: dict[ObjectRef[ProjectOutcome], str] = {}
    outcomes: dict[str, ProjectOutcome] = {}
    while waiting or running:
        while waiting and len(running) < at_once:
            place = waiting.popleft()
            running[task.remote(place, until)] = place
        (ended, *_), _ = ray.wait(list(running), num_returns=1)
        place = running.pop(ended)
        try:
            outcomes[place] = ray.get(ended)
        except RayError as error:
            outcomes[place] = ProjectOutcome(project=place, state="failed", line=_why(error))
        progress(len(outcomes), len(places))
    return outcomes


def _why(error: Exception) -> str:
    """Why a task has no outcome: its workers died, or the program has a fault."""
    from ray.exceptions import RayTaskError

    if isinstance(error, RayTaskError):
        return f"the run failed: {str(error).strip().splitlines()[-1]:.200}"
    return (
        f"its worker was lost {MOST_LOST + 1} times; what it judged is kept: run it again with "
        "more memory for each worker (fewer --workers)"
    )


def _place(project: Path) -> str:
    address = address_of(project)
    return str(project.absolute()) if address is None else address.text
