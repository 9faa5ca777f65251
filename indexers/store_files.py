"""What the folder of a store is made of, and the manifest that seals it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexers.catalogue import digest_of_records, write_catalogue
from indexers.encoder import Encoder
from indexers.errors import StoreError
from indexers.exact_vectors import vectors_digest
from indexers.manifest import (
    FORMAT_VERSION,
    Manifest,
    StoredFile,
    StoredFullText,
    json_digest,
    stored_files,
    write_manifest,
)
from indexers.vector_index import VectorKind

INDEX = "vectors.faiss"
EXACT = "vectors.f32"
LEXICAL = "lexical"
CATALOGUE = "catalogue"
_EXHAUSTIVE: tuple[VectorKind, ...] = ("flat",)


@dataclass(frozen=True)
class Making:
    """How the vectors of a store are made and searched; the same for all of its life."""

    encoder_name: str
    encoder_digest: str
    dimension: int
    kind: VectorKind

    @classmethod
    def by(cls, encoder: Encoder, kind: VectorKind) -> Making:
        """By an encoder, searched as `kind`."""
        return cls(encoder.name, encoder.digest, encoder.dimension, kind)


@dataclass(frozen=True)
class Listing:
    """The records of a store as its catalogue lists them, in the order of the numbers.

    Attributes:
        numbers: Rising numbers [n_records].
        ids: The record ids.
        digests: The records' digests [n_records, 32].
        next_number: The number of the next new record; no stored record ever had it.
    """

    numbers: NDArray[np.int64]
    ids: Sequence[str]
    digests: NDArray[np.uint8]
    next_number: int


def seal(
    folder: Path,
    listing: Listing,
    rows: NDArray[np.float32],
    making: Making,
    texts: dict[str, StoredFullText],
    *,
    n_superseded: int = 0,
    linked: Mapping[str, StoredFile] | None = None,
) -> None:
    """Write the catalogue, and the manifest over all that was written into the folder before.

    Args:
        folder: The store being built.
        listing: Its records.
        rows: Its exact vectors [next_number, dimension].
        making: How they were made.
        texts: Its full texts by record id.
        n_superseded: See `Manifest`.
        linked: See `stored_files`.
    """
    write_catalogue(folder / CATALOGUE, listing.numbers, listing.ids, listing.digests)
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        encoder_name=making.encoder_name,
        encoder_digest=making.encoder_digest,
        dimension=making.dimension,
        kind=making.kind,
        n_records=len(listing.numbers),
        next_number=listing.next_number,
        n_superseded=n_superseded,
        n_full_text=len(texts),
        records_digest=digest_of_records(listing.digests),
        vectors_digest=vectors_digest(rows, listing.numbers),
        index_digest="",
        files=stored_files(folder, linked or {}),
        full_text=texts,
    )
    digest = digest_of_contents(manifest)
    write_manifest(folder, manifest.model_copy(update={"index_digest": digest}))


def digest_of_contents(manifest: Manifest) -> str:
    """The digest of all that retrieval from a store depends on.

    For a `flat` store that is what it holds, whatever the way it came to hold it: records' numbers
    stay out, so that an updated store has the digest of one built anew from its records, where the
    encoder repeats to the bit whatever else is in a batch (a transformer's last bits may differ).
    What the other kinds find depends on their index too, and every kind on words that BM25 still
    counts; so both are in the digest. Tantivy names its files in each build: they stay out.
    """
    fields = manifest.model_dump(
        include={"format_version", "encoder_digest", "dimension", "metric", "kind", "n_superseded"}
    )
    index = next((file.sha256 for file in manifest.files if file.path == INDEX), "")
    return json_digest(
        fields
        | {
            "records": manifest.records_digest,
            "vectors": manifest.vectors_digest,
            "index": "" if manifest.kind in _EXHAUSTIVE else index,
            "full_text": {name: text.xml_sha256 for name, text in manifest.full_text.items()},
        }
    )


def refuse_twice(path: Path, record_id: str) -> StoreError:
    """The error for a record id that stands for two records."""
    return StoreError(f"{path}: record id {record_id!r} stands for two records; make ids differ")
