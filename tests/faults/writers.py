"""Two writers at once: on one log, on one project, on one store."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from evidence.errors import EvidenceError
from evidence.events import StageCompleted
from evidence.judgements import Provenance
from evidence.project import Project
from indexers.store import Store
from tests.faults.children import Ended, call, settled, start
from tests.faults.long_commands import LONG_COMMANDS, LongCommand, project_problems
from tests.faults.synthetic import review, trial_store
from tests.faults.table import Row, row

_MOST_SECONDS = 300.0


def writers_row(scratch: Path, n_writers: int, n_each: int) -> Row:
    """Processes that write judgements to one project at the same time; each must be there."""
    path = scratch / "written" / "project"
    review(path, trial_store(scratch / "written" / "store", scratch / "written" / "texts")).close()
    children = [call(_write, path, f"writer {n}", n_each) for n in range(n_writers)]
    for child in children:
        child.join(_MOST_SECONDS)
    wrong = [f"a writer ended with {c.exitcode}" for c in children if c.exitcode != 0]
    wrong += project_problems(path)
    opened = Project.open(path)
    actors = [entry.provenance.actor for entry in opened.entries(StageCompleted)]
    opened.close()
    for n in range(n_writers):
        there = actors.count(f"writer {n}")
        wrong += [f"{there} of {n_each} lines of writer {n}"] if there != n_each else []
    shutil.rmtree(scratch / "written")
    lines = n_writers * n_each
    return Row(
        f"{n_writers} writers, one log", lines, len(wrong), "each waits its turn", tuple(wrong)
    )


def twice_row(name: str, scratch: Path, n_times: int) -> Row:
    """A long command started twice on the same things, one a little after the other."""
    command = next(command for command in LONG_COMMANDS if command.name == name)
    pristine = scratch / "pristine"
    now = scratch / "now"
    now.mkdir(parents=True)
    command.prepare(now)
    now.rename(pristine)
    found = [_twice(command, pristine, now, 0.1 * n) for n in range(n_times)]
    shutil.rmtree(now)
    shutil.rmtree(pristine)
    return row(f"two at once: {name}", found)


def _twice(
    command: LongCommand, pristine: Path, now: Path, after_seconds: float
) -> tuple[str, list[str]]:
    shutil.rmtree(now, ignore_errors=True)
    shutil.copytree(pristine, now)
    notes = (now.with_name("first"), now.with_name("second"))
    first = start(now, command.arguments, notes[0])
    time.sleep(after_seconds)
    second = start(now, command.arguments, notes[1])
    both = [settled(child, place) for child, place in zip((first, second), notes, strict=True)]
    wrong = [f"ended with {e.code}: {e.last_line}" for e in both if not _fine(e)]
    if all(ended.code == 2 for ended in both):
        wrong.append("both were refused")
    wrong += _looked_over(lambda: _look(command, now))
    return _said(both), wrong


def _fine(ended: Ended) -> bool:
    return ended.clear and ended.code in (0, 2)


def _said(both: Sequence[Ended]) -> str:
    refused = [ended.last_line for ended in both if ended.code == 2]
    if not refused:
        return "one after the other"
    return refused[0].rpartition(": ")[2][:80]


def _look(command: LongCommand, now: Path) -> list[str]:
    wrong = []
    if (now / "store").exists():
        Store.open(now / "store").verify()
    if command.project:
        wrong += project_problems(now / command.project)
    return wrong


def _looked_over(look: Callable[[], list[str]]) -> list[str]:
    try:
        return look()
    except EvidenceError as error:
        return [str(error)]


def _write(path: Path, actor: str, n_lines: int) -> None:
    project = Project.open(path)
    for n in range(n_lines):
        project.append(
            StageCompleted(
                stage="search",
                inputs_digest=f"{n}",
                provenance=Provenance(actor=actor, engine="person"),
            )
        )
    project.close()
