"""A collection while it is written: rows and full texts go in, and the sum of its contents follows.

Whoever writes tells the manifest first and after; see `indexers.milvus.build` and
`indexers.milvus.update`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from indexers.catalogue import record_digest
from indexers.encoder import Encoder, Progress
from indexers.exact_vectors import CHUNK, check_vectors
from indexers.milvus.address import MilvusAddress
from indexers.milvus.client import told
from indexers.milvus.manifest import MilvusManifest
from indexers.milvus.rows import BM25, WORD_FIELDS, chosen, record_id_of, row_id, row_of, schema
from indexers.milvus.texts import (
    delete_text,
    digests_of_texts,
    make_texts,
    text_member,
    write_text,
)
from indexers.records import Record
from indexers.set_digest import SetDigest
from indexers.vectors import embedded_text

if TYPE_CHECKING:
    from pymilvus import MilvusClient

_PAGE = 500
_KEYS_AT_ONCE = 256


class Filling:
    """A collection of records and that of its full texts, open for writing.

    Args:
        client: The connection.
        address: The store's address.
        manifest: Names the collections.
        contents: The sum of what is in them that counts; empty for a build.
    """

    def __init__(
        self,
        client: MilvusClient,
        address: MilvusAddress,
        manifest: MilvusManifest,
        contents: SetDigest,
    ) -> None:
        self.client = client
        self.address = address
        self.manifest = manifest
        self.contents = contents
        self.n_records = manifest.n_records
        self.n_full_text = manifest.n_full_text

    def rows_of(self, records: Sequence[Record], fields: list[str]) -> dict[str, dict[str, Any]]:
        """The rows that the collection has of these records, by record id."""
        with told(self.address):
            found = self.client.query(
                self.manifest.collection,
                filter=chosen([row_id(record.record_id) for record in records]),
                output_fields=["id", *fields],
            )
        return {record_id_of(row["id"]): row for row in found}

    def held(self, record_ids: Sequence[str]) -> set[str]:
        """Those of these record ids that the collection has."""
        found: set[str] = set()
        for start in range(0, len(record_ids), _KEYS_AT_ONCE):
            keys = [row_id(record_id) for record_id in record_ids[start : start + _KEYS_AT_ONCE]]
            with told(self.address):
                rows = self.client.query(
                    self.manifest.collection, filter=chosen(keys), output_fields=["id"]
                )
            found |= {record_id_of(row["id"]) for row in rows}
        return found

    def keep(self, row: dict[str, Any]) -> None:
        """Count a row that a stopped build has written."""
        self.contents.add(row["row_digest"])
        self.n_records += 1

    def put(
        self,
        records: Sequence[Record],
        encoder: Encoder,
        before: dict[str, dict[str, Any]],
        progress: Progress | None = None,
    ) -> None:
        """Write records, at most a chunk of them, with their vectors.

        Args:
            records: New ones, and those that replace others.
            encoder: Embeds those that are new or of another text.
            before: The rows that count and are replaced, with `row_digest`; where they have
                `text` and `embedding` too, a record of the same text is not embedded again.
            progress: Called with the records encoded, and how many there are to encode.
        """
        if not records:
            return
        vectors = self._vectors(records, encoder, before, progress)
        rows = [row_of(self.address, r, v) for r, v in zip(records, vectors, strict=True)]
        with told(self.address):
            self.client.upsert(self.manifest.collection, rows)
        for row in rows:
            old = before.get(record_id_of(row["id"]))
            if old is None:
                self.n_records += 1
            else:
                self.contents.remove(old["row_digest"])
            self.contents.add(row["row_digest"])

    def _vectors(
        self,
        records: Sequence[Record],
        encoder: Encoder,
        before: dict[str, dict[str, Any]],
        progress: Progress | None,
    ) -> NDArray[np.float32]:
        vectors = np.zeros((len(records), encoder.dimension), dtype=np.float32)
        missing = []
        for place, record in enumerate(records):
            old = before.get(record.record_id, {})
            if old.get("text") == embedded_text(record):
                vectors[place] = old["embedding"]
            else:
                missing.append(place)
        if missing:
            made = encoder.encode([embedded_text(records[place]) for place in missing], progress)
            check_vectors(Path(str(self.address)), made, len(missing), encoder.dimension)
            vectors[missing] = made
        return vectors

    def remove(self, record_ids: Sequence[str]) -> None:
        """Take out records that count, with their full texts; those that are not there are not."""
        for start in range(0, len(record_ids), _KEYS_AT_ONCE):
            part = record_ids[start : start + _KEYS_AT_ONCE]
            with told(self.address):
                keys = chosen([row_id(record_id) for record_id in part])
                rows = self.client.query(
                    self.manifest.collection, filter=keys, output_fields=["id", "row_digest"]
                )
                self.client.delete(self.manifest.collection, filter=keys)
            for row in rows:
                self.contents.remove(row["row_digest"])
            self.n_records -= len(rows)
            for record_id, digest in self.text_digests(part).items():
                self._remove_text(record_id, digest)

    def remove_strays(self, record_ids: Iterable[str]) -> None:
        """Take out rows that a stopped build wrote and that this one does not hold."""
        wanted = {row_id(record_id) for record_id in record_ids}
        with told(self.address):
            pages = self.client.query_iterator(
                self.manifest.collection, batch_size=_PAGE, output_fields=["id"]
            )
            strays = []
            while page := pages.next():
                strays += [row["id"] for row in page if row["id"] not in wanted]
            pages.close()
            for start in range(0, len(strays), _KEYS_AT_ONCE):
                self.client.delete(
                    self.manifest.collection, filter=chosen(strays[start : start + _KEYS_AT_ONCE])
                )

    def text_digests(self, record_ids: Sequence[str]) -> dict[str, str]:
        """SHA-256 of the XML of those of these records that have a full text."""
        with told(self.address):
            if not self.client.has_collection(self.manifest.texts):
                return {}
            self.client.load_collection(self.manifest.texts)
            return digests_of_texts(self.client, self.manifest.texts, list(record_ids))

    def put_text(self, record_id: str, xml: bytes, before: str | None = None) -> None:
        """Write a record's full text.

        Args:
            record_id: The record's id.
            xml: The JATS.
            before: The digest of the full text that it replaces.
        """
        digest = hashlib.sha256(xml).hexdigest()
        with told(self.address):
            make_texts(self.client, self.manifest.texts)
            write_text(self.client, self.manifest.texts, record_id, xml)
        if before is not None:
            self.contents.remove(text_member(record_id, before))
        else:
            self.n_full_text += 1
        self.contents.add(text_member(record_id, digest))

    def _remove_text(self, record_id: str, digest: str) -> None:
        with told(self.address):
            delete_text(self.client, self.manifest.texts, record_id)
        self.contents.remove(text_member(record_id, digest))
        self.n_full_text -= 1

    def settle(self) -> None:
        """Have Milvus write down what it was given, so that searches see one state."""
        with told(self.address):
            self.client.flush(self.manifest.collection)
            if self.n_full_text:
                self.client.flush(self.manifest.texts)


def chunks(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The records of a stream, as many at a time as are embedded and written together."""
    stream = iter(records)
    while chunk := list(islice(stream, CHUNK)):
        yield chunk


def index_params(values: Mapping[str, float]) -> dict[str, Any]:
    """The settings of an index in the form that both a server and Milvus Lite read.

    pymilvus flattens what it is given by one level, and Milvus Lite reads none but nested ones.
    """
    return {"params": dict(values)}


def make_collection(client: MilvusClient, address: MilvusAddress, manifest: MilvusManifest) -> None:
    """Make the collection of a build; vectors are searched exactly until it ends."""
    with told(address):
        index = client.prepare_index_params()
        index.add_index("embedding", index_type="FLAT", metric_type="IP")
        for field in WORD_FIELDS:
            index.add_index(
                f"{field}_bm25",
                index_type="SPARSE_INVERTED_INDEX",
                metric_type="BM25",
                params=index_params(BM25),
            )
        client.create_collection(
            manifest.collection,
            schema=schema(client, manifest.dimension),
            consistency_level="Strong",
        )
        client.create_index(manifest.collection, index, sync=False)
        client.load_collection(manifest.collection)


def is_same(row: dict[str, Any], record: Record) -> bool:
    """Whether a row, with `record_digest`, is of this very record."""
    return bool(row["record_digest"] == record_digest(record).hex())
