"""The summary-of-findings table as Markdown; text from documents is shown as it is."""

from __future__ import annotations

from evidence.rendering.markdown_text import markdown_literal
from evidence.synthesis.findings_table import COLUMNS, ROUNDING, FindingsTable


def summary_of_findings_markdown(table: FindingsTable) -> str:
    """A table with its footnotes below; ends with a line break."""
    header = list(COLUMNS)
    header[2:5] = [f"{name} (absolute)" for name in header[2:5]]
    lines = [_line(header), _line(["---"] * len(header))]
    lines += [_line([markdown_literal(cell) for cell in line.cells]) for line in table.lines]
    lines += ["", ROUNDING]
    if table.footnotes:
        lines.append("")
        lines += [f"{mark}. {markdown_literal(text)}  " for mark, text in table.footnotes]
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
