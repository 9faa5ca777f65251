from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from indexers.errors import StoreError
from indexers.milvus.build import build
from indexers.records import Record
from tests.indexers.fake_encoder import FakeEncoder
from tests.indexers.milvus.milvus_lite import close_lite, need_milvus

pytest.importorskip("llama_index.core", reason="pip install 'evidence-synthesis[llm]'")

from llama_index.core.schema import TextNode
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)

from retrievers.llama_index_milvus import MilvusVectors, filter_of

TRIAL = "Randomized Controlled Trial"
RECORDS = [
    Record(
        record_id=f"r{i}",
        source="registry" if i % 2 else "journal",
        title=f"{'Malaria' if i < 4 else 'Asthma'} study {i}",
        abstract="Of forty participants three died.",
        year=2000 + i,
        publication_types=(TRIAL,) if i % 3 == 0 else (),
    )
    for i in range(8)
]
MODES = [
    VectorStoreQueryMode.DEFAULT,
    VectorStoreQueryMode.TEXT_SEARCH,
    VectorStoreQueryMode.HYBRID,
]


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusVectors]:
    need_milvus()
    folder = tmp_path_factory.mktemp("milvus")
    yield MilvusVectors(build(f"milvus-lite:{folder}/store.db", RECORDS, FakeEncoder()))
    close_lite(folder)


def asked(
    vectors: MilvusVectors, mode: VectorStoreQueryMode, *filters: Any, k: int = 3
) -> list[str]:
    query = VectorStoreQuery(
        query_embedding=FakeEncoder().encode(["malaria study"])[0].tolist(),
        query_str="malaria studies",
        similarity_top_k=k,
        mode=mode,
        filters=MetadataFilters(filters=list(filters)) if filters else None,
    )
    return list(vectors.query(query).ids or [])


def where(key: str, operator: FilterOperator, value: Any) -> MetadataFilter:
    return MetadataFilter(key=key, operator=operator, value=value)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_finds_under_filters(vectors: MilvusVectors, mode: VectorStoreQueryMode) -> None:
    assert set(asked(vectors, mode)) < {"r0", "r1", "r2", "r3"}
    late = where("year", FilterOperator.GTE, 2002)
    assert set(asked(vectors, mode, late, k=2)) == {"r2", "r3"}
    registry = where("source", FilterOperator.EQ, "registry")
    assert asked(vectors, mode, late, registry, k=1) == ["r3"]
    trials = where("publication_types", FilterOperator.CONTAINS, TRIAL)
    assert set(asked(vectors, mode, trials, k=8)) == {"r0", "r3", "r6"}
    some = where("pmid", FilterOperator.IN, ["1"])
    assert asked(vectors, mode, some) == []


def test_nodes_are_the_records(vectors: MilvusVectors) -> None:
    query = VectorStoreQuery(
        query_str="asthma 5", similarity_top_k=1, mode=VectorStoreQueryMode.TEXT_SEARCH
    )
    found = vectors.query(query)
    (node,) = found.nodes or ()
    assert isinstance(node, TextNode)
    assert (node.node_id, node.text) == (
        "r5",
        "Asthma study 5\n\nOf forty participants three died.",
    )
    assert node.metadata["year"] == 2005
    assert found.similarities is not None
    assert found.similarities[0] > 0


def test_a_filter_is_data_and_not_language(vectors: MilvusVectors) -> None:
    for value in ('x" or year > 0 or source == "', "x' or 1 == 1", "\\"):
        hostile = where("source", FilterOperator.EQ, value)
        assert asked(vectors, VectorStoreQueryMode.DEFAULT, hostile) == []
    with pytest.raises(StoreError, match="expected the name of a field"):
        asked(vectors, VectorStoreQueryMode.DEFAULT, where("year > 0 or x", FilterOperator.EQ, 1))
    with pytest.raises(StoreError, match="text_match"):
        asked(vectors, VectorStoreQueryMode.DEFAULT, where("title", FilterOperator.TEXT_MATCH, "a"))


def test_filters_nest() -> None:
    early = MetadataFilters(
        filters=[where("year", FilterOperator.LT, 2001), where("source", FilterOperator.NE, "x")],
        condition=FilterCondition.OR,
    )
    both = MetadataFilters(filters=[early, where("language", FilterOperator.IN, ["eng", "ger"])])
    assert filter_of(both) == '(year < 2001 or source != "x") and language in ["eng", "ger"]'


def test_what_it_cannot_do_is_refused(vectors: MilvusVectors) -> None:
    with pytest.raises(StoreError, match="mode 'mmr'"):
        asked(vectors, VectorStoreQueryMode.MMR)
    for change in (lambda: vectors.add([]), lambda: vectors.delete("r1")):
        with pytest.raises(StoreError, match="change its records with evidence index update"):
            change()
