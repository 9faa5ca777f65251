"""The stores that the tests of retrievers run over: one in a folder, and one in Milvus Lite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Literal

import pytest

from indexers.encoder import Encoder
from indexers.record_store import RecordStore
from indexers.records import Record
from indexers.store import Store
from tests.indexers.milvus.milvus_lite import close_lite, need_milvus

MakeStore = Callable[[Sequence[Record], Encoder], RecordStore]


@pytest.fixture(scope="module", params=["folder", "milvus-lite"])
def store_kind(request: pytest.FixtureRequest) -> Literal["folder", "milvus-lite"]:
    if request.param == "milvus-lite":
        need_milvus()
    return request.param


@pytest.fixture(scope="module")
def make_store(
    store_kind: Literal["folder", "milvus-lite"], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MakeStore]:
    folder = tmp_path_factory.mktemp("stores")
    number = count()

    def make(records: Sequence[Record], encoder: Encoder) -> RecordStore:
        if store_kind == "folder":
            return Store.build(folder / f"store-{next(number)}", records, encoder)
        from indexers.milvus.build import build

        return build(f"milvus-lite:{folder}/store-{next(number)}.db", records, encoder)

    yield make
    close_lite(folder)
