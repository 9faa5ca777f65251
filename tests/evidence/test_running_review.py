"""A run as a process: its progress, its end by itself, by a click or by force, and a second one."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evidence import running_review
from evidence.errors import ProjectError
from evidence.project import Project
from evidence.running_review import last_run, runs_elsewhere, start_run
from tests.evidence.screening_project_factory import make_screening_project

BARS = (
    "\x1b[?25l\r\x1b[2Ksearch       ━━━━━━━━ 1/1 5/s 0:00:01\n"
    "\x1b[2Ktitle/abstract ━━━╸━━━━ 3/12   0:00:02\r\x1b[2Kextract      ━━━━ 7/? 0:00:03"
)
WAIT_SECONDS = 120


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_screening_project(tmp_path / "p", n_records=5)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let a run be a script of a line or two instead of the whole program."""
    import subprocess

    started: list[subprocess.Popen[bytes]] = []

    def process(script: str) -> Callable[[Path], subprocess.Popen[bytes]]:
        def start(path: Path) -> subprocess.Popen[bytes]:
            (path / "derived").mkdir(exist_ok=True)
            with (
                (path / "derived" / "run.out").open("wb") as out,
                (path / "derived" / "run.err").open("wb") as err,
            ):
                started.append(
                    subprocess.Popen([sys.executable, "-c", script], stdout=out, stderr=err)
                )
            return started[-1]

        return start

    def use(script: str) -> None:
        monkeypatch.setattr(running_review, "_process", process(script))

    yield use
    for one in started:
        one.kill()
        one.wait()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def test_bars_are_read_from_what_a_terminal_would_show(
    project: Project, runs: Callable[[str], None]
) -> None:
    runs(f"import sys,time; sys.stderr.write({BARS!r}); sys.stderr.flush(); time.sleep(60)")
    run = start_run(project)
    wait_until(lambda: len(run.progress()) == 3)
    assert run.progress() == (
        ("search", 1, 1),
        ("title/abstract", 3, 12),
        ("extract", 7, None),
    )
    assert run.outcome() is None
    assert last_run(project) is run


def test_a_run_that_ends_tells_what_its_stages_did(
    project: Project, runs: Callable[[str], None]
) -> None:
    runs(
        "print('12 calls to m cost about 3 USD'); print('search       12 records identified');"
        "print('recommend    no recommendation'); print(); print('Draft, for a person');"
        "print('  screen       is a word')"
    )
    run = start_run(project)
    wait_until(lambda: not run.running)
    outcome = run.outcome()
    assert outcome is not None
    assert outcome.kind == "done"
    assert outcome.stages == (
        ("search", "12 records identified"),
        ("recommend", "no recommendation"),
    )
    assert run.told() == ("12 calls to m cost about 3 USD",)


def test_a_second_run_is_refused_at_once(project: Project, runs: Callable[[str], None]) -> None:
    runs("import time; time.sleep(60)")
    run = start_run(project)
    with pytest.raises(ProjectError, match="another run is at work"):
        start_run(project)
    assert not runs_elsewhere(project)
    run.stop()
    assert start_run(project) is not run


def test_a_run_of_another_program_is_seen_and_respected(
    project: Project, runs: Callable[[str], None]
) -> None:
    runs("pass")
    other = Project.open(project.path)
    with other.running():
        assert runs_elsewhere(project)
        with pytest.raises(ProjectError, match="another run is at work"):
            start_run(project)
    assert not runs_elsewhere(project)
    assert last_run(project) is None


@pytest.mark.parametrize(
    "listening",
    [
        "import sys\ntry: print(1, flush=True); time.sleep(60)\n"
        "except KeyboardInterrupt: sys.exit(130)",
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); print(1, flush=True)\n"
        "time.sleep(60)",
    ],
)
def test_a_run_can_be_stopped_whether_it_listens_or_not(
    project: Project,
    runs: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    listening: str,
) -> None:
    monkeypatch.setattr(running_review, "_PATIENCE_SECONDS", 1.0)
    runs(f"import time\n{listening}")
    run = start_run(project)
    wait_until(lambda: bool((project.path / "derived" / "run.out").read_bytes()))
    run.stop()
    outcome = run.outcome()
    assert outcome is not None
    assert outcome.kind == "stopped"
    assert "is kept" in outcome.line


@pytest.mark.parametrize(
    ("script", "line"),
    [
        (
            "import sys; print('error: the store is not there', file=sys.stderr); sys.exit(2)",
            "the store is not there",
        ),
        ("import sys; print('the budget is used up'); sys.exit(1)", "the budget is used up"),
        ("1/0", "The run ended with code 1"),
        ("import os; os.kill(os.getpid(), 9)", "The run ended by signal 9"),
    ],
)
def test_a_run_that_fails_gives_one_line_and_no_traceback(
    project: Project, runs: Callable[[str], None], script: str, line: str
) -> None:
    runs(script)
    run = start_run(project)
    wait_until(lambda: not run.running)
    outcome = run.outcome()
    assert outcome is not None
    assert outcome.kind == "failed"
    assert outcome.line.startswith(line)
    assert "Traceback" not in outcome.line
    assert "\n" not in outcome.line


def test_the_program_itself_is_started_and_says_what_it_lacks(project: Project) -> None:
    """The invented project has no store: the run ends at once, and the log is as it was."""
    before = project.head()
    run = start_run(project)
    wait_until(lambda: not run.running)
    outcome = run.outcome()
    assert outcome is not None
    assert outcome.kind == "failed"
    assert "store" in outcome.line
    assert "Traceback" not in (project.path / "derived" / "run.err").read_text()
    assert project.head() == before
