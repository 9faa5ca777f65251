"""What retrievers, stages and the app need of a store, wherever it is kept.

`indexers.store.Store` keeps one in a folder, `indexers.milvus.store.MilvusStore` in a collection of
Milvus. Boolean search, the debugger of strategies and the learner's features ask for more, which
only a folder has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexers.records import Document, Record
from indexers.vector_index import VectorKind


class MadeBy(Protocol):
    """Who made a store's vectors: the part of every manifest that a search needs."""

    @property
    def encoder_name(self) -> str:
        """The encoder's short name."""
        ...

    @property
    def encoder_digest(self) -> str:
        """The encoder's digest."""
        ...

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        ...

    @property
    def kind(self) -> VectorKind:
        """How vectors are searched."""
        ...


class RecordStore(Protocol):
    """A store opened for reading."""

    @property
    def name(self) -> str:
        """How messages and reports name it: a folder, or the address of a collection."""
        ...

    @property
    def manifest(self) -> MadeBy:
        """What it was made with."""
        ...

    @property
    def index_digest(self) -> str:
        """One digest of all that retrieval depends on."""
        ...

    def __len__(self) -> int: ...

    def record(self, record_id: str) -> Record:
        """The record of that id.

        Raises:
            StoreError: The store does not hold it.
        """
        ...

    def record_ids(self) -> list[str]:
        """The ids of all records, in the order of `records`."""
        ...

    def records(self) -> Iterator[Record]:
        """All records, in an order that stays while the store does."""
        ...

    def document(self, record_id: str) -> Document | None:
        """The full text of a record; None when the store holds none."""
        ...

    def search_vectors(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """Record ids with cosine similarities, best first; equal scores by record id.

        Args:
            vector: A unit vector [dimension] of this store's encoder.
            limit: How many at most.
        """
        ...

    def search_text(self, query: str, limit: int) -> list[tuple[str, float]]:
        """Record ids with BM25 scores, best first; equal scores by record id."""
        ...

    def verify(self) -> None:
        """Check all that the store holds against its manifest.

        Raises:
            StoreError: Something is missing, was added or was changed.
        """
        ...
