"""Add, replace and delete records of a store without embedding the others again.

The vectors, numbers and full texts of records that stay are copied. The words of all records are
indexed anew, because BM25 in an index that only marks deleted records would still count them; so
is the graph of an `hnsw` store, which cannot forget a vector. The new store is swapped in as a
build's is: a killed update leaves the old one whole.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexers.encoder import Encoder, Progress
from indexers.errors import StoreError
from indexers.full_text import pack_full_texts, xml_bytes
from indexers.manifest import MANIFEST, StoredFullText
from indexers.records import Record
from indexers.store import Store
from indexers.store_files import (
    Contents,
    Making,
    check_vectors,
    distinct_records,
    seal,
    write_indexes,
)
from indexers.swap import swapped_in
from indexers.vectors import embedded_text


class UpdateOutcome(NamedTuple):
    """How many records an update added, replaced and found unchanged."""

    added: int
    replaced: int
    unchanged: int


def update(
    path: Path,
    records: Iterable[Record],
    encoder: Encoder,
    *,
    full_text: Mapping[str, Path] | None = None,
    progress: Progress | None = None,
) -> UpdateOutcome:
    """Add records whose id is new, and replace those whose content changed.

    A new record takes the next number and a replaced one keeps its own; the kind of the index
    stays. Only new records and those with another title or abstract are embedded. When nothing
    changed, nothing is written.

    Args:
        path: The store's folder.
        records: New and revised records; record ids must differ.
        encoder: The encoder that the store was built with.
        full_text: JATS files by record id. One that differs from the stored full text replaces
            it, and its record counts as replaced; those of records not in the store stay out.
        progress: Called with the records encoded and the records to encode.

    Raises:
        StoreError: No store, another encoder, a record id twice, or a damaged store.
        SourceError: A full text cannot be read.
    """
    store = Store.open(path)
    made = store.manifest
    if made.encoder_digest != encoder.digest:
        raise StoreError(
            f"{path}: built with {made.encoder_name} ({made.encoder_digest[:12]}), "
            f"not {encoder.name} ({encoder.digest[:12]}); rebuild with: evidence index build"
        )
    given = distinct_records(path, records)
    old = store.contents()
    places = {record.record_id: place for place, record in enumerate(old.records)}
    added = [record for record in given if record.record_id not in places]
    revised = {
        places[record.record_id]: record
        for record in given
        if record.record_id in places and record != old.records[places[record.record_id]]
    }
    new_ids = {record.record_id for record in added}
    texts = _changed_texts(store, full_text or {}, places.keys() | new_ids)
    replaced = {old.records[place].record_id for place in revised} | (texts.keys() - new_ids)
    outcome = UpdateOutcome(
        len(added),
        len(replaced),
        sum(r.record_id not in new_ids and r.record_id not in replaced for r in given),
    )
    if added or replaced:
        contents = _revised(path, old, revised, added, encoder, progress)
        _write(store, contents, texts)
    return outcome


def delete(path: Path, record_ids: Iterable[str]) -> int:
    """Delete records with their full texts; their numbers are not used again.

    Returns:
        How many were deleted; an id given twice counts once.

    Raises:
        StoreError: An id is not in the store, or none would be left; nothing is changed then.
    """
    store = Store.open(path)
    chosen = dict.fromkeys(record_ids)
    if not chosen:
        return 0
    old = store.contents()
    stored = {record.record_id for record in old.records}
    for record_id in chosen:
        if record_id not in stored:
            raise StoreError(
                f"{path}: expected ids of records of this store, not {record_id!r}; "
                "nothing was deleted"
            )
    kept = [n for n, record in enumerate(old.records) if record.record_id not in chosen]
    if not kept:
        raise StoreError(
            f"{path}: expected to keep at least one record; to delete all, remove the folder"
        )
    contents = Contents(
        numbers=old.numbers[kept],
        records=[old.records[place] for place in kept],
        vectors=old.vectors[kept],
        next_number=old.next_number,
    )
    _write(store, contents, {})
    return len(chosen)


def _revised(
    path: Path,
    old: Contents,
    revised: Mapping[int, Record],
    added: list[Record],
    encoder: Encoder,
    progress: Progress | None,
) -> Contents:
    records = [*old.records, *added]
    for place, record in revised.items():
        records[place] = record
    reworded = sorted(
        place
        for place, record in revised.items()
        if embedded_text(record) != embedded_text(old.records[place])
    )
    to_encode = [*reworded, *range(len(old.records), len(records))]
    vectors: NDArray[np.float32] = np.zeros((len(records), old.vectors.shape[1]), dtype=np.float32)
    vectors[: len(old.records)] = old.vectors
    if to_encode:
        made = encoder.encode([embedded_text(records[place]) for place in to_encode], progress)
        check_vectors(path, made, len(to_encode), old.vectors.shape[1])
        vectors[to_encode] = made
    next_number = old.next_number + len(added)
    new_numbers = np.arange(old.next_number, next_number, dtype=np.int64)
    return Contents(np.concatenate([old.numbers, new_numbers]), records, vectors, next_number)


def _changed_texts(
    store: Store, full_text: Mapping[str, Path], record_ids: set[str]
) -> dict[str, Path]:
    """The full texts of these records that are not the stored ones."""
    changed: dict[str, Path] = {}
    for record_id, source in full_text.items():
        if record_id not in record_ids:
            continue
        entry = store.manifest.full_text.get(record_id)
        digest = hashlib.sha256(xml_bytes(source)).hexdigest()
        if entry is None or entry.xml_sha256 != digest:
            changed[record_id] = source
    return changed


def _write(before: Store, contents: Contents, texts: Mapping[str, Path]) -> None:
    """Swap in a store of these contents, with new full texts and those of `before`."""
    path, made = before.path, before.manifest
    making = Making(made.encoder_name, made.encoder_digest, made.dimension, made.kind)
    with swapped_in(path, MANIFEST) as folder:
        current = Store.open(path)  # a swap that another writer left half done is mended by now
        if current.manifest != made:
            raise StoreError(f"{path}: another writer changed the store meanwhile; start again")
        write_indexes(folder, contents, making.kind)
        packed = pack_full_texts(folder, contents.records, texts)
        kept = [r.record_id for r in contents.records if r.record_id not in texts]
        seal(folder, contents, making, packed | _copy_full_texts(current, kept, folder))


def _copy_full_texts(
    store: Store, record_ids: list[str], folder: Path
) -> dict[str, StoredFullText]:
    copied: dict[str, StoredFullText] = {}
    for record_id in record_ids:
        source = store.full_text_file(record_id)
        if source is not None:
            copied[record_id] = store.manifest.full_text[record_id]
            target = folder / copied[record_id].path
            if target.exists():  # ids that differ by case only, where file names ignore case
                raise StoreError(f"{store.path}: expected a file name of its own for {record_id!r}")
            shutil.copyfile(source, target)
    return copied
