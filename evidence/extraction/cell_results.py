"""The numbers of one arm from its cell of a table: events, a mean, a median with its limits."""

from __future__ import annotations

import re
from dataclasses import replace

from evidence.extraction.arm_results import (
    ArmResult,
    Count,
    Printed,
    Value,
    complement_of,
    count_result,
    printed_mean,
    summary_result,
)
from evidence.extraction.interval_cells import read_interval_cell
from evidence.extraction.numbers import Reading, read_cell, read_cells
from evidence.extraction.table_contexts import Context
from evidence.extraction.table_outcomes import Reported
from evidence.extraction.tables import Grid
from evidence.extraction.wording import Span, flatten


def cell_result(
    grid: Grid, context: Context, reported: Reported, article_spread: str | None
) -> ArmResult | None:
    """The numbers of an arm's cell, or None where it is not certain what they are."""
    limited = None if reported.match.complement else _limited(grid, context)
    return (
        limited
        or _arm_result(context, reported, article_spread)
        or _unsaid(grid, context, reported, article_spread)
    )


_UNSAID = re.compile(r"\s*-?\d+\.\d+\s*\(\s*\d*\.\d+\s*\)\W*")
_MEDIAN = re.compile(r"\bmedian|\bquartile|\bIQR\b|interquartile|\bgeometric", re.I)


def _unsaid(
    grid: Grid, context: Context, reported: Reported, article_spread: str | None
) -> ArmResult | None:
    """`80.7 (14.1)` in a table that says nothing of its numbers: a mean, the rest left open.

    Only where the article speaks of SDs and of no SE, or the reverse, and the table of no median;
    a person has to look.
    """
    cell = context.value.cell
    silent = context.layout is None and context.beside is None and not reported.match.complement
    if (
        not silent
        or article_spread not in ("SD", "SE")
        or not _UNSAID.fullmatch(flatten(cell.text))
    ):
        return None
    around = (grid.table.caption, *grid.table.footnotes, *(c.text for c in grid.table.cells))
    if any(_MEDIAN.search(t) for t in around):
        return None
    reading = read_cell(cell.text, "mean_sd" if article_spread == "SD" else "mean_se")
    if reading is None or reading.kind != "mean":
        return None
    result = _mean(reading._replace(spread=None), Span(cell.start, cell.end), context)
    flag = "the table does not say what its numbers are: the first is taken as a mean"
    return replace(result, flags=(*result.flags, flag))


def _limited(grid: Grid, context: Context) -> ArmResult | None:
    """The numbers of a cell that prints a median or a mean with limits, if it is such a cell."""
    over = (
        *reversed(context.labels), *reversed(context.columns), *reversed(context.headings),
        *(c.text for c in grid.corner),
    )  # fmt: skip
    cell = context.value.cell
    printed = read_interval_cell(cell.text, over, (grid.table.caption, *grid.table.footnotes))
    if printed is None or context.beside is not None:
        return None
    result = _summary(printed, Span(cell.start, cell.end), context, None)
    return result if result.values else None


def _arm_result(
    context: Context, reported: Reported, article_spread: str | None
) -> ArmResult | None:
    reading = read_cell(context.value.cell.text, context.layout) or _known_total(context)
    if context.beside is not None:
        reading = read_cells(context.value.cell.text, context.beside.text, context.layout)
    if reading is None:
        return None
    if context.beside is not None and reading.kind == "mean":
        return _mean_beside(reading, context)
    span = Span(context.value.cell.start, context.value.cell.end)
    if context.total is not None and context.total.span == span:
        return None  # a row of numbers analysed is a denominator
    if reading.kind == "mean":
        if reported.match.complement:
            return None
        if reading.spread is None and article_spread in ("SD", "SE"):
            reading = reading._replace(spread="SD" if article_spread == "SD" else "SE")
        return _mean(reading, span, context)
    result = count_result(reading, span, context.total, context.naming.arm, context.counts)
    if result is not None and not _trusted(reading, result, context):
        return None
    if result is not None and reported.match.complement:
        return complement_of(result, reported.match.term)
    return result


def _mean(reading: Reading, span: Span, context: Context) -> ArmResult:
    """A mean with the number analysed."""
    return _summary(printed_mean(reading), span, context, reading.total)


def _summary(printed: Printed, span: Span, context: Context, own_n: int | None) -> ArmResult:
    """Mean, SD and n of a cell; an n that the table does not print is derived and flagged."""
    n = _analysed(own_n, span, context)
    result = summary_result(printed, (span,), n)
    if n is None or n.span == span or (context.total is not None and n.span == context.total.span):
        return result
    flag = f"the table prints no number analysed: {n.number} is the size of the arm"
    words = f"size of the arm {context.naming.arm.name}, taken as the number analysed"
    derived = result.values["n"]._replace(derivation=words)
    return replace(result, values=result.values | {"n": derived}, flags=(*result.flags, flag))


def _analysed(own_n: int | None, span: Span, context: Context) -> Count | None:
    """Participants behind a mean: the cell's own n, the table's, else the size of the arm."""
    if own_n is not None:
        return Count(own_n, span)
    size = context.naming.arm.size
    if context.total is not None or size is None or not context.silent or context.partial:
        return context.total
    return Count(size.count, Span(size.start, size.end))


def _known_total(context: Context) -> Reading | None:
    """A bare `28/45` is a fraction where the heading or the arm's size is the same total."""
    reading = read_cell(context.value.cell.text, "fraction") if context.layout is None else None
    size = context.naming.arm.size
    known = {context.total.number} if context.total else {size.count} if size else set()
    return reading if reading is not None and reading.total in known else None


def _mean_beside(reading: Reading, context: Context) -> ArmResult | None:
    """Mean and SD from two cells, each with the quote of its own."""
    cell, beside = context.value.cell, context.beside
    span = Span(cell.start, cell.end)
    result = _mean(reading, span, context)
    if beside is None or "sd" not in result.values:
        return None
    sd = Value(result.values["sd"].number, (Span(beside.start, beside.end),))
    return replace(result, values=result.values | {"sd": sd})


def _trusted(reading: Reading, result: ArmResult, context: Context) -> bool:
    """A bare `43 (58.9)` under no heading is a count only where a total confirms it."""
    if reading.total is not None:
        return True
    marked = "%" in context.value.cell.text or context.layout not in (None, "percent")
    return marked or ("total" in result.values and reading.percent is not None)
