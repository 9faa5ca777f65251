"""Many writers of one log: `python -m tests.benchmarks.writers [--writers 8] [--each 500]`.

Each writer is a process of its own that appends one judgement at a time, as the review app does.
The table tells for SQLite and for PostgreSQL how many lines there are after, whether the chain
holds, and how long an append took from call to return: typically, and at the longest.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import NamedTuple

from evidence.config import Settings
from evidence.databases.address import project_folder
from evidence.errors import EvidenceError
from evidence.judgements import Provenance, ScreeningDecision
from evidence.project import Manifest, Project
from evidence.question import ClinicalQuestion
from tests.evidence.databases.server import missing_server, temporary_server

LONGEST_SECONDS = 2.0


class Measured(NamedTuple):
    """What became of one run; seconds."""

    database: str
    rows: int
    problems: list[str]
    waits: list[float]
    took: float

    @property
    def line(self) -> str:
        """The row of the table."""
        ordered = sorted(self.waits)
        median, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
        chain = "intact" if not self.problems else f"BROKEN ({self.problems[0]})"
        return (
            f"{self.database:<11} {self.rows:>6,} {chain:<7} {median * 1e3:>9.1f} "
            f"{late * 1e3:>9.1f} {ordered[-1] * 1e3:>9.1f} {self.took:>8.1f} "
            f"{len(ordered) / self.took:>8.0f}"
        )


HEADER = (
    f"{'database':<11} {'lines':>6} {'chain':<7} {'p50 ms':>9} {'p99 ms':>9} {'most ms':>9} "
    f"{'seconds':>8} {'lines/s':>8}"
)


def manifest() -> Manifest:
    """Of a project that holds nothing."""
    return Manifest(
        program_version="benchmark",
        question=ClinicalQuestion(text="Is A better than B?"),
        settings=Settings(),
        store=Path("store"),
        index_digest="0",
        encoder="none",
    )


def measure(database: str, place: str, writers: int, each: int) -> Measured:
    """Let so many processes append so many judgements each, all at once."""
    project = Project.create(project_folder(place), manifest())
    context = multiprocessing.get_context("spawn")
    gate, told = context.Barrier(writers + 1), context.Queue()
    processes = [
        context.Process(target=_write, args=(place, number, each, gate, told))
        for number in range(writers)
    ]
    for process in processes:
        process.start()
    gate.wait(120)
    began = time.perf_counter()
    waits = [wait for _ in processes for wait in told.get(timeout=600)]
    took = time.perf_counter() - began
    for process in processes:
        process.join()
    found = Measured(database, project.head()[0], project.chain_problems(), waits, took)
    project.close()
    return found


def _write(place: str, number: int, each: int, gate: Barrier, told: Queue[list[float]]) -> None:
    project = Project.open(project_folder(place))
    by = Provenance(actor=f"Writer {number}", engine="person")
    waits = []
    gate.wait(120)
    for count in range(each):
        decision = ScreeningDecision(
            record_id=f"r{number}-{count}",
            phase="title_abstract",
            verdict="exclude",
            provenance=by,
        )
        began = time.perf_counter()
        try:
            project.append(decision)
        except EvidenceError as error:  # a line is missing then, which the table tells
            print(error, file=sys.stderr)
        waits.append(time.perf_counter() - began)
    told.put(waits)
    project.close()


def fault(found: Measured, writers: int, each: int) -> str:
    """What does not hold; empty if all does."""
    if found.problems or found.rows != writers * each:
        return f"{found.database}: {found.rows} lines, {len(found.problems)} problems"
    if max(found.waits) > LONGEST_SECONDS:
        return f"{found.database}: a writer waited {max(found.waits):.2f} s"
    return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure both databases and print the table; 1 if something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--each", type=int, default=500)
    parser.add_argument("--only", choices=("SQLite", "PostgreSQL"))
    options = parser.parse_args(arguments)
    print(HEADER)
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder  # for the writers, too
        if options.only != "PostgreSQL":
            place = str(Path(folder) / "project")
            found = measure("SQLite", place, options.writers, options.each)
            print(found.line)
            faults.append(fault(found, options.writers, options.each))
        if options.only != "SQLite" and (missing := missing_server()):
            print(f"PostgreSQL: not measured, {missing}")
        elif options.only != "SQLite":
            with temporary_server(durable=True) as server:
                place = server.url("writers")
                found = measure("PostgreSQL", place, options.writers, options.each)
                print(found.line)
                faults.append(fault(found, options.writers, options.each))
    for told in filter(None, faults):
        print(f"does not hold: {told}", file=sys.stderr)
    return 1 if any(faults) else 0


if __name__ == "__main__":
    sys.exit(main())
