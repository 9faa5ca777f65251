"""A clock that jumps: years back and forth between two lines of the log, and between two runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

from evidence.engines import build_engines
from evidence.export import export
from evidence.project import Project
from evidence.review import run
from tests.faults.long_commands import finished, log_made, project_problems
from tests.faults.synthetic import review, trial_store
from tests.faults.table import Row, row

_START = datetime(2026, 3, 1, 12, tzinfo=UTC)
_JUMPS = (0, -3650, 5, 9000, -1, 0, -40_000)
"""Days from the start, one a line."""
JUMPS_OF_RUNS = ("-3650d", "+9000d", "-1d")
"""By faketime, one a run, each further than the last stage."""
_STAGES = ("screen", "extract", "recommend")


def jumping_row(scratch: Path) -> Row:
    """Another day with each line, by the clock that a project is given."""
    folder = scratch / "jumping"
    calm = _calm(folder)
    path = folder / "project"
    review(path, folder / "store").close()
    opened = Project.open(path, clock=_jumping().__next__)
    run(opened, build_engines(opened.manifest.settings.engine, path / "calls"))
    n_lines = opened.head()[0]
    opened.close()
    wrong = _judged(path, calm)
    shutil.rmtree(folder)
    said = "the log keeps its order; each line has the time it was given"
    return Row("clock jumps with each line", n_lines, len(wrong), said, tuple(wrong))


def jumping_runs_row(scratch: Path) -> Row:
    """Another year with each run, by faketime; nothing where that is not installed."""
    name = "clock jumps between runs (faketime)"
    if shutil.which("faketime") is None:
        return Row(name, 0, 0, "left out: faketime is not installed")
    folder = scratch / "runs"
    calm = _calm(folder)
    path = folder / "project"
    review(path, folder / "store").close()
    found = []
    for jump, stage in zip(JUMPS_OF_RUNS, _STAGES, strict=True):
        arguments = (sys.executable, "-m", "evidence", "run", str(path), "--until", stage)
        done = subprocess.run(
            ["faketime", "-f", jump, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        wrong = [] if done.returncode == 0 else [f"{jump}: {done.stderr.strip()[-200:]}"]
        found.append(("went on", wrong + project_problems(path)))
    found[-1][1].extend(_judged(path, calm))
    shutil.rmtree(folder)
    return row(name, found)


def _calm(folder: Path) -> dict[str, str]:
    """What the log of the same review says when the clock goes on as clocks do."""
    review(folder / "calm", trial_store(folder / "store", folder / "texts")).close()
    finished(folder / "calm")
    return log_made(folder / "calm")


def _judged(path: Path, calm: dict[str, str]) -> list[str]:
    """What is not as in the calm review, and what cannot be exported."""
    wrong = project_problems(path)
    if log_made(path) != calm:
        wrong.append("the log says something else than without the jump")
    opened = Project.open(path)
    export(opened, "html", path / "derived" / "report.html")
    opened.close()
    return wrong


def _jumping() -> Iterator[datetime]:
    for line, days in enumerate(cycle(_JUMPS)):
        yield _START + timedelta(days=days, seconds=line)
