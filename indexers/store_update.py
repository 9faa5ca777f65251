"""Add, replace and delete records of a store without embedding or indexing the others again.

The new store takes over the files that stay as they are, and is swapped in as a build's is: a
killed update leaves the old one whole.

BM25 in an index that marks records as deleted still counts their words. So the words of a small
store are indexed anew whenever a record is replaced or deleted, and those of a large one once its
superseded records are too many; until then the manifest tells how many they are.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexers.catalogue import DIGEST_BYTES, record_digest
from indexers.encoder import Device, Encoder, Progress
from indexers.errors import StoreError
from indexers.exact_vectors import check_vectors, link_or_copy, mapped_vectors
from indexers.full_text import pack_full_texts, xml_bytes
from indexers.lexical_index import LexicalWriter
from indexers.manifest import MANIFEST, StoredFile, StoredFullText
from indexers.records import Record
from indexers.store import Store
from indexers.store_files import EXACT, INDEX, LEXICAL, Listing, Making, refuse_twice, seal
from indexers.swap import swapped_in
from indexers.vector_index import write_revised_index
from indexers.vectors import embedded_text

SMALL = 50_000
"""Records whose words are indexed anew in some seconds."""

MOST_SUPERSEDED = 0.05
"""Share of the records of a large store whose old words may still be counted."""


class UpdateOutcome(NamedTuple):
    """How many records an update added, replaced and found unchanged."""

    added: int
    replaced: int
    unchanged: int


@dataclass
class _Change:
    """What an update does to a store; numbers are those of the records."""

    added: dict[int, Record] = field(default_factory=dict)
    replaced: dict[int, Record] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    vectors: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    texts: dict[str, Path] = field(default_factory=dict)


def update(
    path: Path,
    records: Iterable[Record],
    encoder: Encoder,
    *,
    full_text: Mapping[str, Path] | None = None,
    device: Device = "cpu",
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
        device: Where the index is made, if it must be made anew.
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
    given = _by_id(path, records)
    places = {record_id: place for place, record_id in enumerate(store.catalogue.all_ids())}
    change = _Change()
    numbers, digests = store.catalogue.numbers, store.catalogue.digests
    for record_id, record in given.items():
        place = places.get(record_id)
        if place is None:
            change.added[made.next_number + len(change.added)] = record
        elif digests[place].tobytes() != record_digest(record):
            change.replaced[int(numbers[place])] = record
    new_ids = {record.record_id for record in change.added.values()}
    change.texts = _changed_texts(store, full_text or {}, places.keys() | new_ids)
    replaced = {r.record_id for r in change.replaced.values()} | (change.texts.keys() - new_ids)
    if new_ids or replaced:
        _embed(store, change, encoder, progress)
        _write(store, change, device)
    return UpdateOutcome(
        len(new_ids), len(replaced), sum(i not in new_ids and i not in replaced for i in given)
    )


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
    catalogue = store.catalogue
    stored = dict(zip(catalogue.all_ids(), catalogue.numbers.tolist(), strict=True))
    for record_id in chosen:
        if record_id not in stored:
            raise StoreError(
                f"{path}: expected ids of records of this store, not {record_id!r}; "
                "nothing was deleted"
            )
    if len(chosen) == len(stored):
        raise StoreError(
            f"{path}: expected to keep at least one record; to delete all, remove the folder"
        )
    _write(store, _Change(deleted={stored[record_id] for record_id in chosen}), "cpu")
    return len(chosen)


def _by_id(path: Path, records: Iterable[Record]) -> dict[str, Record]:
    given: dict[str, Record] = {}
    for record in records:
        if record.record_id in given:
            raise refuse_twice(path, record.record_id)
        given[record.record_id] = record
    return given


def _embed(store: Store, change: _Change, encoder: Encoder, progress: Progress | None) -> None:
    """Make the vectors of new records, and of those whose title or abstract changed."""
    texts = {
        number: embedded_text(record)
        for number, record in change.replaced.items()
        if embedded_text(record) != embedded_text(store.record(record.record_id))
    } | {number: embedded_text(record) for number, record in change.added.items()}
    if texts:
        vectors = encoder.encode(list(texts.values()), progress)
        check_vectors(store.path, vectors, len(texts), store.manifest.dimension)
        change.vectors = dict(zip(texts, vectors, strict=True))


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


def _write(before: Store, change: _Change, device: Device) -> None:
    """Swap in the store as it is after the change."""
    path, made = before.path, before.manifest
    with swapped_in(path, MANIFEST) as folder:
        current = Store.open(path)  # a swap that another writer left half done is mended by now
        if current.manifest != made:
            raise StoreError(f"{path}: another writer changed the store meanwhile; start again")
        listing = _listing(current, change)
        linked, n_superseded = _write_words(folder, current, change)
        rows = _write_rows(folder, current, change, listing.next_number)
        write_revised_index(
            folder / INDEX,
            current.check_file(INDEX),
            rows,
            listing.numbers,
            made.kind,
            gone=_sorted_numbers(change.deleted | (change.replaced.keys() & change.vectors.keys())),
            new=_sorted_numbers(change.vectors.keys()),
            device=device,
        )
        texts, linked_texts = _write_texts(folder, current, change, listing)
        making = Making(made.encoder_name, made.encoder_digest, made.dimension, made.kind)
        seal(
            folder,
            listing,
            rows,
            making,
            texts,
            n_superseded=n_superseded,
            linked=linked | linked_texts,
        )


def _sorted_numbers(numbers: Iterable[int]) -> NDArray[np.int64]:
    return np.array(sorted(numbers), dtype=np.int64)


def _listing(store: Store, change: _Change) -> Listing:
    catalogue = store.catalogue
    digests = np.array(catalogue.digests)
    replaced = np.searchsorted(catalogue.numbers, list(change.replaced))
    for place, record in zip(replaced.tolist(), change.replaced.values(), strict=True):
        digests[place] = np.frombuffer(record_digest(record), dtype=np.uint8)
    kept = ~np.isin(catalogue.numbers, _sorted_numbers(change.deleted))
    new = b"".join(record_digest(record) for record in change.added.values())
    added = np.frombuffer(new, dtype=np.uint8).reshape(-1, DIGEST_BYTES)
    ids = [i for i, stays in zip(catalogue.all_ids(), kept.tolist(), strict=True) if stays]
    return Listing(
        numbers=np.concatenate([catalogue.numbers[kept], _sorted_numbers(change.added)]),
        ids=[*ids, *(record.record_id for record in change.added.values())],
        digests=np.concatenate([digests[kept], added]),
        next_number=store.manifest.next_number + len(change.added),
    )


def _write_words(folder: Path, store: Store, change: _Change) -> tuple[dict[str, StoredFile], int]:
    """Write the lexical index; returns the files taken over and the superseded records."""
    gone = change.deleted | change.replaced.keys()
    n_superseded = store.manifest.n_superseded + len(gone)
    n_left = len(store) - len(change.deleted)
    anew = n_superseded > (0 if n_left <= SMALL else MOST_SUPERSEDED * n_left)
    linked: dict[str, StoredFile] = {}
    if not anew:
        linked = _linked(folder, store, LEXICAL)
    with LexicalWriter(folder / LEXICAL) as words:
        if anew:
            for number, record in store.lexical.numbered_records():
                if number not in change.deleted:
                    words.add(number, change.replaced.get(number, record))
        else:
            if gone:
                words.remove(sorted(gone))
            for number, record in sorted(change.replaced.items()):
                words.add(number, record)
        for number, record in change.added.items():
            words.add(number, record)
    left = {path: file for path, file in linked.items() if (folder / path).is_file()}
    return left, 0 if anew else n_superseded


def _linked(folder: Path, store: Store, part: str) -> dict[str, StoredFile]:
    """Take over the files of a part of the store that are never written again."""
    taken: dict[str, StoredFile] = {}
    (folder / part).mkdir()
    for file in store.manifest.files:
        if file.path.startswith(f"{part}/"):
            link_or_copy(store.file(file.path), folder / file.path)
            if not file.path.endswith(".json"):  # Tantivy replaces its lists of segments
                taken[file.path] = file
    return taken


def _write_rows(folder: Path, store: Store, change: _Change, n_rows: int) -> NDArray[np.float32]:
    """Copy the vectors with those that changed and the new ones."""
    target = folder / EXACT
    dimension = store.manifest.dimension
    source = store.check_file(EXACT)
    if change.vectors:
        shutil.copyfile(source, target)
        with target.open("r+b") as rows:
            for number, vector in sorted(change.vectors.items()):
                rows.seek(number * dimension * 4)
                rows.write(np.ascontiguousarray(vector, dtype="<f4").data)
    else:
        link_or_copy(source, target)
    return mapped_vectors(target, n_rows, dimension)


def _write_texts(
    folder: Path, store: Store, change: _Change, listing: Listing
) -> tuple[dict[str, StoredFullText], dict[str, StoredFile]]:
    """Pack new full texts and take over the others; returns them all, and the files taken over."""
    texts = pack_full_texts(folder, listing.ids, change.texts)
    linked: dict[str, StoredFile] = {}
    files = {file.path: file for file in store.manifest.files}
    for record_id in listing.ids:
        entry = store.manifest.full_text.get(record_id)
        if entry is None or record_id in texts:
            continue
        target = folder / entry.path
        if target.exists():  # ids that differ by case only, where file names ignore case
            raise StoreError(f"{store.path}: expected a file name of its own for {record_id!r}")
        link_or_copy(store.check_file(entry.path), target)
        texts[record_id] = entry
        linked[entry.path] = files[entry.path]
    return texts, linked
