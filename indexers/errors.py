"""The root of the error tree, here because every other folder may import from this one."""

from __future__ import annotations

from pathlib import Path


class EvidenceError(Exception):
    """Every error a user can cause or meet; its text is one line that says what to do."""

    retryable = False


class SourceError(EvidenceError):
    """A file that was handed in cannot be read.

    Args:
        path: The file as the user named it.
        expected: What was expected, or what is wrong, in words.
        line: 1-based line, when it is known.
    """

    def __init__(self, path: Path | str, expected: str, line: int | None = None) -> None:
        self.path = Path(path)
        self.line = line
        self.expected = expected
        place = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{place}: {' '.join(expected.split())}")


class StoreError(EvidenceError):
    """A store on disk is missing, empty, damaged or made by another encoder."""
