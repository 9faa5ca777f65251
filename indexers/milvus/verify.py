"""Everything that a store in Milvus holds, read again and compared with its manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from indexers.catalogue import record_digest
from indexers.errors import StoreError
from indexers.milvus.rows import WORD_FIELDS, record_id_of, row_digest, row_id, words_of
from indexers.milvus.texts import stored_texts, text_member
from indexers.set_digest import SetDigest
from indexers.vectors import embedded_text

if TYPE_CHECKING:
    from indexers.milvus.store import MilvusStore

_FIELDS = ["record", "record_digest", "row_digest", "text", "embedding"]


def verify(store: MilvusStore) -> None:
    """Check every row and full text, and the digest of them all.

    Raises:
        StoreError: Something is missing, was added or was changed.
    """
    contents, n_records = SetDigest(), 0
    for row in store.all_rows([*_FIELDS, *(f"{name}_words" for name in WORD_FIELDS)]):
        _check_row(store, row)
        contents.add(row["row_digest"])
        n_records += 1
    made = store.manifest
    texts: dict[str, str] = {}
    if made.n_full_text:
        texts = stored_texts(store.client, store.address, made.texts)
    for record_id, xml_sha256 in texts.items():
        contents.add(text_member(record_id, xml_sha256))
    if (n_records, len(texts)) != (made.n_records, made.n_full_text):
        raise StoreError(
            f"{store.name}: expected {made.n_records} records and {made.n_full_text} full "
            f"texts, found {n_records} and {len(texts)}; build the store again"
        )
    again = made.whole(made.kind, contents, n_records, len(texts))
    if again.index_digest != made.index_digest:
        raise StoreError(f"{store.name}: the contents were changed; build the store again")


def _check_row(store: MilvusStore, row: dict[str, Any]) -> None:
    record = store.record_of(row)
    vector = np.array(row["embedding"], dtype=np.float32)
    words = words_of(record)
    same = (
        row_id(record.record_id) == row["id"]
        and row["record_digest"] == record_digest(record).hex()
        and row["row_digest"] == row_digest(record, vector)
        and row["text"] == embedded_text(record)
        and {name: row[name] for name in words} == words
    )
    if not same:
        raise StoreError(
            f"{store.name}: record {record_id_of(row['id'])!r} was changed; build the store again"
        )
