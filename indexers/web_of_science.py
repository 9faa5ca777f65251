"""Web of Science's plain text export: field tags, a line `ER` behind each record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from indexers.errors import SourceError
from indexers.exported_tables import WEB_OF_SCIENCE_TAGS, record_of_export
from indexers.records import Record

_TAG = re.compile(r"([A-Z][A-Z0-9])(?: (.*))?")
_CONTINUES = "   "
_ONE_A_LINE = ("au", "af")  # each author has a line; other fields are wrapped


def read_web_of_science(path: Path, text: str) -> Iterator[tuple[int, Record]]:
    """The line and the record of each `PT` to `ER`.

    Raises:
        SourceError: A line has no tag, a record has no end or no id, or there is none.
    """
    cells: dict[str, list[str]] = {}
    start, tag, found = 0, "", False
    for number, line in enumerate(text.split("\n"), 1):
        matched = _TAG.fullmatch(line.rstrip())
        if line.startswith(_CONTINUES) and start and tag:
            cells[tag].append(line.strip())
        elif matched and matched[1] == "PT":
            if start:
                raise SourceError(path, f"expected 'ER' for the record of line {start}", number)
            start, tag, cells = number, "pt", {"pt": [matched[2] or ""]}
        elif matched and matched[1] == "ER" and start:
            yield start, record_of_export(path, start, _joined(cells), WEB_OF_SCIENCE_TAGS)
            start, found = 0, True
        elif matched and start:
            tag = matched[1].lower()
            cells[tag] = [matched[2] or ""]
        elif start and line.strip():
            raise SourceError(path, f"expected a tag such as 'TI', not {line!r:.60}", number)
    if start:
        raise SourceError(path, "expected 'ER' at the end of this record", start)
    if not found:
        raise SourceError(path, "expected a Web of Science export, found no line 'PT J'")


def _joined(cells: dict[str, list[str]]) -> dict[str, str]:
    return {tag: ("; " if tag in _ONE_A_LINE else " ").join(lines) for tag, lines in cells.items()}
