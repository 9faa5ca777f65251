"""What moved between two scores.json: `python -m eval.gate OLD NEW`; exit code 1 on a real drop.

A metric that both sides hold by unit, of six units or more, is compared unit by unit
(`eval.comparison.paired`), with Holm's correction over the metrics of an engine's task. Any other
has moved where its two intervals do not overlap, which is the stricter of the two. A drop is real
when it is beyond noise and in the worse direction. A metric that offline had, and that the same
task no longer has, counts as one, for else a figure could be saved by leaving it out. A task that
was not run again is named and is no drop.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.comparison import LEAST_UNITS, Difference, holm, paired, sense_of, signed
from eval.results import Scores, Table
from evidence.errors import EvidenceError, SourceError

OURS = "offline"
_SCORES_EXPECTED = "expected scores.json of the benchmark: engine, task, metrics and by_unit"


@dataclass(frozen=True)
class Move:
    """A metric in the old and the new run; `difference` is new less old over shared units.

    `new` is None where the new run no longer has the metric; without a difference `beyond_noise`
    tells whether the intervals lie apart.
    """

    engine: str
    task: str
    metric: str
    old: float
    new: float | None
    beyond_noise: bool
    difference: Difference | None = None

    @property
    def dropped(self) -> bool:
        """Whether the metric got worse beyond noise, or is gone."""
        if self.new is None:
            return self.engine == OURS
        change = self.difference.value if self.difference else self.new - self.old
        return self.beyond_noise and sense_of(self.metric) * change < 0

    @property
    def words(self) -> str:
        """What happened to it."""
        if self.new is None:
            return "gone"
        if not self.beyond_noise:
            return "within noise"
        change = sense_of(self.metric) * (self.new - self.old)
        if self.difference:
            change = sense_of(self.metric) * self.difference.value
        return "dropped" if change < 0 else "better" if change > 0 else "changed"


@dataclass(frozen=True)
class Comparison:
    """All metrics of the old run, and the tasks and engines of it that were not run again."""

    moves: tuple[Move, ...]
    not_run: tuple[str, ...]

    @property
    def finding(self) -> str | None:
        """One line when something really dropped."""
        dropped = [f"{m.engine} {m.task} {m.metric}" for m in self.moves if m.dropped]
        return f"{len(dropped)} metrics dropped: {', '.join(dropped)}" if dropped else None

    @property
    def notes(self) -> tuple[str, ...]:
        """How many metrics were compared, and what was not run again."""
        compared = [m for m in self.moves if m.new is not None]
        n_paired = sum(m.difference is not None for m in compared)
        moved = sum(m.beyond_noise for m in compared)
        lines = [
            f"{len(compared)} metrics compared, {n_paired} of them unit by unit, the others by "
            f"their intervals; {moved} moved beyond noise."
        ]
        if self.not_run:
            lines.append(f"Not run again: {', '.join(self.not_run)}.")
        return tuple(lines)

    def table(self) -> Table:
        """What moved; a metric within noise is counted in the notes alone."""
        columns = ("engine", "task", "metric", "old", "new", "new less old", "units", "what")
        moved = [m for m in self.moves if m.beyond_noise or m.new is None]
        return Table("Moved since the old run", columns, tuple(_row(m) for m in moved))


def _row(move: Move) -> tuple[str, ...]:
    between = "intervals apart"
    if move.difference:
        low, high = (signed(end) for end in move.difference.ci95)
        between = f"{signed(move.difference.value)} ({low} to {high})"
    return (
        *(move.engine, move.task, move.metric, f"{move.old:.4f}"),
        "–" if move.new is None else f"{move.new:.4f}",
        between if move.new is not None else "–",
        str(move.difference.n_units) if move.difference else "–",
        move.words,
    )


def compare(old: Scores, new: Scores, seed: int) -> Comparison:
    """Every metric of the old run against the new one.

    Args:
        old: The scores to hold on to.
        new: Those of the run at hand.
        seed: Of the bootstrap.
    """
    moves: list[Move] = []
    not_run: list[str] = []
    for engine, tasks in old.items():
        for task, found in tasks.items():
            again = new.get(engine, {}).get(task)
            if again is None:
                not_run.append(f"{engine} {task}")
            else:
                moves += _moves(engine, task, found, again, seed)
    return Comparison(tuple(moves), tuple(not_run))


def _moves(
    engine: str, task: str, old: dict[str, Any], new: dict[str, Any], seed: int
) -> Iterator[Move]:
    pairs = {name: paired(new["by_unit"], old["by_unit"], name, seed) for name in old["metrics"]}
    family = [replace(d, task=task, first="new", second="old") for d in pairs.values() if d]
    differences = {d.metric: d for d in holm(family)}
    for name, before in old["metrics"].items():
        after = new["metrics"].get(name)
        if after is None:
            yield Move(engine, task, name, before["value"], None, beyond_noise=False)
            continue
        difference = differences.get(name)
        if difference and difference.n_units < LEAST_UNITS:
            difference = None
        apart = difference.shown if difference else _apart(before["ci95"], after["ci95"])
        values = before["value"], after["value"]
        yield Move(engine, task, name, *values, beyond_noise=apart, difference=difference)


def _apart(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[1] < b[0] or b[1] < a[0]


def read_scores(path: Path) -> Scores:
    """The scores of a run.

    Raises:
        SourceError: The file is no scores.json.
    """
    try:
        scores = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SourceError(path, f"no such file; {_SCORES_EXPECTED}") from error
    except (OSError, ValueError) as error:
        raise SourceError(path, f"{_SCORES_EXPECTED} ({error})") from error
    for task in _tasks(path, scores):
        parts = (task.get("metrics"), task.get("by_unit")) if isinstance(task, dict) else (None,)
        if not all(isinstance(part, dict) for part in parts):
            raise SourceError(path, _SCORES_EXPECTED)
        for name, metric in task["metrics"].items():
            if not _is_metric(metric):
                wrong = f"metric {name}: expected a value, n and ci95 of two numbers"
                raise SourceError(path, wrong)
        for unit, row in task["by_unit"].items():
            if not isinstance(row, dict) or not all(_is_number(v) for v in row.values()):
                raise SourceError(path, f"unit {unit}: expected numbers by name")
    kept: Scores = scores
    return kept


def _tasks(path: Path, scores: object) -> Iterator[Any]:
    if not isinstance(scores, dict) or not all(isinstance(t, dict) for t in scores.values()):
        raise SourceError(path, _SCORES_EXPECTED)
    for tasks in scores.values():
        yield from tasks.values()


def _is_metric(metric: object) -> bool:
    if not isinstance(metric, dict) or not _is_number(metric.get("value")):
        return False
    interval = metric.get("ci95")
    return isinstance(interval, list) and len(interval) == 2 and all(map(_is_number, interval))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare two files; returns 0 fine, 1 a real drop, 2 bad input."""
    parser = argparse.ArgumentParser(prog="python -m eval.gate", description=__doc__)
    parser.add_argument("old", type=Path, help="scores.json to hold on to")
    parser.add_argument("new", type=Path, help="scores.json of the run at hand")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        old, new = read_scores(options.old), read_scores(options.new)
    except EvidenceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return tell(compare(old, new, options.seed))


def tell(found: Comparison) -> int:
    """Print what moved; returns the exit code."""
    from eval.report import table_text

    table = found.table()
    if table.rows:
        print(table_text(table), end="\n\n")
    for note in found.notes:
        print(note)
    if found.finding:
        print(f"finding: {found.finding}", file=sys.stderr)
    return 1 if found.finding else 0


if __name__ == "__main__":
    sys.exit(main())
