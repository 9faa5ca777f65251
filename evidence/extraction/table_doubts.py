"""What over a table's numbers makes it doubtful that they are the outcome's, of all people."""

from __future__ import annotations

import re

from evidence.extraction.arm_labels import header_n
from evidence.extraction.outcomes import OutcomeConcept, asks_for_change
from evidence.extraction.table_contexts import Context
from evidence.extraction.tables import Grid
from evidence.extraction.wording import flatten

# What a table of changes or of logarithms says over its numbers.
_CHANGES = re.compile(
    r"\bchanges?\b(?! of (?:shift|address|dressing))|Δ|\bdelta\b"
    r"|\b(?:improvements?|reductions?|decreases?|increases?|gains?)\b"
    r"(?= (?:in|of|from|after|at|by)\b)",
    re.I,
)  # fmt: skip
_START = re.compile(
    r"^\W*(?:baseline|pre|before)(?:[- ]?(?:test|treatment|intervention|program(?:me)?))?\W*$", re.I
)
_LOGARITHM = re.compile(r"\b(?:log(?:arithm\w*|10|e)?|ln)\b(?![- ]?(?:rank|book|roll))", re.I)
_PART = re.compile(
    r"^\W*(?:(?:wo)?men|males?|females?|boys|girls|(?:non-?)?smokers|diabetics|completers"
    r"|(?:patients|participants|subjects|children|those) (?:with|without|who|aged)\b.*)"
    r"\W*(?:\(?\s*n\s*=.*)?$", re.I,
)  # fmt: skip


def of_other_numbers(grid: Grid, context: Context, concept: OutcomeConcept) -> list[str]:
    """Doubts about what the numbers are: changes or logarithms."""
    value, table = context.value, grid.table
    over = tuple(c.text for c in (*value.labels, *value.headings, *value.columns, *grid.corner))
    around = (*over, table.caption, *table.footnotes)
    flags = []
    if (context.layout or "").startswith("mean"):
        # A row that prints its baseline, too, is of values; a caption may still speak of changes.
        told = over if _prints_baseline(grid, context) else around
        change = next((t for t in told if _CHANGES.search(flatten(t))), None)
        if change is not None and not asks_for_change(concept.text):
            flags.append(f"the numbers may be changes: {change[:160]!r}")
        if any(_LOGARITHM.search(flatten(t)) for t in over):
            flags.append("the numbers may be logarithms")
    return flags


def _prints_baseline(grid: Grid, context: Context) -> bool:
    """Whether the row of a cell has a column of its own for the start of the trial."""
    return any(
        value.cell.row == context.value.cell.row and any(_START.search(flatten(c.text))
                                                        for c in value.columns)
        for value in grid.cells
    )  # fmt: skip


def of_other_people(pair: tuple[Context, Context]) -> list[str]:
    """Doubts about whom the numbers are of: a heading's part of the people, a row's own number."""
    value, sizes = pair[0].value, [c.total.number for c in pair if c.total is not None]
    parts = [h.text for h in value.headings if _PART.match(flatten(h.text))]
    flags = [f"reported for {text!r}" for text in parts]
    for cell in (*value.labels, *value.headings):
        count = header_n(cell.text)
        if count is not None and len(sizes) == 2 and count not in (sum(sizes), *sizes):
            flags.append(f"{cell.text!r} is of {count} participants, the arms of {sum(sizes)}")
    return flags
