"""Build a store from a stream of records, in memory that does not grow with their texts.

Only record ids and digests are held, about 150 bytes a record; the vectors lie in a mapped file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from indexers.catalogue import DIGEST_BYTES, record_digest
from indexers.encoder import Device, Encoder, Progress
from indexers.errors import StoreError
from indexers.exact_vectors import CHUNK, GrowingVectors, check_vectors, mapped_vectors
from indexers.full_text import pack_full_texts
from indexers.lexical_index import LexicalWriter
from indexers.manifest import MANIFEST
from indexers.records import Record
from indexers.store_files import EXACT, INDEX, LEXICAL, Listing, Making, refuse_twice, seal
from indexers.swap import beside, swapped_in
from indexers.vector_index import VectorKind, kind_for, write_index
from indexers.vectors import embedded_text


def build_store(
    path: Path,
    records: Iterable[Record],
    encoder: Encoder,
    *,
    kind: Literal["auto"] | VectorKind = "auto",
    vectors: NDArray[np.float32] | None = None,
    full_text: Mapping[str, Path] | None = None,
    device: Device = "cpu",
    progress: Progress | None = None,
) -> None:
    """Build a store, or replace the one at `path`; see `Store.build`."""
    journal = beside(path.resolve(), "embedding")
    told = progress or (lambda _done, _total: None)
    with swapped_in(path, MANIFEST) as folder:
        if vectors is None:
            with GrowingVectors(journal, encoder) as growing:
                listing = _stream(path, folder, records, told, growing)
                growing.finish(folder / EXACT)
        else:
            listing = _stream(path, folder, records, told, None)
            check_vectors(path, vectors, len(listing.numbers), encoder.dimension)
            _write_rows(folder / EXACT, vectors)
        rows = mapped_vectors(folder / EXACT, listing.next_number, encoder.dimension)
        chosen = kind_for(len(listing.numbers)) if kind == "auto" else kind
        write_index(folder / INDEX, rows, listing.numbers, chosen, device=device)
        texts = pack_full_texts(folder, listing.ids, full_text or {})
        seal(folder, listing, rows, Making.by(encoder, chosen), texts)
    GrowingVectors.forget(journal)


def _stream(
    path: Path,
    folder: Path,
    records: Iterable[Record],
    progress: Progress,
    growing: GrowingVectors | None,
) -> Listing:
    """Index the words of all records, and their vectors if they are to be made; list them."""
    ids: dict[str, None] = {}
    digests = bytearray()
    with LexicalWriter(folder / LEXICAL) as words:
        for chunk in _chunks(records):
            done = len(ids)
            for record in chunk:
                if record.record_id in ids:
                    raise refuse_twice(path, record.record_id)
                words.add(len(ids), record)
                ids[record.record_id] = None
                digests += record_digest(record)
            if growing is None:
                progress(len(ids), 0)
            else:
                texts = [embedded_text(record) for record in chunk]
                growing.add(texts, lambda n, _of, done=done: progress(done + n, 0))  # type: ignore[misc]
        if not ids:
            raise StoreError(f"{path}: expected at least one record to index, found none")
    progress(len(ids), len(ids))
    return Listing(
        numbers=np.arange(len(ids), dtype=np.int64),
        ids=tuple(ids),
        digests=np.frombuffer(digests, dtype=np.uint8).reshape(-1, DIGEST_BYTES),
        next_number=len(ids),
    )


def _chunks(records: Iterable[Record]) -> Iterator[list[Record]]:
    stream = iter(records)
    while chunk := list(islice(stream, CHUNK)):
        yield chunk


def _write_rows(path: Path, vectors: NDArray[np.float32]) -> None:
    with path.open("wb") as target:
        for start in range(0, len(vectors), CHUNK):
            target.write(np.ascontiguousarray(vectors[start : start + CHUNK], dtype="<f4").data)
