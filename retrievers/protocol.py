"""What every retriever does."""

from __future__ import annotations

from typing import Protocol

from indexers.records import Frozen


class Hit(Frozen):
    """A record that a retriever returned; `rank` is 1-based, higher `score` is nearer."""

    record_id: str
    score: float
    rank: int


class Retriever(Protocol):
    """Ranks the records of a store for a query."""

    @property
    def name(self) -> str:
        """A short name for reports: `dense`, `lexical`, `hybrid`."""
        ...

    def retrieve(self, query: str, limit: int) -> list[Hit]:
        """The `limit` nearest records, best first; fewer when the store holds fewer."""
        ...
