"""Nearest records by meaning: cosine similarity of the encoder's vectors."""

from __future__ import annotations

from indexers.encoder import Encoder
from indexers.errors import StoreError
from indexers.record_store import RecordStore
from retrievers.protocol import Hit
from retrievers.ranking import check_limit, ranked


class DenseRetriever:
    """Ranks by the inner product of unit vectors.

    Raises:
        StoreError: The store's vectors were made by another encoder.
    """

    def __init__(self, store: RecordStore, encoder: Encoder) -> None:
        made_by = store.manifest
        if made_by.encoder_digest != encoder.digest:
            raise StoreError(
                f"{store.name}: its vectors are by {made_by.encoder_name} "
                f"({made_by.encoder_digest[:12]}), expected {encoder.name} "
                f"({encoder.digest[:12]}); build the store again with this encoder"
            )
        self._store = store
        self._encoder = encoder

    @property
    def name(self) -> str:
        """`dense`."""
        return "dense"

    def retrieve(self, query: str, limit: int) -> list[Hit]:
        """The nearest records, best first; none for a blank query."""
        check_limit(limit)
        if not query.strip():
            return []
        return ranked(self._store.search_vectors(self._encoder.encode([query])[0], limit))
