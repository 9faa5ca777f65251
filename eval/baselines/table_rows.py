"""Numbers of a question by position alone: a row of a table, read in its printed order.

A row is readable when the cells behind its label fill every field that the question's kind must
have. Of a row with an arm a column (counts, means) the first two cells with a number are read, as
`events` or `mean (SD)`, and the size of the arm from `n = 50` in the heads of the column. Of one
with an effect the first three numbers are the estimate and its interval.

- `baseline:first_row`: the first readable row of the article;
- `baseline:random_row`: one drawn by the question's name and the seed;
- `baseline:nearest_row`: the one whose label shares most words with the outcome, the first of them.

Arms stand as the columns do: which is the intervention is not asked.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from eval.numeric_data import FIELDS, Kind, NumbersQuestion
from evidence.grounding import numerals
from indexers.records import Document, Table, TableCell

_SIZE = re.compile(r"\bn\s*[=:]\s*(\d[\d, ]*)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{3,}")
_NEEDED: Mapping[Kind, tuple[str, ...]] = {
    "dichotomous": FIELDS["dichotomous"],
    "continuous": ("mean_intervention", "sd_intervention", "mean_comparator", "sd_comparator"),
    "generic": FIELDS["generic"],
}


class Row(NamedTuple):
    """A readable row: its label and the numbers by field."""

    label: str
    numbers: Mapping[str, float]


Choice = Callable[[Sequence[Row], NumbersQuestion], Row]


def row_rules(seed: int) -> dict[str, Choice]:
    """The rules by the name of their system."""
    return {
        "baseline:first_row": lambda rows, question: rows[0],
        "baseline:random_row": lambda rows, question: random.Random(  # noqa: S311 - no secret
            f"{seed} {question.question_id}"
        ).choice(rows),
        "baseline:nearest_row": _nearest,
    }


def _nearest(rows: Sequence[Row], question: NumbersQuestion) -> Row:
    asked = _words(question.outcome)
    return max(rows, key=lambda row: len(asked & _words(row.label)))  # the first of the highest


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}


def readable_rows(document: Document, kind: Kind) -> list[Row]:
    """The rows of all tables that can be read as a result of the kind, in order."""
    return [row for table in document.tables for row in _rows(table, kind)]


def _rows(table: Table, kind: Kind) -> Iterator[Row]:
    heads = _sizes(table)
    by_row: dict[int, list[TableCell]] = {}
    for cell in table.cells:
        if not cell.header:
            by_row.setdefault(cell.row, []).append(cell)
    for cells in by_row.values():
        label, *rest = sorted(cells, key=lambda cell: cell.column)
        told = [cell for cell in rest if numerals(cell.text)]
        numbers = _effect(told) if kind == "generic" else _arms(told, kind, heads)
        if all(name in numbers for name in _NEEDED[kind]):
            yield Row(label.text, numbers)


def _sizes(table: Table) -> dict[int, float]:
    """The size of the arm that a column is of, as the lowest of its heads prints it."""
    sizes: dict[int, float] = {}
    for cell in table.cells:
        found = _SIZE.search(cell.text) if cell.header else None
        if found:
            size = float(re.sub(r"\D", "", found.group(1)))
            sizes |= dict.fromkeys(range(cell.column, cell.column + cell.column_span), size)
    return sizes


def _effect(cells: Sequence[TableCell]) -> dict[str, float]:
    found = [number for cell in cells for number in numerals(cell.text)]
    return dict(zip(FIELDS["generic"], found, strict=False))


def _arms(cells: Sequence[TableCell], kind: Kind, sizes: Mapping[int, float]) -> dict[str, float]:
    first, spread, size = (
        ("events", None, "total") if kind == "dichotomous" else ("mean", "sd", "n")
    )
    numbers: dict[str, float] = {}
    for arm, cell in zip(("intervention", "comparator"), cells, strict=False):
        found = numerals(cell.text)
        numbers[f"{first}_{arm}"] = found[0]
        if spread is not None and len(found) > 1:
            numbers[f"{spread}_{arm}"] = found[1]
        if cell.column in sizes:
            numbers[f"{size}_{arm}"] = sizes[cell.column]
    return numbers
