"""Our retrievers in llama-index: `StoreRetriever` goes where llama-index wants a BaseRetriever.

    engine = RetrieverQueryEngine.from_args(StoreRetriever(retriever, store, limit=10), llm=llm)

This module needs llama-index-core, an optional dependency, and is imported only by who uses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from indexers.record_store import RecordStore
from indexers.records import Record, abstract_document
from retrievers.protocol import Hit, Retriever
from retrievers.ranking import check_limit

try:
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
except ImportError as error:
    raise ImportError(
        "retrievers.llama_index_adapter needs llama-index-core; "
        "run: pip install 'evidence-synthesis[llm]'"
    ) from error


class StoreRetriever(BaseRetriever):
    """A retriever over a store as llama-index knows them; nodes are records, not pieces of them.

    Args:
        retriever: Any retriever, a `CertifiedRetriever` too: that decides how many nodes come.
        store: Holds the records.
        limit: How many nodes at most.

    Raises:
        ValueError: `limit` is below 1.
    """

    def __init__(self, retriever: Retriever, store: RecordStore, limit: int = 10) -> None:
        check_limit(limit)
        self._retriever = retriever
        self._store = store
        self._limit = limit
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._retriever.retrieve(query_bundle.query_str, self._limit)
        return [NodeWithScore(node=self._node(hit), score=hit.score) for hit in hits]

    def _node(self, hit: Hit) -> TextNode:
        found_by = {"rank": hit.rank, "retriever": self._retriever.name}
        return record_node(self._store.record(hit.record_id), found_by)


def record_node(record: Record, found_by: Mapping[str, Any] | None = None) -> TextNode:
    """A record as a node: the text that is embedded, and its bibliographic fields.

    Args:
        record: The record.
        found_by: More to tell of it in the node's metadata.
    """
    document = abstract_document(record)
    metadata = _metadata(record) | {"document_digest": document.document_digest, **(found_by or {})}
    return TextNode(
        id_=record.record_id,
        text=document.text,
        metadata=metadata,
        # The model reads the text and the id it is to cite; the rest is for programs.
        excluded_llm_metadata_keys=[key for key in metadata if key != "record_id"],
        excluded_embed_metadata_keys=list(metadata),
    )


def _metadata(record: Record) -> dict[str, Any]:
    """Bibliographic fields that are there, flat as vector stores want them."""
    fields = record.model_dump(
        include={"record_id", "source", "pmid", "doi", "pmcid", "year", "journal", "retracted"}
    )
    return {name: value for name, value in fields.items() if value is not None}
