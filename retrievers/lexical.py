"""Records that share the query's words, by BM25."""

from __future__ import annotations

from indexers.record_store import RecordStore
from retrievers.protocol import Hit
from retrievers.ranking import check_limit, ranked


class LexicalRetriever:
    """Ranks by BM25 over title (twice), abstract, MeSH and keywords.

    The query is a bag of words: operators, quotes and field names in it are words too.
    """

    def __init__(self, store: RecordStore) -> None:
        self._store = store

    @property
    def name(self) -> str:
        """`lexical`."""
        return "lexical"

    def retrieve(self, query: str, limit: int) -> list[Hit]:
        """Records with at least one of the words, best first."""
        check_limit(limit)
        return ranked(self._store.search_text(query, limit))
