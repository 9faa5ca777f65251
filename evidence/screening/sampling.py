"""A random sample that anyone can draw again: records in the order of a hash of seed and id."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable


def draw_sample(record_ids: Collection[str], n: int, seed: int) -> tuple[str, ...]:
    """`n` of the records in random order; every prefix is a random sample too.

    The order is that of SHA-256 over seed and id, so it depends neither on the order in which the
    records come nor on a library's random numbers.

    Raises:
        ValueError: `n` is not 0 to the number of records, or an id stands there twice.
    """
    if not 0 <= n <= len(record_ids):
        raise ValueError(f"expected a sample of 0 to {len(record_ids)} records, got {n}")
    if len(set(record_ids)) < len(record_ids):
        raise ValueError("expected every record once")
    return tuple(
        sorted(record_ids, key=lambda record_id: (_digest(seed, record_id), record_id))[:n]
    )


def derived_seed(record_ids: Iterable[str], attempt: int) -> int:
    """A seed that follows from what is drawn from and from the attempt: nobody can choose it.

    Returns:
        32 bits.
    """
    digest = hashlib.sha256(f"attempt {attempt}".encode())
    for record_id in sorted(record_ids):
        digest.update(b"\n" + record_id.encode())
    return int.from_bytes(digest.digest()[:4])


def _digest(seed: int, record_id: str) -> bytes:
    return hashlib.sha256(f"{seed}\n{record_id}".encode()).digest()
