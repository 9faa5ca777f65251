"""What a run took: seconds, peak memory, tokens and money.

It stands beside quality in manifest.json and report.html, never in scores.json, which is the same
for the same seed whenever it is made.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.results import Table
from evidence.errors import SourceError
from evidence.llm.cost import TokenPrices

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass
class Cost:
    """Filled in when `measured` ends.

    Attributes:
        seconds: Wall time.
        peak_mebibytes: The most memory that the process held; where the system cannot count anew
            (no Linux), since the process began.
        n_units: What was scored, to share the cost among; 0 when unknown.
        n_calls: Calls to a language model that were recorded meanwhile; earlier ones cost nothing.
        prompt_tokens: Of these calls.
        reply_tokens: The same.
        money: What they cost, when prices are set.
        currency: Of it.
    """

    seconds: float = 0.0
    peak_mebibytes: float = 0.0
    n_units: int = 0
    n_calls: int = 0
    prompt_tokens: int = 0
    reply_tokens: int = 0
    money: float | None = None
    currency: str = "USD"

    def as_manifest(self) -> dict[str, Any]:
        """The figures by name; those of a language model only where one was asked."""
        found: dict[str, Any] = {
            "seconds": round(self.seconds, 2),
            "peak_mebibytes": round(self.peak_mebibytes, 1),
        }
        if self.n_units:
            found["n_units"] = self.n_units
            found["seconds_per_unit"] = round(self.seconds / self.n_units, 4)
        if self.n_calls:
            found |= {
                "n_calls": self.n_calls,
                "prompt_tokens": self.prompt_tokens,
                "reply_tokens": self.reply_tokens,
            }
        if self.money is not None:
            found |= {"money": round(self.money, 6), "currency": self.currency}
            if self.n_units:
                found["money_per_unit"] = round(self.money / self.n_units, 6)
        return found


@contextmanager
def measured(calls: Path | None = None, prices: TokenPrices | None = None) -> Iterator[Cost]:
    """Measure what happens inside; the cost is whole when the block ends without an error.

    Args:
        calls: Where calls to a language model are recorded, if any are.
        prices: What its tokens cost; None leaves money out.

    Raises:
        SourceError: A recorded call cannot be read.
    """
    cost, before, start = Cost(), _recorded(calls), time.perf_counter()
    _count_peak_anew()
    yield cost
    cost.seconds = time.perf_counter() - start
    cost.peak_mebibytes = peak_mebibytes()
    _count_calls(cost, _recorded(calls) - before, prices)


def _recorded(calls: Path | None) -> set[Path]:
    if calls is None or not calls.is_dir():
        return set()
    return {path for path in calls.glob("*.json") if path.name != "engine.json"}


def _count_calls(cost: Cost, made: set[Path], prices: TokenPrices | None) -> None:
    from pydantic import ValidationError

    from evidence.llm.recorded import RecordedCall

    for path in sorted(made):
        try:
            call = RecordedCall.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise SourceError(path, "expected a recorded call; delete the file") from error
        cost.n_calls += 1
        cost.prompt_tokens += call.prompt_tokens
        cost.reply_tokens += call.reply_tokens
    if prices is not None:
        cost.money = prices.price(cost.prompt_tokens, cost.reply_tokens)
        cost.currency = prices.currency


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


def cost_table(costs: dict[str, dict[str, Any]]) -> Table:
    """What each task took.

    Args:
        costs: `as_manifest` by task.
    """
    columns: dict[str, tuple[str, Callable[[Any], str]]] = {
        "seconds": ("seconds", lambda v: f"{v:.1f}"),
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
    shown = [name for name in columns if any(name in cost for cost in costs.values())]
    return Table(
        title="Cost and speed",
        columns=("task", *(columns[name][0] for name in shown)),
        rows=tuple(
            (task, *(columns[n][1](cost[n]) if n in cost else "–" for n in shown))
            for task, cost in costs.items()
        ),
    )
