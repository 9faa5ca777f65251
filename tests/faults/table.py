"""The table of the fault suite: fault, times, lost, and how it was reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """What one fault did.

    `lost` counts the times that something judged or stored was lost, a damage stayed unnamed, or
    a command ended in a traceback; `faults` says which. `reported` is what a person is told.
    """

    fault: str
    times: int
    lost: int
    reported: str
    faults: tuple[str, ...] = ()


def row(fault: str, results: Iterable[tuple[str, Sequence[str]]]) -> Row:
    """A row from what was told each time and what was wrong with it."""
    told: Counter[str] = Counter()
    wrong: list[str] = []
    times = lost = 0
    for reported, problems in results:
        times += 1
        told[reported] += 1
        lost += bool(problems)
        wrong += problems
    words = "; ".join(f"{text} ({n})" for text, n in sorted(told.items()) if text)
    return Row(fault, times, lost, words, tuple(wrong))


def table_text(rows: Sequence[Row]) -> str:
    """The table, and under it what was lost."""
    wide = max([len(r.fault) for r in rows], default=5)
    lines = [f"{'fault':{wide}}  {'times':>5}  {'lost':>4}  how it was reported"]
    lines += [f"{r.fault:{wide}}  {r.times:5}  {r.lost:4}  {r.reported}" for r in rows]
    lines.append(f"{'all':{wide}}  {sum(r.times for r in rows):5}  {sum(r.lost for r in rows):4}")
    lines += [f"lost: {r.fault}: {fault}" for r in rows for fault in r.faults]
    return "\n".join(lines)


def table_markdown(rows: Sequence[Row]) -> str:
    """The table for a page; cells hold no bar of their own."""
    lines = ["| fault | times | lost | how it was reported |", "|---|---|---|---|"]
    lines += [f"| {r.fault} | {r.times} | {r.lost} | {_cell(r.reported)} |" for r in rows]
    lines.append(f"| **all** | {sum(r.times for r in rows)} | {sum(r.lost for r in rows)} | |")
    lines += ["", *(f"- lost: {r.fault}: {_cell(fault)}" for r in rows for fault in r.faults)]
    return "\n".join(lines).rstrip() + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
