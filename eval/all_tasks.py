"""`all`: every task whose data is at hand, one after the other, and their scores side by side.

Without `--data` that is what ships with the program; with it, the folders in it that bear a task's
name. Each part leaves its four files in a folder of its own; the scores of all stand on top.
"""

from __future__ import annotations

import argparse
import copy
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from eval.options import TASKS, default_encoder
from eval.results import Scores, TaskResult
from eval.running import has_model_part, run_task
from evidence.errors import SettingsError

if TYPE_CHECKING:
    from indexers.encoder import Encoder

SHIPPED: tuple[tuple[str, str, str], ...] = (
    ("search", "search", "benchmark/questions"),
    ("duplicates", "duplicates", "benchmark/duplicates"),
    ("screening", "screening", "benchmark/screening"),
    ("pico", "pico", "benchmark/pico"),
    ("extraction", "extraction", "result_tables/test"),
    ("characteristics", "extraction", "characteristics_labels"),
    ("synthesis", "synthesis", "benchmark/synthesis"),
    ("contexts", "contexts", "benchmark/questions"),
    ("grounding", "grounding", "altered_claims/test.jsonl"),
)
"""The name of a part, its task, and its data in the program's folder of data."""


NO_RATINGS = (
    "No ratings by a panel ship: for certainty get the outcomeinfo_PICO*.json files of "
    "Q2CRBench-3 and run `python -m eval.trialreview certainty --data FOLDER`."
)

Run = Callable[[argparse.Namespace, "Encoder | None"], tuple[TaskResult, dict[str, Any]]]


class Part(NamedTuple):
    """A task that ran, with its manifest."""

    name: str
    result: TaskResult
    manifest: dict[str, Any]


def run_all(
    options: argparse.Namespace, encoder: Encoder | None, run: Run = run_task
) -> list[Part]:
    """Run what there is data for, in the order of the tasks.

    Args:
        options: Those of the whole run.
        encoder: Instead of the one that the options name.
        run: Runs one task; what every task gets besides is done in it.

    Raises:
        SettingsError: There is data for no task.
        EvidenceError: As the tasks themselves.
    """
    parts = []
    for name, task, data in data_at_hand(options.data):
        own = copy.copy(options)
        own.task, own.data, own.out = task, data, options.out / name
        own.encoder = options.encoder or default_encoder(task)
        if not has_model_part(own):
            own.engine, own.settings = "offline", None
        parts.append(Part(name, *run(own, encoder)))
    return parts


def data_at_hand(folder: Path | None) -> list[tuple[str, str, Path]]:
    """The parts that can run: name, task, data.

    Raises:
        SettingsError: The folder holds nothing that bears a task's name.
    """
    if folder is None:
        from evidence.config import data_folder

        return [(name, task, data_folder() / place) for name, task, place in SHIPPED]
    tasks = [task for task in TASKS if task != "all"]
    found = [(task, task, folder / task) for task in tasks if (folder / task).exists()]
    if not found:
        raise SettingsError(f"--data {folder}: expected folders named {', '.join(tasks)}")
    return found


def shipped_data(task: str) -> Path | None:
    """What ships for a task, the first part where it has several; None where nothing may ship."""
    shipped = (data for _, name, data in data_at_hand(None) if name == task)
    return next(shipped, None)


def not_run(parts: Sequence[Part]) -> list[str]:
    """The tasks that had no data."""
    ran = {part.result.task for part in parts}
    return [task for task in TASKS if task not in ran and task != "all"]


def merged_scores(parts: Sequence[Part]) -> Scores:
    """All scores as one table: engine, task, metrics and by_unit."""
    merged: Scores = {}
    for part in parts:
        for engine, tasks in part.result.scores_json().items():
            for task, found in tasks.items():
                own = merged.setdefault(engine, {}).setdefault(task, {"metrics": {}, "by_unit": {}})
                own["metrics"] |= found["metrics"]
                for unit, row in found["by_unit"].items():
                    own["by_unit"].setdefault(unit, {}).update(row)
    return merged


def write_all(out: Path, parts: Sequence[Part]) -> None:
    """Write each part into its folder, and manifest, items, scores and report of all on top."""
    from eval.annotating import score_plots
    from eval.cost import cost_table
    from eval.report import index_html, json_text, write_results

    for part in parts:
        write_results(out / part.name, part.result, part.manifest)
    scores = merged_scores(parts)
    manifest = json_text(
        {"tasks": {part.name: part.manifest for part in parts}, "not_run": not_run(parts)}
    )
    names = [part.name for part in parts]
    costs = {part.name: part.manifest["cost"] for part in parts if "cost" in part.manifest}
    texts = {
        "scores.json": json_text(scores),
        "manifest.json": manifest,
        "report.html": index_html(
            scores,
            names,
            [left_out(parts)],
            manifest,
            score_plots(scores),
            cost_table(costs) if costs else None,
        ),
        "items.jsonl": "".join(
            json.dumps({"part": part.name, **item}, ensure_ascii=False, allow_nan=False) + "\n"
            for part in parts
            for item in part.result.items
        ),
    }
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")


def left_out(parts: Sequence[Part]) -> str:
    """In words, which tasks had no data, and where to get those that cannot ship."""
    missing = not_run(parts)
    told = f"Not run, for want of data: {', '.join(missing) or 'none'}."
    return f"{told} {NO_RATINGS}" if "certainty" in missing else told
