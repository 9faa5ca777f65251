"""What a .txt file holds, by its first lines: PubMed saves its records with that ending."""

from __future__ import annotations

import re
from pathlib import Path

from indexers.errors import SourceError

_LOOKED_AT = 20
_START_BYTES = 64 * 1024
WEB_OF_SCIENCE = "Web of Science"
"""The kind of its plain text export, which has no ending of its own."""
_KINDS = (
    (".nbib", re.compile(r"PMID- ?\d")),
    (".ris", re.compile(r"TY {1,2}- ")),
    (WEB_OF_SCIENCE, re.compile(r"FN (?:Clarivate|ISI|Thomson)")),
    (".csv", re.compile(r"(?=.*\brecord_id\b)(?=.*\btitle\b)(?=.*\babstract\b)", re.I)),
    (".csv", re.compile(r"PT\tAU\t|PMID,Title,Authors,", re.I)),  # Web of Science, PubMed
)
EXPECTED = (
    "expected records as PubMed ('PMID- …') or RIS ('TY  - …') writes them, or a table with its "
    "columns in the first line; in PubMed, choose Save, format PubMed, elsewhere format RIS"
)


def kind_of_text(text: str) -> str:
    """The ending that the text should have, or `WEB_OF_SCIENCE`; empty if it is none of these."""
    lines = [line for line in text.split("\n")[:_LOOKED_AT] if line.strip()]
    for kind, mark in _KINDS:
        for line in lines[: 1 if kind == ".csv" else None]:
            if mark.match(line.lstrip("\ufeff")):
                return kind
    return ""


def is_text_of_records(path: Path) -> bool:
    """Whether a .txt file holds records, by its first lines; UTF-8, or UTF-16 with a mark.

    Raises:
        SourceError: The file cannot be read.
    """
    if path.suffix.lower() != ".txt" or path.is_dir():
        return False
    try:
        with path.open("rb") as stream:
            raw = stream.read(_START_BYTES)
    except OSError as error:
        raise SourceError(path, f"expected a readable file ({error.strerror})") from error
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = raw.decode("utf-16" if marked else "utf-8", errors="replace")
    return bool(kind_of_text(text.replace("\r\n", "\n").replace("\r", "\n")))
