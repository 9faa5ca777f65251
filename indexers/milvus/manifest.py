"""The manifests of the stores in a Milvus: one row each in the collection `evidence_stores`.

A store is a name, a manifest, and the collection that the manifest names. A build fills a
collection of its own and then writes the manifest, which is one row and so changes at once: until
then the old store is whole, and what the build has made stands under `NAME#building`. While an
update writes, the manifest says so; a killed update leaves it saying so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, ValidationError

from indexers.encoder import Encoder
from indexers.errors import StoreError
from indexers.manifest import json_digest
from indexers.milvus.address import MilvusAddress
from indexers.milvus.client import told
from indexers.milvus.rows import BM25, WORD_FIELDS
from indexers.records import Frozen
from indexers.set_digest import SetDigest
from indexers.vector_index import VectorKind

if TYPE_CHECKING:
    from pymilvus import MilvusClient

STORES = "evidence_stores"
_LONGEST = 65_535


class MilvusManifest(Frozen):
    """What a store in Milvus was made with and holds.

    Attributes:
        collection: The collection of its records; that of its full texts, if it has any, is
            `COLLECTION_texts`.
        generation: How many stores of this name were built, this one included.
        state: `changing` while records are written, and after a writer was killed.
        contents: The sum of a `SetDigest` over records, vectors and full texts.
        previous: A collection that this store has replaced and that may be dropped.
    """

    format_version: Literal[1] = 1
    engine: Literal["milvus", "milvus-lite"]
    collection: str
    generation: int = Field(ge=1)
    state: Literal["building", "changing", "whole"]
    encoder_name: str
    encoder_digest: str
    dimension: int = Field(gt=0)
    kind: VectorKind = "flat"
    n_records: int = Field(default=0, ge=0)
    n_full_text: int = Field(default=0, ge=0)
    contents: str = ""
    previous: str = ""
    index_digest: str = ""
    manifest_digest: str = ""

    @classmethod
    def begun(cls, address: MilvusAddress, encoder: Encoder, generation: int) -> MilvusManifest:
        """The manifest of a build that has begun."""
        return cls(
            engine=address.engine,
            collection=f"{address.collection}_{generation}",
            generation=generation,
            state="building",
            encoder_name=encoder.name,
            encoder_digest=encoder.digest,
            dimension=encoder.dimension,
        )

    @property
    def texts(self) -> str:
        """The collection of the full texts."""
        return f"{self.collection}_texts"

    def own_digest(self) -> str:
        """SHA-256 of the other fields."""
        return json_digest(self.model_dump(mode="json", exclude={"manifest_digest"}))

    def whole(
        self, kind: VectorKind, contents: SetDigest, n_records: int, n_full_text: int
    ) -> MilvusManifest:
        """The manifest of the store with these contents."""
        fields = self.model_dump(
            include={"format_version", "engine", "encoder_digest", "dimension"}
        )
        digest = json_digest(
            fields
            | {"kind": kind, "contents": contents.digest, "words": [BM25, WORD_FIELDS, "en_stem"]}
        )
        return self.model_copy(
            update={
                "state": "whole",
                "kind": kind,
                "n_records": n_records,
                "n_full_text": n_full_text,
                "contents": contents.state,
                "index_digest": digest,
            }
        )


def building(address: MilvusAddress) -> str:
    """The name under which a build that has not ended stands."""
    return f"{address.collection}#building"


def read_manifest(
    client: MilvusClient, address: MilvusAddress, name: str = ""
) -> MilvusManifest | None:
    """The manifest of a name, by default the address's collection; None when there is none.

    Raises:
        StoreError: It is damaged or of another format version.
    """
    with told(address):
        if not client.has_collection(STORES):
            return None
        client.load_collection(STORES)
        key = name or address.collection
        rows = client.query(STORES, filter=f'id == "{key}"', output_fields=["manifest"])
    if not rows:
        return None
    again = "build the store again (evidence index build)"
    try:
        manifest = MilvusManifest.model_validate_json(rows[0]["manifest"])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "manifest"
        raise StoreError(
            f"{address}: {where}: {first['msg']} in {STORES}; if a newer version built the store, "
            f"use that, else {again}"
        ) from error
    if manifest.own_digest() != manifest.manifest_digest:
        raise StoreError(f"{address}: the manifest was changed after it was written; {again}")
    return manifest


def write_manifest(
    client: MilvusClient, address: MilvusAddress, manifest: MilvusManifest, name: str = ""
) -> MilvusManifest:
    """Write a manifest with its own digest, in place of the one of that name."""
    sealed = manifest.model_copy(update={"manifest_digest": manifest.own_digest()})
    with told(address):
        if not client.has_collection(STORES):
            _make_stores(client)
        client.load_collection(STORES)
        row = {
            "id": name or address.collection,
            "manifest": sealed.model_dump_json(),
            "unused": [0.0, 1.0],
        }
        client.upsert(STORES, [row])
    return sealed


def forget_manifest(client: MilvusClient, address: MilvusAddress, name: str) -> None:
    """Take the manifest of a name away."""
    with told(address):
        client.delete(STORES, filter=f'id == "{name}"')


def _make_stores(client: MilvusClient) -> None:
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False)
    schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=512)
    schema.add_field("manifest", DataType.VARCHAR, max_length=_LONGEST)
    schema.add_field("unused", DataType.FLOAT_VECTOR, dim=2)  # no collection can do without
    index = client.prepare_index_params()
    index.add_index("unused", index_type="FLAT", metric_type="IP")
    client.create_collection(STORES, schema=schema, consistency_level="Strong")
    client.create_index(STORES, index, sync=False)
