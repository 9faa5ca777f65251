"""`evidence run` as a process of its own: started, watched and stopped from the review app.

    derived/run.out   what the last run told
    derived/run.err   its progress, and the error that ended it

The run holds the project's lock and writes to its log exactly as on the command line. Closing the
app's terminal ends it; whatever ends it, what was judged is in the log and a later run goes on.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Literal, NamedTuple

from evidence.errors import ProjectError
from evidence.project import Project
from evidence.review import STAGES

_PATIENCE_SECONDS = 8.0
"""How long a run may take to end in its own way; one that waits for a server takes longest."""
_TAIL_BYTES = 16_000  # all bars are drawn anew some ten times a second: far more than one drawing
_COLUMNS = 100
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_BAR = re.compile(r"^(\S+) [━╸╺ ]* (\d+)/(\d+|\?)")
_STAGE_LINE = re.compile(rf"^({'|'.join(STAGES)}|model) {{2,}}(.+)$")
_STOPPED_BY_PERSON = 130


class StageProgress(NamedTuple):
    """How far a stage is; `total` is None where it is not known yet."""

    label: str
    done: int
    total: int | None


class RunOutcome(NamedTuple):
    """How a run ended: a line for the reader, and what each stage told."""

    kind: Literal["done", "stopped", "failed"]
    line: str
    stages: tuple[tuple[str, str], ...]


class ReviewRun:
    """A run that this program started."""

    def __init__(self, project: Path, process: subprocess.Popen[bytes]) -> None:
        self.project = project
        self._process = process
        self._asked_to_stop = False

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self._process.poll() is None

    def progress(self) -> tuple[StageProgress, ...]:
        """The stages that have begun, in their order."""
        bars: dict[str, StageProgress] = {}
        for line in _lines(_tail(_err_path(self.project))):
            found = _BAR.match(line)
            if found:
                total = None if found[3] == "?" else int(found[3])
                bars[found[1]] = StageProgress(found[1], int(found[2]), total)
        return tuple(bars.values())

    def told(self) -> tuple[str, ...]:
        """What the run says before its stages end: the price of asking a language model."""
        lines = _lines(_tail(_out_path(self.project)))
        before = lines[: lines.index("")] if "" in lines else lines
        return tuple(line for line in before if line and not _STAGE_LINE.match(line))

    def stop(self) -> None:
        """End it cleanly, or by force when it does not listen; the log is whole either way."""
        self._asked_to_stop = True
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if not self.running:
                return
            self._process.send_signal(ending)
            try:
                self._process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                continue

    def outcome(self) -> RunOutcome | None:
        """How it ended; None while it is at work."""
        code = self._process.poll()
        if code is None:
            return None
        stages = tuple(
            (found[1], found[2])
            for line in _lines(_tail(_out_path(self.project)))
            if (found := _STAGE_LINE.match(line))
        )
        if code == 0:
            return RunOutcome("done", "The run is through.", stages)
        if self._asked_to_stop or code == _STOPPED_BY_PERSON:
            return RunOutcome(
                "stopped", "The run was stopped. What it judged is kept; run it to go on.", stages
            )
        return RunOutcome("failed", _why(self.project, code, self.told()), stages)


_runs: dict[Path, ReviewRun] = {}
_starting = threading.Lock()


def start_run(project: Project) -> ReviewRun:
    """Start a run of all stages; it goes on where the last one ended.

    Raises:
        ProjectError: Another run is at work, or none can be started.
    """
    path = project.path.resolve()
    with _starting:
        last = _runs.get(path)
        if last is not None and last.running:
            raise ProjectError(f"{path}: another run is at work; wait for its end")
        with project.alone("run"):
            pass  # a run of another program holds the lock
        _runs[path] = run = ReviewRun(path, _process(path))
    return run


def last_run(project: Project) -> ReviewRun | None:
    """The last run that this program started of a project, at work or not."""
    return _runs.get(project.path.resolve())


def runs_elsewhere(project: Project) -> bool:
    """Whether a run is at work that this program did not start."""
    last = last_run(project)
    if last is not None and last.running:
        return False
    try:
        with project.alone("run"):
            return False
    except ProjectError:
        return True


def _process(path: Path) -> subprocess.Popen[bytes]:
    # Rich draws bars only for a terminal; told that it has one, it draws them into the file.
    terminal = {"TTY_COMPATIBLE": "1", "TTY_INTERACTIVE": "1", "NO_COLOR": "1"}
    environment = os.environ | terminal | {"COLUMNS": str(_COLUMNS), "TERM": "xterm"}
    command = [sys.executable, "-m", "evidence", "run", str(path)]
    try:
        (path / "derived").mkdir(exist_ok=True)
        with _out_path(path).open("wb") as out, _err_path(path).open("wb") as err:
            return subprocess.Popen(  # noqa: S603 - our own words, no shell
                command,
                cwd=Path(__file__).resolve().parent.parent,
                env=environment | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
    except OSError as error:
        raise ProjectError(f"{path}: the run cannot be started ({error.strerror})") from error


def _out_path(project: Path) -> Path:
    return project / "derived" / "run.out"


def _err_path(project: Path) -> Path:
    return project / "derived" / "run.err"


def _tail(path: Path) -> str:
    """The end of a file that is being written; nothing of one that somebody deleted."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            return file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _lines(text: str) -> list[str]:
    """The lines as a terminal shows them, without its control characters."""
    return [line.rstrip() for line in re.split(r"[\r\n]", _CONTROL.sub("", text))]


def _why(project: Path, code: int, told: tuple[str, ...]) -> str:
    """The line that the command line ends with when it cannot go on."""
    lines = _lines(_tail(_err_path(project)))
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    if errors:
        return errors[-1]
    if code == 1 and told:
        return told[-1]
    how = f"by signal {-code}" if code < 0 else f"with code {code}"
    return (
        f"The run ended {how}; what it told is in {_err_path(project)}. "
        "What it judged is kept; run it again to go on."
    )
