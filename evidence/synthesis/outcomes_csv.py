"""OUTCOMES.csv: the numbers of several studies for one outcome, read strictly and pooled.

One row a study, one of four layouts; the optional columns of designs that are not two parallel arms
are in evidence/synthesis/designs.py, and any other column is ignored:

    dichotomous   study, events_intervention, total_intervention,
                  events_comparator, total_comparator
    continuous    study, mean_intervention, sd_intervention, n_intervention,
                  mean_comparator, sd_comparator, n_comparator
    generic       study, estimate, ci_low, ci_high     natural scale, 95 % interval (or ci_level)
    analysis      study, yi, se                        scale of pooling: logs for ratios

Where a file has the columns of several layouts, the first that fits the measure is read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evidence.errors import SourceError
from evidence.findings import (
    ContinuousData,
    DichotomousData,
    GenericData,
    Measure,
    PooledEffect,
)
from evidence.synthesis.study_effects import (
    CONTINUOUS_MEASURES,
    DICHOTOMOUS_MEASURES,
    RATIO_MEASURES,
)

DICHOTOMOUS = (
    "events_intervention",
    "total_intervention",
    "events_comparator",
    "total_comparator",
)
CONTINUOUS = (
    "mean_intervention",
    "sd_intervention",
    "n_intervention",
    "mean_comparator",
    "sd_comparator",
    "n_comparator",
)
GENERIC = ("estimate", "ci_low", "ci_high")
ANALYSIS = ("yi", "se")

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_LAYOUTS = (DICHOTOMOUS, CONTINUOUS, GENERIC, ANALYSIS)

Row = tuple[int, str, dict[str, float]]  # line, study, numbers by column


def pooled_json(effect: PooledEffect) -> dict[str, Any]:
    """The fields of a pooled effect that `evidence pool` writes, in their order."""
    fields = effect.model_dump(mode="json", exclude={"hartung_knapp", "note"})
    return {name: fields[name] for name in PooledEffect.model_fields if name in fields}


def read_rows(path: Path, measure: Measure) -> tuple[tuple[str, ...], list[Row]]:
    """The columns of the layout that fits the measure, and the checked rows.

    Raises:
        SourceError: The file, a column or a value is missing or wrong.
    """
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        columns = _layout(path, header, measure)
        rows = []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(_row(path, reader.line_num, header, cells, columns, measure))
    except csv.Error as error:
        raise SourceError(path, f"expected comma-separated values: {error}", reader.line_num) from (
            error
        )
    if not rows:
        raise SourceError(path, "expected at least one study below the header", 1)
    return columns, rows


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")  # spreadsheets put a byte order mark in front
    except OSError as error:
        raise SourceError(path, f"expected a readable CSV file ({error.strerror})") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        told = "expected UTF-8 text; save the table as CSV UTF-8"
        raise SourceError(path, told, line) from error
    if not text.strip():
        raise SourceError(path, f"the file is empty; expected a header such as {_header_words()}")
    return text


def _layout(path: Path, header: Sequence[str], measure: Measure) -> tuple[str, ...]:
    """The columns to read, once the header is known to be sound."""
    for delimiter, name in ((";", "semicolons"), ("\t", "tabs")):
        if any(delimiter in cell for cell in header):
            raise SourceError(
                path, f"columns are separated by {name}; expected commas, and decimal points", 1
            )
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    if doubled:
        raise SourceError(path, f"the column {doubled[0]!r} stands twice; expected it once", 1)
    fitting = [columns for columns in _LAYOUTS if _fits(columns, measure)]
    for columns in fitting:
        if "study" in header and all(name in header for name in columns):
            return columns
    wrong = [c for c in _LAYOUTS if c not in fitting and all(name in header for name in c)]
    if wrong:
        raise SourceError(
            path,
            f"the measure {measure} does not fit the columns {', '.join(wrong[0])}; "
            f"expected {_header_words(fitting)}, or another measure",
            1,
        )
    nearest = max(fitting, key=lambda columns: sum(name in header for name in columns))
    missing = [name for name in ("study", *nearest) if name not in header]
    for name in header:
        if name not in missing and name.casefold() in missing:
            told = f"column {name!r}: expected its name in small letters, {name.casefold()}"
            raise SourceError(path, told, 1)
    raise SourceError(
        path,
        f"missing column {', '.join(missing)}; for {measure} expected {_header_words(fitting)}",
        1,
    )


def _fits(columns: tuple[str, ...], measure: Measure) -> bool:
    if columns == DICHOTOMOUS:
        return measure in DICHOTOMOUS_MEASURES
    return columns != CONTINUOUS or measure in CONTINUOUS_MEASURES


def _header_words(layouts: Sequence[tuple[str, ...]] = _LAYOUTS) -> str:
    return " or ".join(",".join(("study", *columns)) for columns in layouts)


def _row(
    path: Path,
    line: int,
    header: Sequence[str],
    cells: Sequence[str],
    columns: tuple[str, ...],
    measure: Measure,
) -> Row:
    if len(cells) != len(header):
        raise SourceError(
            path, f"{len(cells)} cells; expected {len(header)} as in the header", line
        )
    by_name = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    if not by_name["study"]:
        raise SourceError(path, "column study is empty; expected the name of a study", line)
    numbers = {}
    for name in columns:
        numbers[name] = _number(path, line, name, by_name[name])
    for problem in _problems(columns, numbers, measure):
        raise SourceError(path, problem, line)
    return line, by_name["study"], numbers


def _number(path: Path, line: int, column: str, cell: str) -> float:
    if not _NUMBER.fullmatch(cell):
        found = repr(cell) if cell else "nothing"
        raise SourceError(
            path, f"column {column}: found {found}, expected a number such as 12 or 0.5", line
        )
    number = float(cell)
    if abs(number) > 1e100:
        raise SourceError(path, f"column {column}: {cell} is out of range", line)
    return number


def _problems(columns: tuple[str, ...], numbers: dict[str, float], measure: Measure) -> list[str]:
    """What is wrong with the numbers of one row."""
    checks: list[tuple[str, Callable[[float], bool], str]]
    counts = [name for name in columns if name.startswith(("events_", "total_", "n_"))]
    checks = [(name, float.is_integer, "a whole number") for name in counts]
    checks += [(n, lambda x: x >= 0, "0 or more") for n in columns if n.startswith("events_")]
    checks += [(n, lambda x: x >= 1, "1 or more") for n in counts if not n.startswith("events_")]
    checks += [(n, lambda x: x >= 0, "0 or more") for n in columns if n.startswith("sd_")]
    checks += [(n, lambda x: x > 0, "more than 0") for n in columns if n == "se"]
    if measure in RATIO_MEASURES and columns == GENERIC:
        checks += [(name, lambda x: x > 0, "a ratio above 0 (logs: yi,se)") for name in GENERIC]
    found = [
        f"column {name}: found {numbers[name]:g}, expected {expected}"
        for name, is_right, expected in checks
        if not is_right(numbers[name])
    ]
    if columns == DICHOTOMOUS:
        for arm in ("intervention", "comparator"):
            events, total = numbers[f"events_{arm}"], numbers[f"total_{arm}"]
            if events > total:
                found.append(
                    f"column events_{arm}: found {events:g}, expected at most total_{arm} {total:g}"
                )
    if columns == GENERIC and not numbers["ci_low"] < numbers["ci_high"]:
        found.append(
            f"column ci_high: found {numbers['ci_high']:g}, "
            f"expected more than ci_low {numbers['ci_low']:g}"
        )
    elif columns == GENERIC and not numbers["ci_low"] <= numbers["estimate"] <= numbers["ci_high"]:
        found.append(
            f"column estimate: found {numbers['estimate']:g}, expected it between ci_low "
            f"{numbers['ci_low']:g} and ci_high {numbers['ci_high']:g}"
        )
    return found


def outcome_data(
    columns: tuple[str, ...], numbers: dict[str, float], measure: Measure
) -> DichotomousData | ContinuousData | GenericData:
    """The outcome data of one checked row."""
    fields: dict[str, Any] = {
        name: int(value) if name.startswith(("events_", "total_", "n_")) else value
        for name, value in numbers.items()
    }
    if columns == DICHOTOMOUS:
        return DichotomousData(**fields)
    if columns == CONTINUOUS:
        return ContinuousData(**fields)
    return GenericData(measure=measure, **fields)
