"""The labels that head groups of participants in an article's tables, and which stand together."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from evidence.extraction.arm_labels import Key, Label, read_label
from evidence.extraction.tables import read_grid
from evidence.extraction.wording import Span
from indexers.records import Document, TableCell


@dataclass
class Group:
    """A label of the article with the cells that bear it."""

    label: Label
    text: str
    cells: list[TableCell] = field(default_factory=list)
    in_columns: bool = False
    marked: bool = False
    listed: bool = False
    asides: dict[Key, None] = field(default_factory=dict)


@dataclass
class Heads:
    """The labels of an article, and which of them stand beside each other over columns."""

    groups: dict[Key, Group]
    rows: list[tuple[Key, ...]]
    beside: list[tuple[Key, ...]]


def _says_group(text: str) -> bool:
    return re.search(r"\b(?:groups?|arms?)\b", text, re.I) is not None


def place_of(group: Group) -> Span:
    """Where the label stands in its first cell."""
    start = group.cells[0].start
    return Span(start + group.label.span.start, start + group.label.span.end)


# A column headed `Group` lists groups below each other.
_HEADS_GROUPS = re.compile(
    r"\W*(?:(?:study|treatment|intervention)\s+)?(?:groups?|arms?|treatments?|conditions?)\W*$",
    re.I,
)


def collect_heads(document: Document) -> Heads:
    """The labels over the columns and beside the rows of all tables.

    Rows under the head `Group` stand beside each other as columns do.
    """
    heads = Heads({}, [], [])
    for table in document.tables:
        grid = read_grid(table)
        for in_columns in (True, False):
            lines: dict[int, dict[Key, None]] = {}
            under = {c.column for c in grid.corner if _HEADS_GROUPS.match(c.text)}
            for value in grid.cells:
                cells = value.columns if in_columns else (*value.labels, *value.headings)
                for cell in cells:
                    label = read_label(cell.text)
                    if label is None or len(label.key) > 8:
                        continue
                    group = heads.groups.setdefault(label.key, Group(label, _text(cell, label)))
                    group.cells.append(cell)
                    group.asides |= dict.fromkeys(label.keys[1:])
                    # `VAS (n = 133)` beside a row counts the answers, not a group.
                    group.marked |= label.marked and (in_columns or _says_group(cell.text))
                    listed = not in_columns and cell.column in under
                    group.listed |= listed
                    group.in_columns |= in_columns or listed
                    at = cell.row if in_columns else -1 - cell.column if listed else 0
                    lines.setdefault(at, {})[label.key] = None
            for at, keys in lines.items():
                (heads.beside if in_columns or at < 0 else heads.rows).append(tuple(keys))
    return heads


def _text(cell: TableCell, label: Label) -> str:
    text = re.sub(r"[(\[][^()\[\]]*[)\]]?\s*$", "", cell.text[label.span.start : label.span.end])
    text = re.sub(r"(?<=[A-Z]{2})[a-h]$", "", text.strip())
    again = read_label(text.strip())
    return text.strip() if again and again.key == label.key else cell.text.strip()


def is_code(group: Group) -> bool:
    """Whether a label means nothing by itself: `Control`, `Group A`, `CACP`, `Arm 2`."""
    bare = re.sub(r"(?i)\b(?:groups?|arms?)\b", "", group.text).strip(" :-")
    return group.label.kind != "own" or len(bare) <= 2 or (len(bare) <= 7 and bare.isupper())


def is_group(group: Group, document: Document) -> bool:
    """Whether a label names a group of people and not a statistic beside it."""
    if group.marked or group.listed or group.label.kind != "own":
        return True
    name = re.escape(group.text)
    pattern = rf"(?<!\w){name}[- ](?:group|arm|patients|participants)|(?:group|arm) {name}(?!\w)"
    return re.search(pattern, document.text, re.I) is not None
