"""What can be wrong with a query, and where."""

from __future__ import annotations

from dataclasses import dataclass

from indexers.errors import EvidenceError


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the text of a query: 1-based line and character."""

    line: int = 1
    character: int = 1


class QueryError(EvidenceError):
    """A query cannot be read, written or run.

    Args:
        place: Where the fault begins.
        message: What is wrong, what was expected, what to do.
    """

    def __init__(self, place: Place, message: str) -> None:
        self.line = place.line
        self.character = place.character
        self.message = " ".join(message.split())
        super().__init__(f"line {place.line}, character {place.character}: {self.message}")


@dataclass(frozen=True, slots=True)
class QueryNotice:
    """A warning: the query runs, but perhaps not as it was meant."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"line {self.place.line}, character {self.place.character}: {self.message}"
