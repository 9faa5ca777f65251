"""Numbers with their nouns, as a sentence has them."""

from __future__ import annotations


def counted(number: int, one: str, ending: str = "s", *, plural: str = "") -> str:
    """`1 record`, `2,000 records`, `3 searches` with another ending, `2 studies` with a plural."""
    return f"{number:,} {one if number == 1 else plural or one + ending}"
