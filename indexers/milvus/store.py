"""A store in a collection of Milvus, opened for reading.

Words and vectors are searched by Milvus; ranking, ties and rounding are those of the local store.
Records stand in order of their ids. Boolean search is the local store's alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from indexers.errors import StoreError
from indexers.milvus.address import MilvusAddress, milvus_address
from indexers.milvus.client import connect, told
from indexers.milvus.manifest import MilvusManifest, building, read_manifest
from indexers.milvus.rows import (
    chosen,
    query_stems,
    record_id_of,
    row_id,
    unpacked_record,
)
from indexers.milvus.texts import document_of
from indexers.milvus.words import summed_scores
from indexers.records import Document, Record

if TYPE_CHECKING:
    from pymilvus import MilvusClient

MOST_FOUND = 16_384
"""The most records that Milvus gives for one query."""

_SCORE_DECIMALS = 6
_WORD_SCORE_DECIMALS = 5
_TIES_FETCHED = 16
_PAGE = 500


class MilvusStore:
    """A store in Milvus; use `MilvusStore.open`, or `indexers.milvus.build` to make one.

    Attributes:
        address: Where it is.
        manifest: What it was made with and holds.
        client: The connection.
    """

    def __init__(
        self, address: MilvusAddress, manifest: MilvusManifest, client: MilvusClient
    ) -> None:
        self.address = address
        self.manifest = manifest
        self.client = client

    @classmethod
    def open(cls, place: Path | str) -> MilvusStore:
        """Open a store after cheap checks: its manifest, and how many records there are.

        Raises:
            StoreError: The address is wrong, nothing answers, there is no store, it is being
                changed or was left half changed, or it holds another number of records.
        """
        address = milvus_address(place)
        client = connect(address)
        manifest = read_manifest(client, address)
        if manifest is None:
            raise _no_store(client, address)
        if manifest.state != "whole":
            raise StoreError(
                f"{address}: it is being updated, or an update of it was stopped; run the same "
                "update again (evidence index update)"
            )
        with told(address):
            if not client.has_collection(manifest.collection):
                raise StoreError(
                    f"{address}: its collection {manifest.collection} is gone; "
                    "build the store again"
                )
            client.load_collection(manifest.collection)
            if manifest.n_full_text:
                client.load_collection(manifest.texts)
        store = cls(address, manifest, client)
        if (found := store.count()) != manifest.n_records:
            raise StoreError(
                f"{address}: expected {manifest.n_records} records in {manifest.collection}, "
                f"found {found}; build the store again"
            )
        return store

    @property
    def name(self) -> str:
        """The store's address."""
        return self.address.text

    @property
    def index_digest(self) -> str:
        """One digest of all that retrieval depends on: records, vectors, full texts, engine."""
        return self.manifest.index_digest

    def __len__(self) -> int:
        return self.manifest.n_records

    def count(self) -> int:
        """How many records the collection holds now."""
        with told(self.address):
            (row,) = self.client.query(
                self.manifest.collection, filter="", output_fields=["count(*)"]
            )
        return int(row["count(*)"])

    def record(self, record_id: str) -> Record:
        """The record of that id.

        Raises:
            StoreError: The store does not hold it, or it was damaged.
        """
        rows = self.rows([row_id(record_id)], ["record"])
        if not rows:
            raise StoreError(f"{self.name}: expected a record id of this store, not {record_id!r}")
        return self.record_of(rows[0])

    def rows(self, keys: list[str], fields: list[str]) -> list[dict[str, Any]]:
        """Some fields of the rows of these primary keys that there are, in any order."""
        with told(self.address):
            found: list[dict[str, Any]] = self.client.query(
                self.manifest.collection, filter=chosen(keys), output_fields=["id", *fields]
            )
        return found

    def record_ids(self) -> list[str]:
        """The ids of all records, in order."""
        return [record_id_of(row["id"]) for row in self.all_rows([])]

    def records(self) -> Iterator[Record]:
        """All records, in order of their ids.

        Raises:
            StoreError: A record was damaged.
        """
        for row in self.all_rows(["record"]):
            yield self.record_of(row)

    def all_rows(self, fields: list[str]) -> Iterator[dict[str, Any]]:
        """Some fields of all rows, a page at a time."""
        with told(self.address):
            pages = self.client.query_iterator(
                self.manifest.collection, batch_size=_PAGE, output_fields=["id", *fields]
            )
            try:
                while page := pages.next():
                    yield from page
            finally:
                pages.close()

    def document(self, record_id: str) -> Document | None:
        """The full text of a record; None when the store holds none.

        Raises:
            StoreError: The text was changed.
            SourceError: It is not JATS.
        """
        if not self.manifest.n_full_text:
            return None
        return document_of(self.client, self.address, self.manifest.texts, record_id)

    def search_vectors(
        self, vector: NDArray[np.float32], limit: int, where: str = ""
    ) -> list[tuple[str, float]]:
        """Record ids with cosine similarities, best first; equal scores by record id.

        Args:
            vector: A unit vector [dimension] of this store's encoder.
            limit: How many at most.
            where: A filter in the language of Milvus; none finds all.

        Raises:
            StoreError: The vector is of another dimension, or more are asked for than Milvus gives.
        """
        if vector.shape != (self.manifest.dimension,):
            raise StoreError(
                f"{self.name}: expected a vector of {self.manifest.dimension} numbers, "
                f"not of shape {vector.shape}"
            )
        n_fetched = self._fetched(limit, limit + _TIES_FETCHED)
        search_params = {"metric_type": "IP", "params": search_breadth(n_fetched)}
        hits = self._search(vector.tolist(), "embedding", n_fetched, search_params, where)
        return _best({key: round(score, _SCORE_DECIMALS) for key, score in hits}, limit)

    def search_text(self, query: str, limit: int, where: str = "") -> list[tuple[str, float]]:
        """Record ids with BM25 scores, best first; equal scores by record id.

        As in the local store the scores of title (twice), abstract, MeSH and keywords are summed
        (indexers.milvus.words).

        Raises:
            StoreError: More are asked for than Milvus gives.
        """
        words = query_stems(query)
        if not words:
            return []
        self._fetched(limit, limit)

        def field(name: str, n: int, keys: Sequence[str]) -> dict[str, float]:
            # Keys are given for records that were found under the filter before.
            among = chosen(keys) if keys else where
            found = self._search(words, f"{name}_bm25", n, {"metric_type": "BM25"}, among)
            # BM25 is never negative; Milvus Lite tells it as a distance, with a minus.
            return {key: abs(score) for key, score in found}

        scores = summed_scores(field, limit + _TIES_FETCHED, MOST_FOUND)
        return _best({k: round(s, _WORD_SCORE_DECIMALS) for k, s in scores.items()}, limit)

    def info(self) -> dict[str, Any]:
        """The manifest, and the collection of a build of this store that has not ended."""
        told_of = self.manifest.model_dump(mode="json", exclude={"contents", "manifest_digest"})
        half = read_manifest(self.client, self.address, building(self.address))
        unfinished = "" if half is None else half.collection
        return {"store": self.name} | told_of | {"unfinished_build": unfinished}

    def verify(self) -> None:
        """Read all rows and full texts again, and compare them with the manifest.

        Raises:
            StoreError: Something is missing, was added or was changed.
        """
        from indexers.milvus.verify import verify

        verify(self)

    def record_of(self, row: dict[str, Any]) -> Record:
        """The record of a row.

        Raises:
            StoreError: It was damaged.
        """
        try:
            return unpacked_record(row["record"])
        except (ValidationError, ValueError) as error:
            raise StoreError(
                f"{self.name}: record {record_id_of(row['id'])!r} was damaged; "
                "build the store again"
            ) from error

    def _fetched(self, limit: int, wanted: int) -> int:
        if limit > MOST_FOUND:
            raise StoreError(
                f"{self.name}: Milvus gives at most {MOST_FOUND:,} records for a query, not "
                f"{limit:,}; ask for fewer, or use a store in a folder"
            )
        return min(wanted, MOST_FOUND)

    def _search(
        self,
        asked: list[float] | str,
        field: str,
        limit: int,
        search_params: dict[str, Any],
        where: str,
    ) -> list[tuple[str, float]]:
        """Primary keys with what Milvus tells of each."""
        with told(self.address):
            (hits,) = self.client.search(
                self.manifest.collection,
                data=[asked],
                anns_field=field,
                limit=limit,
                filter=where,
                output_fields=["id"],
                search_params=search_params,
            )
        return [(hit["id"], float(hit["distance"])) for hit in hits]


def search_breadth(limit: int) -> dict[str, int]:
    """How widely the kinds of index search that are not exact; the others pass it over."""
    return {"ef": max(limit, 256), "nprobe": 64}


def _best(scores: dict[str, float], limit: int) -> list[tuple[str, float]]:
    hits = [(record_id_of(key), score) for key, score in scores.items()]
    return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:limit]


def _no_store(client: MilvusClient, address: MilvusAddress) -> StoreError:
    half = read_manifest(client, address, building(address))
    if half is None:
        return StoreError(
            f"{address}: expected a store, found none of that name; "
            f"build one with: evidence index build SOURCE --store {address}"
        )
    return StoreError(
        f"{address}: a build of it was stopped, its records are in {half.collection}; start the "
        "same build again (evidence index build), it goes on where it ended"
    )
