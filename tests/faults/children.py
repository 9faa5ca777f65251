"""Commands of the program in processes of their own, which can be killed, starved or left alone.

A server process has loaded the program's libraries and forks a child for each command, so that a
kill at a random moment hits the command's work and not the interpreter's start.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import NamedTuple

PROGRAM = "evidence"
BENCHMARK = "eval.trialreview"
_LIBRARIES = (
    "evidence.cli", "evidence.export", "evidence.review", "evidence.stores", "evidence.demo",
    "evidence.verification", "evidence.engines", "evidence.searching.batch_report",
    "evidence.stages.search", "eval.trialreview", "eval.task_runs", "eval.annotating",
    "eval.tasks.screening", "indexers.store_update", "retrievers.hybrid", "retrievers.contexts",
    "faiss", "tantivy", "scipy.stats", "scipy.optimize", "sklearn.linear_model", "matplotlib",
    "sklearn.feature_extraction.text", "sentence_transformers", "rich.progress", "sqlalchemy",
    "rispy", "docx",
)  # fmt: skip
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(list(_LIBRARIES))


class Limits(NamedTuple):
    """What a child may use: bytes of address space beyond the start's, and bytes of a file."""

    memory: int | None = None
    file: int | None = None


UNLIMITED = Limits()


class Ended(NamedTuple):
    """How a child ended. `killed` tells whether the kill found it alive; `code` is None then.

    `acknowledged` are the heads of the log that the child was told it had written.
    """

    code: int | None
    told: str
    killed: bool
    seconds: float
    acknowledged: tuple[tuple[int, str], ...]

    @property
    def last_line(self) -> str:
        return self.told.strip().rpartition("\n")[2]

    @property
    def clear(self) -> bool:
        """Whether it said what was wrong without a traceback."""
        return "Traceback" not in self.told


def start(
    cwd: Path, arguments: Sequence[str], notes: Path, limits: Limits = UNLIMITED
) -> ForkServerProcess:
    """Start `evidence ARGUMENTS`, or the benchmark where it is named first."""
    os.environ["OMP_NUM_THREADS"] = "1"  # the server process inherits it
    notes.mkdir(parents=True, exist_ok=True)
    for name in ("told", "acknowledged"):
        (notes / name).write_bytes(b"")
    child = _CONTEXT.Process(target=_command, args=(cwd, list(arguments), notes, limits))
    child.start()
    return child


def run(
    cwd: Path,
    arguments: Sequence[str],
    notes: Path,
    *,
    kill_after: float | None = None,
    limits: Limits = UNLIMITED,
    most_seconds: float = 300.0,
) -> Ended:
    """Run a command to its end, or kill its process group after so many seconds."""
    child = start(cwd, arguments, notes, limits)
    while not (notes / "begun").exists() and child.is_alive():
        time.sleep(0.001)  # the server's answer is no part of the command
    (notes / "begun").unlink(missing_ok=True)
    began = time.monotonic()
    child.join(most_seconds if kill_after is None else kill_after)
    seconds = time.monotonic() - began
    killed = child.is_alive()
    if killed and child.pid is not None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.join()
    _wait_for_all(notes)
    # It may have ended between the last look and the kill.
    killed = child.exitcode == -signal.SIGKILL
    code = None if killed else child.exitcode
    return Ended(
        code, (notes / "told").read_text("utf-8", "replace"), killed, seconds, _heads(notes)
    )


def _wait_for_all(notes: Path) -> None:
    """Wait for the processes that the child has started, which hold the lock of what it told."""
    with (notes / "told").open("rb") as told:
        fcntl.flock(told, fcntl.LOCK_EX)


def settled(started: ForkServerProcess, notes: Path, most_seconds: float = 300.0) -> Ended:
    """Wait for a command that was started."""
    began = time.monotonic()
    started.join(most_seconds)
    told = (notes / "told").read_text("utf-8", "replace")
    return Ended(started.exitcode, told, False, time.monotonic() - began, _heads(notes))


def call(work: Callable[..., None], *arguments: object) -> ForkServerProcess:
    """Start a function of a module in a process of its own."""
    os.environ["OMP_NUM_THREADS"] = "1"
    child = _CONTEXT.Process(target=work, args=arguments)
    child.start()
    return child


def _heads(notes: Path) -> tuple[tuple[int, str], ...]:
    """Heads that were noted whole; the last may have been cut off by a kill."""
    noted = (notes / "acknowledged").read_text("ascii").split("\n")[:-1]
    return tuple((int(line.split()[0]), line.split()[1]) for line in noted)


def _command(cwd: Path, arguments: list[str], notes: Path, limits: Limits) -> None:
    os.setsid()
    os.chdir(cwd)
    told = os.open(notes / "told", os.O_WRONLY | os.O_APPEND)
    fcntl.flock(told, fcntl.LOCK_EX)
    os.dup2(told, 1)
    os.dup2(told, 2)
    _note_heads(notes / "acknowledged")
    (notes / "begun").write_bytes(b"")
    os.environ["RUST_BACKTRACE"] = "1"  # as many developers and images set it
    _limit(limits)
    program, *rest = arguments if arguments[0] == BENCHMARK else (PROGRAM, *arguments)
    sys.argv = [program, *rest]
    try:
        if program == BENCHMARK:
            from eval.trialreview import main as benchmark

            sys.exit(benchmark(rest))
        from evidence.__main__ import main

        main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _note_heads(path: Path) -> None:
    """Have the log's head noted after every append that returned."""
    from evidence.project import Project

    noted = os.open(path, os.O_WRONLY | os.O_APPEND)
    append = Project.append

    def appended(self: Project, *entries: object, **more: object) -> None:
        append(self, *entries, **more)  # type: ignore[arg-type]
        os.write(noted, "{} {}\n".format(*self.head()).encode())

    Project.append = appended  # type: ignore[method-assign]


def _limit(limits: Limits) -> None:
    if limits.memory is not None:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + limits.memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    if limits.file is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write then fails, as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file, limits.file))
