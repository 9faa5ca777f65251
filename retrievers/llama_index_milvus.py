"""A store in Milvus as one of llama-index's vector stores: queries with filters, nodes as answers.

    index = VectorStoreIndex.from_vector_store(MilvusVectors(MilvusStore.open(address)), ...)

llama-index's own class for Milvus does not fit these collections: it searches the words of one
field, leaves out the weakest fifth of a query's words (which Milvus Lite refuses), and stores each
text twice. This one asks the store, so scores and ties are the program's own. Filters are told to
Milvus, with values quoted as JSON; records are changed by `evidence index update` alone, because
the store's manifest and the certificates made on it follow every change.

This module needs llama-index-core, an optional dependency, and is imported only by who uses it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from indexers.errors import StoreError
from indexers.milvus.store import MilvusStore
from retrievers.hybrid import RANK_CONSTANT
from retrievers.llama_index_adapter import record_node

try:
    from llama_index.core.schema import BaseNode
    from llama_index.core.vector_stores.types import (
        BasePydanticVectorStore,
        FilterOperator,
        MetadataFilter,
        MetadataFilters,
        VectorStoreQuery,
        VectorStoreQueryMode,
        VectorStoreQueryResult,
    )
except ImportError as error:
    raise ImportError(
        "retrievers.llama_index_milvus needs llama-index-core; "
        "run: pip install 'evidence-synthesis[llm]'"
    ) from error

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,80}")
_OPERATORS = {
    FilterOperator.EQ: "{field} == {value}",
    FilterOperator.NE: "{field} != {value}",
    FilterOperator.GT: "{field} > {value}",
    FilterOperator.GTE: "{field} >= {value}",
    FilterOperator.LT: "{field} < {value}",
    FilterOperator.LTE: "{field} <= {value}",
    FilterOperator.IN: "{field} in {value}",
    FilterOperator.NIN: "{field} not in {value}",
    FilterOperator.CONTAINS: "array_contains({field}, {value})",
}


class MilvusVectors(BasePydanticVectorStore):
    """A store in Milvus for llama-index, for reading.

    Modes: `DEFAULT` by vectors, `TEXT_SEARCH` and `SPARSE` by words, `HYBRID` by both, fused by
    reciprocal rank. Filters may ask for source, pmid, doi, pmcid, year, journal and
    language, and with CONTAINS for publication_types and mesh.
    """

    stores_text: bool = True
    is_embedding_query: bool = True

    def __init__(self, store: MilvusStore) -> None:
        super().__init__(stores_text=True)
        self._store = store

    @property
    def client(self) -> Any:
        """The connection to Milvus."""
        return self._store.client

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        """The nearest records as nodes.

        Raises:
            StoreError: A mode, a filter or a vector that the store cannot answer.
        """
        where = filter_of(query.filters) if query.filters else ""
        match query.mode:
            case VectorStoreQueryMode.DEFAULT:
                hits = self._by_vector(query, where)
            case VectorStoreQueryMode.TEXT_SEARCH | VectorStoreQueryMode.SPARSE:
                hits = self._by_words(query, where)
            case VectorStoreQueryMode.HYBRID:
                hits = _fused([self._by_words(query, where), self._by_vector(query, where)])
            case other:
                raise StoreError(
                    f"mode {other.value!r}: expected default, text_search, sparse or hybrid"
                )
        hits = hits[: query.similarity_top_k]
        nodes = [record_node(self._store.record(record_id)) for record_id, _ in hits]
        return VectorStoreQueryResult(
            nodes=nodes,
            similarities=[score for _, score in hits],
            ids=[record_id for record_id, _ in hits],
        )

    def add(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[str]:
        """Refused.

        Raises:
            StoreError: Always.
        """
        raise self._read_only()

    def delete(self, ref_doc_id: str, **delete_kwargs: Any) -> None:
        """Refused.

        Raises:
            StoreError: Always.
        """
        raise self._read_only()

    def _read_only(self) -> StoreError:
        return StoreError(
            f"{self._store.name}: change its records with evidence index update or delete, so that "
            "its manifest and the certificates made on it follow"
        )

    def _by_vector(self, query: VectorStoreQuery, where: str) -> list[tuple[str, float]]:
        if query.query_embedding is None:
            raise StoreError(f"mode {query.mode.value!r}: expected an embedding of the query")
        vector = np.array(query.query_embedding, dtype=np.float32)
        return self._store.search_vectors(vector, query.similarity_top_k, where)

    def _by_words(self, query: VectorStoreQuery, where: str) -> list[tuple[str, float]]:
        return self._store.search_text(query.query_str or "", query.similarity_top_k, where)


def filter_of(filters: MetadataFilters) -> str:
    """Filters of llama-index in the language of Milvus.

    Raises:
        StoreError: A field's name is none, or an operator has no like in Milvus.
    """
    parts = [
        f"({filter_of(part)})" if isinstance(part, MetadataFilters) else _condition(part)
        for part in filters.filters
    ]
    joint = (filters.condition.value if filters.condition else "and").lower()
    if joint == "not":
        return f"not ({' or '.join(parts)})"
    return f" {joint} ".join(parts)


def _condition(part: MetadataFilter) -> str:
    form = _OPERATORS.get(part.operator)
    if form is None or not _FIELD.fullmatch(part.key):
        raise StoreError(
            f"filter {part.key!r} {part.operator.value}: expected the name of a field and one of "
            f"{', '.join(operator.value for operator in _OPERATORS)}"
        )
    return form.format(field=part.key, value=json.dumps(part.value, ensure_ascii=False))


def _fused(rankings: list[list[tuple[str, float]]]) -> list[tuple[str, float]]:
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, (record_id, _) in enumerate(ranking, 1):
            scores[record_id] = scores.get(record_id, 0.0) + 1 / (RANK_CONSTANT + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
