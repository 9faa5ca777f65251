"""The vectors that a store has of given records, so that nobody makes them again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexers.catalogue import record_digest
from indexers.errors import StoreError
from indexers.milvus.rows import row_id
from indexers.milvus.store import MilvusStore
from indexers.record_store import RecordStore
from indexers.records import Record
from indexers.store import Store

_ROWS_AT_ONCE = 500


class StoredVectors(NamedTuple):
    """What a store has of some records.

    Attributes:
        there: Whether it holds the very record, [n_records].
        vectors: Of those the encoder's vectors, else zeros, [n_records, dimension].
    """

    there: NDArray[np.bool_]
    vectors: NDArray[np.float32]


def stored_vectors(store: RecordStore, records: Sequence[Record]) -> StoredVectors:
    """The vectors of the records that a store holds as they are.

    A record that differs in any field is not there, nor is one of a damaged store.
    """
    found = StoredVectors(
        np.zeros(len(records), dtype=np.bool_),
        np.zeros((len(records), store.manifest.dimension), dtype=np.float32),
    )
    rows = {record.record_id: row for row, record in enumerate(records)}
    with suppress(StoreError):  # damaged: what it should hold is made again
        match store:
            case Store():
                _of_folder(store, records, rows, found)
            case MilvusStore():
                _of_milvus(store, records, rows, found)
    return found


def _of_folder(
    store: Store, records: Sequence[Record], rows: dict[str, int], found: StoredVectors
) -> None:
    catalogue, vectors = store.catalogue, store.vectors
    for place, record_id in enumerate(catalogue.all_ids()):
        row = rows.get(record_id)
        if row is not None and catalogue.digests[place].tobytes() == record_digest(records[row]):
            found.there[row] = True
            found.vectors[row] = vectors[catalogue.numbers[place]]


def _of_milvus(
    store: MilvusStore, records: Sequence[Record], rows: dict[str, int], found: StoredVectors
) -> None:
    keys = {row_id(record_id): row for record_id, row in rows.items()}
    asked = list(keys)
    for start in range(0, len(asked), _ROWS_AT_ONCE):
        some = asked[start : start + _ROWS_AT_ONCE]
        for told in store.rows(some, ["record_digest", "embedding"]):
            row = keys[told["id"]]
            if told["record_digest"] == record_digest(records[row]).hex():
                found.there[row] = True
                found.vectors[row] = told["embedding"]
