"""What a run took, and each of its systems: seconds, peak memory, tokens and money.

It stands beside quality in manifest.json, items.jsonl and report.html, never in scores.json, which
is the same for the same seed whenever it is made. A task tells who is at work by `taken_by`; what
is nobody's alone (an index that all search, the scoring) is in the whole run's figures only.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.results import Table
from evidence.llm.ledger import CallsMade, Ledger

WHOLE_RUN = "whole run"
_TOLD = ("n_calls", "prompt_tokens", "reply_tokens")
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass
class Cost:
    """What a run took, or a part of it.

    Attributes:
        seconds: Wall time.
        peak_mebibytes: The most memory that the process held meanwhile, whatever it had loaded
            before; where the system cannot count anew (no Linux), since the process began.
        n_units: What was scored, to share the cost among; 0 when unknown.
        calls: What a language model was asked, its tokens and money; recorded calls cost nothing.
    """

    seconds: float = 0.0
    peak_mebibytes: float = 0.0
    n_units: int = 0
    calls: CallsMade = field(default_factory=CallsMade)

    def add(self, seconds: float, peak_mebibytes: float, calls: CallsMade) -> None:
        """What a stretch of work took."""
        self.seconds += seconds
        self.peak_mebibytes = max(self.peak_mebibytes, peak_mebibytes)
        self.calls = self.calls.plus(calls)

    def as_manifest(self) -> dict[str, Any]:
        """The figures by name; those of a language model only where one was asked."""
        found: dict[str, Any] = {
            "seconds": round(self.seconds, 4),
            "peak_mebibytes": round(self.peak_mebibytes, 1),
        }
        if self.n_units:
            found["n_units"] = self.n_units
            found["seconds_per_unit"] = round(self.seconds / self.n_units, 4)
        calls = self.calls
        if not calls.n_calls:
            return found
        found |= {name: getattr(calls, name) for name in _TOLD}
        if calls.cost is not None:
            found |= {"money": round(calls.cost, 6), "currency": calls.currency}
            if self.n_units:
                found["money_per_unit"] = round(calls.cost / self.n_units, 6)
        return found


class Meter:
    """Counts a run as a whole, and each system and unit that `taken_by` names.

    Attributes:
        total: The whole run; filled in when `measured` ends.
        engines: Each system.
        units: Each system on each review, question or claim, where it works on one at a time.
        ledger: The calls to the run's language model; None until there is one.
    """

    def __init__(self) -> None:
        self.total = Cost()
        self.engines: dict[str, Cost] = {}
        self.units: dict[tuple[str, str], Cost] = {}
        self.ledger: Ledger | None = None

    @property
    def calls(self) -> CallsMade:
        """The calls until now."""
        return self.ledger.made if self.ledger is not None else CallsMade()

    def keep_peak(self) -> None:
        """Take the peak into the whole run's: it is about to be counted anew."""
        self.total.peak_mebibytes = max(self.total.peak_mebibytes, peak_mebibytes())


_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def measured() -> Iterator[Meter]:
    """Measure what happens inside; the total is whole when the block ends without an error."""
    meter, start = Meter(), time.perf_counter()
    _count_peak_anew()
    token = _METER.set(meter)
    try:
        yield meter
    finally:
        _METER.reset(token)
    peak = max(meter.total.peak_mebibytes, peak_mebibytes())
    meter.total.add(time.perf_counter() - start, peak, meter.calls)


@contextmanager
def taken_by(engine: str, unit: str = "") -> Iterator[None]:
    """What happens inside is the work of a system, on a unit where it has one at a time.

    Blocks do not stand inside each other. Outside of `measured` nothing is counted.
    """
    meter = _METER.get()
    if meter is None:
        yield
        return
    meter.keep_peak()
    _count_peak_anew()
    before, start = meter.calls, time.perf_counter()
    try:
        yield
    finally:
        seconds, peak = time.perf_counter() - start, peak_mebibytes()
        calls = meter.calls.since(before)
        meter.engines.setdefault(engine, Cost()).add(seconds, peak, calls)
        if unit:
            meter.units.setdefault((engine, unit), Cost()).add(seconds, peak, calls)


def count_calls(ledger: Ledger) -> None:
    """From now on the calls of the run are those of this ledger."""
    meter = _METER.get()
    if meter is not None:
        meter.ledger = ledger


def peak_mebibytes() -> float:
    """The most memory that the process held, since the count began anew."""
    if _STATUS.is_file():
        for line in _STATUS.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _count_peak_anew() -> None:
    """Linux alone can (proc(5), clear_refs: 5 resets the peak)."""
    if _RESET.exists():
        try:
            _RESET.write_text("5", encoding="ascii")
        except OSError:  # a container may forbid it; the peak is then since the process began
            return


def cost_table(costs: Mapping[str, Mapping[str, Any]]) -> Table:
    """What each task took, and each of its systems.

    Args:
        costs: By task, what a manifest holds under `cost`.
    """
    columns: dict[str, tuple[str, Callable[[Any], str]]] = {
        "seconds": ("seconds", lambda v: f"{v:.2f}"),
        "n_units": ("units", str),
        "seconds_per_unit": ("seconds a unit", lambda v: f"{v:.3f}"),
        "peak_mebibytes": ("peak MiB", lambda v: f"{v:.0f}"),
        "n_calls": ("calls", str),
        "prompt_tokens": ("prompt tokens", str),
        "reply_tokens": ("reply tokens", str),
        "money": ("money", lambda v: f"{v:.4f}"),
        "money_per_unit": ("money a unit", lambda v: f"{v:.5f}"),
        "currency": ("currency", str),
    }
    rows = [
        (task, engine, took)
        for task, cost in costs.items()
        for engine, took in ((WHOLE_RUN, cost), *cost.get("engines", {}).items())
    ]
    shown = [name for name in columns if any(name in took for _, _, took in rows)]
    return Table(
        title="Cost and speed",
        columns=("task", "system", *(columns[name][0] for name in shown)),
        rows=tuple(
            (task, engine, *(columns[n][1](took[n]) if n in took else "–" for n in shown))
            for task, engine, took in rows
        ),
    )
