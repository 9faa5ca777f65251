"""Cells of CSV files that a spreadsheet shows and does not run.

Excel, LibreOffice and Google Sheets take a cell that begins with `=`, `+`, `-` or `@` for a
formula, some also after a tab or a line break, and in Japanese settings the wide forms of the
signs (OWASP, "CSV Injection"). An apostrophe before it makes it text. A cell that had apostrophes
of its own gets one more, so that reading takes away exactly what writing added.
"""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def inert_cell(text: str) -> str:
    """A cell of a table that a spreadsheet will not run as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def text_of_cell(cell: str) -> str:
    """The text that `inert_cell` wrote."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
