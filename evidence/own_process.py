"""A command in a process of its own, so that an end by the system or a library is told.

Where memory is short the kernel kills a process, or a library in Rust or C aborts it: no code of
its own runs then. The process that a person started only waits, and is there to say what happened.
Only Linux ends a child with its parent, so the command line does this there alone.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from types import FrameType

_ENDED_FOR_MEMORY = (
    -signal.SIGKILL,  # by the kernel
    -signal.SIGABRT,  # by a library
    127,  # by the loader, which has no memory for the variables of a thread
)
_PASSED_ON = (signal.SIGTERM, signal.SIGHUP)
_SET_PDEATHSIG = 1  # of prctl(2)


def go_on_in_child() -> None:
    """Return in a child; the caller's process waits, and exits as the child does.

    A child that is killed or aborts gives one line and exit code 2. It ends with its parent, and
    gets SIGTERM and SIGHUP from it.
    """
    parent = os.getpid()
    # A signal that comes before the parent is ready for it waits until it is.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, *_PASSED_ON))
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        _end_with(parent)
        return

    def pass_on(number: int, _frame: FrameType | None) -> None:
        os.kill(child, number)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the child too
    for number in _PASSED_ON:
        signal.signal(number, pass_on)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    _, status = os.waitpid(child, 0)
    sys.exit(_exit_code(os.waitstatus_to_exitcode(status)))


def _end_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it has ended meanwhile
        os._exit(1)


def _exit_code(ended: int) -> int:
    if ended in _ENDED_FOR_MEMORY:
        told = "ended by the system or a library, most often for want of memory"
        advice = "close other programs, or give it less at a time, and run the same command again"
        print(f"error: {told}; {advice}", file=sys.stderr)
        return 2
    return ended if ended >= 0 else 128 - ended  # a signal, as shells count it
