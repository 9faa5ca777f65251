"""The cyclic garbage collector, held back where many values are made that hold no cycles.

Each of its passes walks over all values that are alive, so reading a long log would take three
times as long as parsing it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_blocks = 0
_was_at_work = True


@contextmanager
def collector_paused() -> Iterator[None]:
    """No collection within the block; blocks of several threads may overlap."""
    global _blocks, _was_at_work
    with _lock:
        if _blocks == 0:
            _was_at_work = gc.isenabled()
            gc.disable()
        _blocks += 1
    try:
        yield
    finally:
        with _lock:
            _blocks -= 1
            if _blocks == 0 and _was_at_work:
                gc.enable()


def left_alone() -> None:
    """Let the collector pass over what is alive now, for good: it stays, and holds no cycles.

    Streamlit collects after each run of a script; with 20,000 records at hand that took 330 ms.
    Nothing is collected first: after a log was read with the collector paused there was nothing to
    find, and looking took 190 ms.
    """
    gc.freeze()
