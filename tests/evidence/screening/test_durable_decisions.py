"""A decision is on disk before the next record is shown."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from evidence.databases.sqlite import open_engine
from evidence.judgements import ScreeningDecision
from evidence.project import Project
from tests.evidence.test_project import make_project

WRITER = """
import sys
from itertools import count
from pathlib import Path
from evidence.judgements import Provenance, ScreeningDecision
from evidence.project import Project

project = Project.open(Path(sys.argv[1]))
for number in count():
    project.append(
        ScreeningDecision(
            record_id=f"r{number}",
            phase="title_abstract",
            verdict="exclude",
            provenance=Provenance(actor="Ada", engine="person"),
        )
    )
    print(f"r{number}", flush=True)
"""


def test_whatever_was_told_before_a_kill_is_in_the_log(tmp_path: Path) -> None:
    make_project(tmp_path / "p").close()
    for n_told in (1, 7, 40):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "p")],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        assert writer.stdout is not None
        told = [writer.stdout.readline().strip() for _ in range(n_told)]
        os.kill(writer.pid, signal.SIGKILL)
        told += writer.stdout.read().splitlines()
        writer.wait()
        assert len(told) >= n_told
        project = Project.open(tmp_path / "p")
        logged = [decision.record_id for decision in project.entries(ScreeningDecision)]
        last_run = logged[len(logged) - 1 - logged[::-1].index("r0") :]
        assert last_run[: len(told)] == told
        assert len(last_run) <= len(told) + 1
        assert project.chain_problems() == []
        project.close()


def test_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    """FULL (2) or EXTRA (3): in WAL mode anything less may lose decisions when power fails."""
    make_project(tmp_path / "p").close()
    with open_engine(tmp_path / "p" / "review.db").connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() in (2, 3)
