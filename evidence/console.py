"""What the command line prints: a result in words or JSON, and a bar for long work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from evidence.stage_runs import Progress

JsonFlag = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def show(as_json: bool, value: dict[str, Any], words: str) -> None:
    """Print a result."""
    typer.echo(inert_json(value) if as_json else inert_lines(words))


def say(as_json: bool, words: str) -> None:
    """Print a line for a person; nothing in JSON mode."""
    if not as_json:
        typer.echo(inert_lines(words))


def inert_lines(words: str) -> str:
    """Lines that no terminal acts on: what does not print, and is no end of a line, is a space."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in words)


def inert_json(value: object, indent: int | None = None) -> str:
    """JSON of the same value in which everything that does not print is written as an escape."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def plain(text: str) -> str:
    """Text of a record or a file as one line that no terminal acts on."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@contextmanager
def progress_bars(as_json: bool) -> Iterator[Progress]:
    """A bar a stage on standard error, with counts and rate; silent for JSON.

    A total of 0 is one that is not known yet.
    """
    if as_json:
        yield lambda _stage, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        ProgressColumn,
        Task,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.progress import Progress as Bars
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            if speed is None and task.elapsed:
                speed = task.completed / task.elapsed
            return Text(f"{speed:,.0f}/s" if speed else "")

    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeElapsedColumn(),
    )
    bars = Bars(*columns, console=Console(stderr=True))
    tasks: dict[str, TaskID] = {}

    def advance(label: str, done: int, total: int) -> None:
        if not tasks:
            bars.start()
        if label not in tasks:
            tasks[label] = bars.add_task(label, total=total or None)
        bars.update(tasks[label], completed=done, total=total or None)

    try:
        yield advance
    finally:
        if tasks:
            bars.stop()
