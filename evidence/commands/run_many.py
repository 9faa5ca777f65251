"""`evidence run` of several projects at once, on Ray."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import typer

from evidence.console import progress_bars, show


def run_many(
    projects: Sequence[Path], until: str, address: str, workers: int | None, as_json: bool
) -> None:
    """Run them, and print a line a project; one that fails does not stop the others.

    Raises:
        typer.BadParameter: There is no such stage.
        typer.Exit: With code 1, when a run failed or stopped.
        EvidenceError: The projects or Ray cannot be used.
    """
    from evidence.project_runs import run_projects
    from evidence.review import STAGES

    if until not in STAGES:
        raise typer.BadParameter(f"--until {until}: expected one of {', '.join(STAGES)}")
    with progress_bars(as_json) as progress:
        outcomes = run_projects(
            projects, until, address, workers, lambda n, of: progress("projects", n, of)
        )
    told = Counter(outcome.state for outcome in outcomes)
    counts = ", ".join(f"{told[state]} {state}" for state in ("done", "stopped", "failed"))
    lines = [f"{o.state:<8} {o.project}  {o.line}" for o in outcomes]
    value = {
        "projects": [outcome.model_dump() for outcome in outcomes],
        "n_done": told["done"],
        "n_stopped": told["stopped"],
        "n_failed": told["failed"],
    }
    show(as_json, value, "\n".join([*lines, f"{len(outcomes)} projects: {counts}"]))
    if told["done"] < len(outcomes):
        raise typer.Exit(1)
