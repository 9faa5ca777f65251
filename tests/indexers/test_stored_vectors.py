"""Vectors of records are the store's own, wherever it is, and only of the very record."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from indexers.milvus.build import build
from indexers.milvus.store import MilvusStore
from indexers.record_store import RecordStore
from indexers.records import Record
from indexers.store import Store
from indexers.stored_vectors import stored_vectors
from indexers.vectors import embedded_text
from tests.indexers.fake_encoder import FakeEncoder
from tests.indexers.milvus.milvus_lite import close_lite, need_milvus

STORED = [
    Record(record_id=f'"{n}", {n % 3}', source="t", title=f"Trial {n}", abstract=f"Of drug{n}.")
    for n in range(520)
]
CHANGED = STORED[3].model_copy(update={"title": "Trial 3, revised"})
ELSEWHERE = Record(record_id="elsewhere", source="t", title="Trial 3")
ASKED = [ELSEWHERE, *reversed(STORED[4:]), CHANGED, STORED[0]]


def check(store: RecordStore) -> None:
    found = stored_vectors(store, ASKED)
    there = [record not in (ELSEWHERE, CHANGED) for record in ASKED]
    assert found.there.tolist() == there
    made = FakeEncoder().encode([embedded_text(record) for record in ASKED])
    np.testing.assert_allclose(found.vectors[there], made[there], atol=1e-6)
    assert not found.vectors[[not one for one in there]].any()


def test_those_of_a_folder(tmp_path: Path) -> None:
    store = Store.build(tmp_path / "store", STORED, FakeEncoder())
    check(store)
    for file in (tmp_path / "store" / "catalogue").iterdir():
        file.write_bytes(b"x" * file.stat().st_size)
    found = stored_vectors(Store.open(tmp_path / "store"), ASKED)
    assert not found.there.any()  # what is damaged is made again
    assert not found.vectors.any()


def test_those_of_milvus(tmp_path: Path) -> None:
    need_milvus()
    place = f"milvus-lite:{tmp_path}/store.db"
    build(place, STORED, FakeEncoder())
    check(MilvusStore.open(place))
    close_lite(tmp_path)
