"""What a task hands back: scores, items, tables and plots."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eval.plots import Plot

Scores = dict[str, dict[str, dict[str, Any]]]


@dataclass(frozen=True)
class Metric:
    """A figure with the number of units it is over and its 95 % interval."""

    value: float
    n: int
    ci95: tuple[float, float]


@dataclass(frozen=True)
class EngineScores:
    """The metrics of one engine, and its figures by unit (question, review or file)."""

    metrics: dict[str, Metric]
    by_unit: dict[str, dict[str, float]]


@dataclass(frozen=True)
class Table:
    """A table of the report, cells as text.

    One that is `folded` is closed in the report until a reader opens it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    folded: bool = False


@dataclass(frozen=True)
class TaskResult:
    """A task's outcome.

    `items` are the rows of items.jsonl, failures included with the worst score; `notes` say how
    to read the figures; `finding` is a line when what should hold did not.
    """

    task: str
    scores: dict[str, EngineScores]
    items: list[dict[str, Any]]
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()
    notes: tuple[str, ...] = ()
    finding: str | None = None
    measured: dict[str, Any] = field(default_factory=dict)

    def scores_json(self) -> Scores:
        """The scores as the contract writes them: engine, task, metrics and by_unit."""
        return {
            engine: {
                self.task: {
                    "metrics": {
                        name: {"value": m.value, "n": m.n, "ci95": list(m.ci95)}
                        for name, m in scores.metrics.items()
                    },
                    "by_unit": scores.by_unit,
                }
            }
            for engine, scores in self.scores.items()
        }
