"""A command's own process: what is told of its end, and what ends it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a child is tied on Linux only")
IMPORTS = "import os, signal, sys, time\nfrom evidence.own_process import go_on_in_child\n"
WAIT = "print(os.getpid(), flush=True)\ntime.sleep(60)\n"


def started(rest: str, *, before: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", IMPORTS + before + "go_on_in_child()\n" + rest],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("rest", ["os.abort()", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_an_end_by_the_system_or_a_library_is_one_line(rest: str) -> None:
    process = started(rest)
    told = process.communicate()[1]
    assert process.returncode == 2
    assert told.startswith("error: ended by the system or a library")
    assert "run the same command again" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(("rest", "code"), [("", 0), ("sys.exit(1)", 1), ("sys.exit(130)", 130)])
def test_an_end_of_its_own_is_passed_on(rest: str, code: int) -> None:
    process = started(rest)
    assert process.communicate() == ("", "")
    assert process.returncode == code


def test_a_signal_to_the_process_that_was_started_ends_the_child() -> None:
    process = started(WAIT)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.communicate() == ("", "")
    assert process.returncode == 128 + signal.SIGTERM


def test_a_signal_that_comes_before_the_parent_waits_is_passed_on() -> None:
    send = "of_the_system = os.fork\n"
    send += "def fork():\n"
    send += "    child = of_the_system()\n"
    send += "    if child: os.kill(os.getpid(), signal.SIGTERM)\n"
    send += "    return child\n"
    send += "os.fork = fork\n"
    process = started(WAIT, before=send)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM


def test_the_child_ends_with_the_process_that_was_started() -> None:
    process = started(WAIT)
    assert process.stdout is not None
    child = os.pidfd_open(int(process.stdout.readline()))
    process.kill()
    assert select.select([child], [], [], 30)[0] == [child]  # readable once it has ended
    os.close(child)
    process.communicate()
