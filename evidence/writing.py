"""Files that a person asked for, written whole or not at all."""

from __future__ import annotations

import os
import re
from pathlib import Path

from indexers.errors import SourceError

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def write_whole(path: Path, body: bytes) -> None:
    """Write beside the target and swap, so that a reader never sees half a file.

    Raises:
        SourceError: The file cannot be written there.
    """
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            half.write_bytes(body)
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
    except OSError as error:
        wanted = f"expected a file that can be written ({error.strerror})"
        raise SourceError(path, wanted) from error


def inert_cell(text: str) -> str:
    """A cell of a table that a spreadsheet will not run as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text
