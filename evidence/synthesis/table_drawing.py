"""The table beside a plot as SVG shapes: its rows, and the headings over the arms."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.synthesis.forest_table import ArmHeading, Column
from evidence.synthesis.forest_text import Anchor
from evidence.synthesis.svg_shapes import INK, RULE, line, text_at


def table_row(
    texts: Sequence[str],
    columns: Sequence[Column],
    y: float,
    *,
    bold: bool = False,
    ink: str = INK,
) -> list[str]:
    """One row of the table, a text a column, centred on y (pixels)."""
    drawn = []
    for index, (text, column) in enumerate(zip(texts, columns, strict=True)):
        if text:
            x = column.right if index else column.left
            anchor: Anchor = "end" if index else "start"
            drawn.append(text_at(text, x, y + 4, anchor, bold=bold, ink=ink))
    return drawn


def arm_headings(arms: Sequence[ArmHeading], columns: Sequence[Column], y: float) -> list[str]:
    """The name of each arm over its columns with a line below, at y (pixels)."""
    drawn = []
    for arm in arms:
        left, right = columns[arm.first].left, columns[arm.last].right
        drawn.append(text_at(arm.name, (left + right) / 2, y - 1, "middle", bold=True))
        drawn.append(line(left, right, y + 4, RULE))
    return drawn
