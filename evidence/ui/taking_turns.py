"""Runs of the app's script, and what must not happen during one.

Large packages are imported when they are first needed. Were a thread of the server to do so while a
script runs, the script could find a package half imported: plotly, for one, asks whether pandas
is there, and takes it as it is. So such threads wait until no script runs, and a script that starts
meanwhile waits for them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from threading import Condition

from evidence.collector import left_alone


class TakingTurns:
    """Scripts run side by side, and somebody alone only between them."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._scripts = 0
        self._somebody_alone = False

    @contextmanager
    def script(self) -> Iterator[None]:
        """Run with other scripts; waits for who is alone, never for who only wants to be."""
        with self._changed:
            self._scripts += 1  # before it waits: who is alone next waits for it
        try:
            with self._changed:
                self._changed.wait_for(lambda: not self._somebody_alone)
            yield
        finally:
            with self._changed:
                self._scripts -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Run while no script does; not to be asked for in a script."""
        with self._changed:
            self._changed.wait_for(lambda: not (self._somebody_alone or self._scripts))
            self._somebody_alone = True
        try:
            yield
        finally:
            with self._changed:
                self._somebody_alone = False
                self._changed.notify_all()


TURNS = TakingTurns()
"""Of this server."""


def import_alone(packages: Sequence[str]) -> None:
    """Import for a thread that is not a script's; scripts may run between two packages."""
    for package in packages:
        if package not in sys.modules:
            with TURNS.alone():
                import_module(package)
                left_alone()  # no run of a script need look through it
