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
