"""Build a store in Milvus from a stream of records, or put another in its place.

A build fills a collection of its own, `NAME_GENERATION`, and the store is the old one until the
manifest names the new. Of the records only ids are held, about 150 bytes a record. A build that was
killed goes on: what its collection has of the very same records is not embedded or written again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from indexers.encoder import Encoder, Progress
from indexers.errors import StoreError
from indexers.full_text import xml_bytes
from indexers.milvus.address import MilvusAddress, milvus_address
from indexers.milvus.client import connect, told
from indexers.milvus.filling import Filling, chunks, index_params, is_same, make_collection
from indexers.milvus.manifest import (
    MilvusManifest,
    building,
    forget_manifest,
    read_manifest,
    write_manifest,
)
from indexers.milvus.store import MilvusStore
from indexers.records import Record
from indexers.set_digest import SetDigest
from indexers.vector_index import VectorKind

if TYPE_CHECKING:
    from pymilvus import MilvusClient

_FLAT_UP_TO = 50_000
_LISTS = 1024
_INDEXES: dict[VectorKind, tuple[str, dict[str, int]]] = {
    "flat": ("FLAT", {}),
    "sq8": ("IVF_SQ8", {"nlist": _LISTS}),
    "ivf": ("IVF_FLAT", {"nlist": _LISTS}),
    "ivfpq": ("IVF_PQ", {"nlist": _LISTS, "nbits": 8}),
    "hnsw": ("HNSW", {"M": 32, "efConstruction": 256}),
}
_NUMBERS_PER_CODE = 8  # of IVF_PQ: dimension / m


def build(
    place: Path | str,
    records: Iterable[Record],
    encoder: Encoder,
    *,
    kind: Literal["auto"] | VectorKind = "auto",
    full_text: Mapping[str, Path] | None = None,
    progress: Progress | None = None,
) -> MilvusStore:
    """Build a store, or replace the one at an address.

    Args:
        place: The address.
        records: What to index, read once as a stream; record ids must differ.
        encoder: Makes the vectors of records and, later, of queries.
        kind: How Milvus searches the vectors; `auto` is exact up to 50,000 records and HNSW above.
            Milvus Lite has no `ivfpq`.
        full_text: JATS files by record id; looked up when all records have been read.
        progress: Called with the records done, and the records in all: 0 until that is known.

    Raises:
        StoreError: No records, a record id twice, a record too long for Milvus, or Milvus refuses.
        SourceError: A full text cannot be read.
    """
    address = milvus_address(place)
    if kind == "ivfpq" and address.engine == "milvus-lite":
        raise StoreError(
            f"{address}: Milvus Lite has no index ivfpq; expected --kind auto, flat, sq8, ivf or "
            "hnsw"
        )
    client = connect(address, make=True)
    before = _replaced(client, address)
    filling = _begun(client, address, encoder, before)
    said = progress or (lambda _done, _total: None)
    ids = _fill(filling, records, encoder, said)
    _fill_texts(filling, ids, full_text or {})
    kind = _index(filling, kind)
    filling.settle()
    made = filling.manifest.whole(
        kind, filling.contents, filling.n_records, filling.n_full_text
    ).model_copy(update={"previous": before.collection if before else ""})
    write_manifest(client, address, made)
    forget_manifest(client, address, building(address))
    drop_collections(client, address, made.previous)
    return MilvusStore.open(place)


def drop_collections(client: MilvusClient, address: MilvusAddress, collection: str) -> None:
    """Drop a collection of records and that of its full texts, where they are there."""
    with told(address):
        for name in (collection, f"{collection}_texts"):
            if collection and client.has_collection(name):
                client.drop_collection(name)


def _replaced(client: MilvusClient, address: MilvusAddress) -> MilvusManifest | None:
    """The store that is to be replaced, if there is one that can be read."""
    try:
        before = read_manifest(client, address)
    except StoreError:  # damaged, or of another version: that is why it is built again
        return None
    if before is not None:
        drop_collections(client, address, before.previous)  # a killed build may have left it
    return before


def _begun(
    client: MilvusClient,
    address: MilvusAddress,
    encoder: Encoder,
    current: MilvusManifest | None,
) -> Filling:
    """The collection to fill: that of a stopped build where its encoder was the same."""
    try:
        half = read_manifest(client, address, building(address))
    except StoreError:
        half = None
    if half is not None and (current is None or current.collection != half.collection):
        with told(address):
            there = client.has_collection(half.collection)
        if there and half.encoder_digest == encoder.digest:
            with told(address):
                client.load_collection(half.collection)
            return Filling(client, address, half, SetDigest())
        drop_collections(client, address, half.collection)
    manifest = MilvusManifest.begun(address, encoder, _generation(client, address))
    # The name is told before it is made, so that nothing stands there that no manifest names.
    write_manifest(client, address, manifest, building(address))
    make_collection(client, address, manifest)
    return Filling(client, address, manifest, SetDigest())


def _generation(client: MilvusClient, address: MilvusAddress) -> int:
    """A number that no collection of this name has yet."""
    numbered = re.compile(re.escape(address.collection) + r"_([0-9]{1,9})(_texts)?")
    with told(address):
        found = (numbered.fullmatch(name) for name in client.list_collections())
        return 1 + max((int(match.group(1)) for match in found if match), default=0)


def _fill(
    filling: Filling, records: Iterable[Record], encoder: Encoder, progress: Progress
) -> dict[str, None]:
    """Write all records that are not there yet; returns their ids in order."""
    ids: dict[str, None] = {}
    for chunk in chunks(records):
        for record in chunk:
            if record.record_id in ids:
                raise StoreError(
                    f"{filling.address}: record id {record.record_id!r} stands for two records; "
                    "make ids differ"
                )
            ids[record.record_id] = None
        there = filling.rows_of(chunk, ["record_digest", "row_digest"])
        new = []
        for record in chunk:
            row: dict[str, Any] | None = there.get(record.record_id)
            if row is not None and is_same(row, record):
                filling.keep(row)
            else:
                new.append(record)
        done = len(ids) - len(new)
        filling.put(new, encoder, {}, lambda n, _of, done=done: progress(done + n, 0))  # type: ignore[misc]
        progress(len(ids), 0)
    if not ids:
        raise StoreError(f"{filling.address}: expected at least one record to index, found none")
    filling.remove_strays(ids)
    progress(len(ids), len(ids))
    return ids


def _fill_texts(filling: Filling, ids: dict[str, None], full_text: Mapping[str, Path]) -> None:
    """Write the full texts anew: they are few, and quickly packed, beside the embedding."""
    with told(filling.address):
        if filling.client.has_collection(filling.manifest.texts):
            filling.client.drop_collection(filling.manifest.texts)
    for record_id in ids:
        if record_id in full_text:
            filling.put_text(record_id, xml_bytes(full_text[record_id]))


def _index(filling: Filling, kind: Literal["auto"] | VectorKind) -> VectorKind:
    """Give the vectors the index of a kind; returns the kind."""
    client, collection = filling.client, filling.manifest.collection
    if kind == "auto":
        kind = "flat" if filling.n_records <= _FLAT_UP_TO else "hnsw"
    name, parameters = _INDEXES[kind]
    if kind == "ivfpq":
        parameters = parameters | {"m": max(1, filling.manifest.dimension // _NUMBERS_PER_CODE)}
    with told(filling.address):
        (current,) = client.list_indexes(collection, field_name="embedding")
        if client.describe_index(collection, current).get("index_type") != name:
            client.release_collection(collection)
            client.drop_index(collection, current)
            index = client.prepare_index_params()
            index.add_index(
                "embedding", index_type=name, metric_type="IP", params=index_params(parameters)
            )
            client.create_index(collection, index, sync=False)
            client.load_collection(collection)
    return kind
