"""Vectors that ship beside records, kept in half precision and tied to encoder and texts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexers.array_files import read_arrays
from indexers.encoder import Encoder, as_unit_vectors
from indexers.errors import SourceError
from indexers.records import Record, abstract_document

_FIELDS = ("vectors", "encoder_digest", "texts_digest")


def embedded_text(record: Record) -> str:
    """What the encoder sees of a record: its title, a blank line, its abstract."""
    return abstract_document(record).text


def texts_digest(records: Sequence[Record]) -> str:
    """SHA-256 over record ids and embedded texts, in order."""
    digest = hashlib.sha256()
    for record in records:
        text = embedded_text(record).encode()
        digest.update(f"{record.record_id}\0{len(text)}\0".encode())
        digest.update(text)
    return digest.hexdigest()


def save_vectors(
    path: Path, vectors: NDArray[np.float32], records: Sequence[Record], encoder: Encoder
) -> None:
    """Write vectors [n_records, dimension] as float16; the same input gives the same bytes."""
    np.savez(
        path,
        allow_pickle=False,
        vectors=vectors.astype(np.float16),
        encoder_digest=np.array(encoder.digest),
        texts_digest=np.array(texts_digest(records)),
    )


def load_vectors(
    path: Path, records: Sequence[Record], encoder: Encoder
) -> NDArray[np.float32] | None:
    """Vectors [n_records, dimension] of unit length; None when they belong to other texts.

    Other texts, another order of records or another encoder all give None: encode again.

    Raises:
        SourceError: The file is missing or is not one that `save_vectors` wrote.
    """
    expected = f"expected vectors in an .npz file with {_FIELDS}"
    vectors, encoder_digest, texts = read_arrays(path, _FIELDS, expected).values()
    if str(encoder_digest) != encoder.digest or str(texts) != texts_digest(records):
        return None
    if vectors.shape != (len(records), encoder.dimension):
        raise SourceError(path, f"expected {len(records)} vectors of {encoder.dimension} numbers")
    return as_unit_vectors(vectors)
