"""Processor seconds of the processes of a Ray cluster that this process started, by their part."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

PARTS = ("driver", "workers", "ray")
"""This process; the workers that parse and embed; all else that Ray runs."""
_TICKS = os.sysconf("SC_CLK_TCK")
_EVERY_SECONDS = 0.25


class Sample(NamedTuple):
    """What had been used at a moment: `time.time()`, and processor seconds by `PARTS`."""

    at: float
    used: dict[str, float]


class Sampled:
    """Samples over the time of a run."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self._most: dict[int, tuple[str, float]] = {}

    def take(self) -> None:
        """Look at the processes once; what one had used that has ended since stays counted."""
        for pid, title, seconds in _processes():
            part = "driver" if pid == os.getpid() else _part(title)
            known = self._most.get(pid, (part, 0.0))[0]  # an idle worker is one of Ray's again
            self._most[pid] = (known if known == "workers" else part, seconds)
        used = dict.fromkeys(PARTS, 0.0)
        for part, seconds in self._most.values():
            used[part] += seconds
        self.samples.append(Sample(time.time(), used))

    def between(self, start: float, end: float) -> dict[str, float]:
        """Processor seconds by part between the samples next to two moments, one second at most."""
        first = min(self.samples, key=lambda sample: abs(sample.at - start))
        last = min(self.samples, key=lambda sample: abs(sample.at - end))
        return {part: last.used[part] - first.used[part] for part in PARTS}


@contextmanager
def sampled() -> Iterator[Sampled]:
    """Take samples until the block ends; the last one at its end."""
    found, done = Sampled(), threading.Event()

    def keep_looking() -> None:
        while not done.wait(_EVERY_SECONDS):
            found.take()

    looking = threading.Thread(target=keep_looking, daemon=True)
    found.take()
    looking.start()
    try:
        yield found
    finally:
        done.set()
        looking.join()
        found.take()


def _part(title: str) -> str:
    return "workers" if title.startswith("ray::") and "MapWorker" in title else "ray"


def _processes() -> Iterator[tuple[int, str, float]]:
    """This process and all under it: process id, command line, processor seconds."""
    parents: dict[int, int] = {}
    seconds: dict[int, float] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        parents[int(folder.name)] = int(fields[1])
        seconds[int(folder.name)] = (int(fields[11]) + int(fields[12])) / _TICKS
    for pid, used in seconds.items():
        above = pid
        while above in parents and above != os.getpid():
            above = parents[above]
        if above == os.getpid():
            yield pid, _title(pid), used


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (OSError, UnicodeDecodeError):
        return ""
