"""Scored record ids made into ranked hits."""

from __future__ import annotations

from collections.abc import Iterable

from retrievers.protocol import Hit


def check_limit(limit: int) -> None:
    """Refuse a limit that asks for nothing.

    Raises:
        ValueError: `limit` is below 1.
    """
    if limit < 1:
        raise ValueError(f"expected a limit of at least 1, got {limit}")


def ranked(scored: Iterable[tuple[str, float]]) -> list[Hit]:
    """Hits with ranks from 1, in the order given."""
    return [
        Hit(record_id=record_id, score=score, rank=rank)
        for rank, (record_id, score) in enumerate(scored, 1)
    ]
