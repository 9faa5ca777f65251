"""What the folder of a store is made of: checked contents in, sealed files out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexers.errors import StoreError
from indexers.lexical_index import LexicalIndex
from indexers.manifest import (
    FORMAT_VERSION,
    Manifest,
    StoredFullText,
    json_digest,
    records_digest,
    stored_files,
    write_manifest,
)
from indexers.records import Record
from indexers.vector_index import VectorKind, vectors_digest, write_vectors

VECTORS = "vectors.faiss"
LEXICAL = "lexical"
_LENGTH_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Contents:
    """The records of a store with their numbers and vectors, in the order of the numbers.

    Attributes:
        numbers: Rising numbers [n_records]; a record keeps its number as long as it is stored.
        records: The records, one a number.
        vectors: Unit vectors [n_records, dimension].
        next_number: The number of the next new record; no stored record ever had it.
    """

    numbers: NDArray[np.int64]
    records: Sequence[Record]
    vectors: NDArray[np.float32]
    next_number: int


@dataclass(frozen=True)
class Making:
    """How the vectors of a store are made and searched; the same for all of its life."""

    encoder_name: str
    encoder_digest: str
    dimension: int
    kind: VectorKind


def distinct_records(path: Path, records: Iterable[Record]) -> list[Record]:
    """The records as a list.

    Raises:
        StoreError: A record id stands for two records.
    """
    chosen = list(records)
    seen: set[str] = set()
    for record in chosen:
        if record.record_id in seen:
            raise StoreError(
                f"{path}: record id {record.record_id!r} stands for two records; make ids differ"
            )
        seen.add(record.record_id)
    return chosen


def check_vectors(path: Path, vectors: NDArray[np.float32], n_records: int, dimension: int) -> None:
    """Refuse vectors that are not [n_records, dimension] or not of length 1.

    Raises:
        StoreError: They are not.
    """
    if vectors.shape != (n_records, dimension):
        raise StoreError(
            f"{path}: expected vectors of shape {(n_records, dimension)}, not {vectors.shape}"
        )
    lengths = np.linalg.norm(vectors, axis=1)
    wrong = np.flatnonzero(~(np.abs(lengths - 1) < _LENGTH_TOLERANCE))
    if len(wrong):
        raise StoreError(f"{path}: expected vectors of length 1; number {wrong[0]} is not")


def write_indexes(folder: Path, contents: Contents, kind: VectorKind) -> None:
    """Write the dense and the lexical half of a store into an empty folder."""
    write_vectors(folder / VECTORS, contents.vectors, kind, contents.numbers)
    LexicalIndex.build(folder / LEXICAL, contents.records, contents.numbers.tolist())


def seal(
    folder: Path, contents: Contents, making: Making, texts: dict[str, StoredFullText]
) -> None:
    """Write the manifest over all that was written into the folder before."""
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        encoder_name=making.encoder_name,
        encoder_digest=making.encoder_digest,
        dimension=making.dimension,
        kind=making.kind,
        n_records=len(contents.records),
        next_number=contents.next_number,
        n_full_text=len(texts),
        records_digest=records_digest(contents.records),
        vectors_digest=vectors_digest(contents.vectors),
        index_digest="",
        files=stored_files(folder),
        full_text=texts,
    )
    digest = digest_of_contents(manifest)
    write_manifest(folder, manifest.model_copy(update={"index_digest": digest}))


def digest_of_contents(manifest: Manifest) -> str:
    """The digest of what a store holds, whatever the way it came to hold it.

    Records' numbers stay out, so that an updated store has the digest of one built anew from its
    records, where the encoder repeats to the bit whatever else is in a batch (a transformer's
    last bits may differ); so do file digests, because Tantivy names its files in each build.
    """
    fields = manifest.model_dump(
        include={"format_version", "encoder_digest", "dimension", "metric", "kind"}
    )
    return json_digest(
        fields
        | {
            "records": manifest.records_digest,
            "vectors": manifest.vectors_digest,
            "full_text": {name: text.xml_sha256 for name, text in manifest.full_text.items()},
        }
    )
