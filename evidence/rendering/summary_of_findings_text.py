"""The summary-of-findings table as Markdown; text from documents is shown as it is."""

from __future__ import annotations

import re

from evidence.synthesis.findings_table import COLUMNS, FindingsTable

_SPECIAL = re.compile(r"([\\`*_<>\[\]#|&])")


def summary_of_findings_markdown(table: FindingsTable) -> str:
    """A table with its footnotes below; ends with a line break."""
    header = list(COLUMNS)
    header[2:5] = [f"{name} (absolute)" for name in header[2:5]]
    lines = [_line(header), _line(["---"] * len(header))]
    lines += [_line([_literal(cell) for cell in line.cells]) for line in table.lines]
    if table.footnotes:
        lines.append("")
        lines += [f"{mark}. {_literal(text)}  " for mark, text in table.footnotes]
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _literal(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
