"""Add, replace and delete records of a store in Milvus.

The manifest says `changing` while records are written, and readers are refused until it says
`whole` again. An update that was killed leaves it so; the next one reads what is there, sums it up
again, and goes on. One writer at a time: a second one is found out at the end, not kept away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from indexers.encoder import Encoder, Progress
from indexers.errors import StoreError
from indexers.exact_vectors import CHUNK
from indexers.full_text import xml_bytes
from indexers.milvus.address import milvus_address
from indexers.milvus.build import drop_collections
from indexers.milvus.client import connect, told
from indexers.milvus.filling import Filling, chunks, is_same
from indexers.milvus.manifest import MilvusManifest, read_manifest, write_manifest
from indexers.milvus.rows import record_id_of
from indexers.milvus.store import MilvusStore
from indexers.milvus.texts import delete_text, digests_of_texts, text_member
from indexers.records import Record
from indexers.set_digest import SetDigest
from indexers.store_update import UpdateOutcome


def update(
    place: Path | str,
    records: Iterable[Record],
    encoder: Encoder,
    *,
    full_text: Mapping[str, Path] | None = None,
    progress: Progress | None = None,
) -> UpdateOutcome:
    """Add records whose id is new, and replace those whose content changed.

    Only new records and those with another title or abstract are embedded. When nothing changed,
    nothing is written.

    Args:
        place: The store's address.
        records: New and revised records; record ids must differ.
        encoder: The encoder that the store was built with.
        full_text: JATS files by record id. One that differs from the stored full text replaces
            it, and its record counts as replaced; those of records not in the store stay out.
        progress: Called with the records read so far, and 0 until all have been.

    Raises:
        StoreError: No store, another encoder, a record id twice, or Milvus refuses.
        SourceError: A full text cannot be read.
    """
    change = _Change(place)
    made = change.filling.manifest
    if made.encoder_digest != encoder.digest:
        raise StoreError(
            f"{change.filling.address}: built with {made.encoder_name} "
            f"({made.encoder_digest[:12]}), not {encoder.name} ({encoder.digest[:12]}); "
            "rebuild with: evidence index build"
        )
    seen: dict[str, None] = {}
    added, replaced, unchanged = 0, 0, 0
    said = progress or (lambda _done, _total: None)
    for chunk in chunks(records):
        for record in chunk:
            if record.record_id in seen:
                raise StoreError(
                    f"{change.filling.address}: record id {record.record_id!r} stands for two "
                    "records; make ids differ"
                )
            seen[record.record_id] = None
        n_new, changed = _put(change, chunk, encoder)
        changed |= _put_texts(change, [record.record_id for record in chunk], full_text or {})
        added, replaced = added + n_new, replaced + len(changed) - n_new
        unchanged += len(chunk) - len(changed)
        said(len(seen), 0)
    others = [record_id for record_id in full_text or {} if record_id not in seen]
    held = change.filling.held(others)
    replaced += len(_put_texts(change, [name for name in others if name in held], full_text or {}))
    change.end()
    said(len(seen), len(seen))
    return UpdateOutcome(added, replaced, unchanged)


def delete(place: Path | str, record_ids: Iterable[str]) -> int:
    """Delete records with their full texts.

    Returns:
        How many were deleted; an id given twice counts once.

    Raises:
        StoreError: An id is not in the store, or none would be left; nothing is changed then.
    """
    chosen = list(dict.fromkeys(record_ids))
    if not chosen:
        return 0
    change = _Change(place)
    held = change.filling.held(chosen)
    for record_id in chosen:
        if record_id not in held:
            raise StoreError(
                f"{change.filling.address}: expected ids of records of this store, not "
                f"{record_id!r}; nothing was deleted"
            )
    if len(chosen) == change.filling.n_records:
        raise StoreError(
            f"{change.filling.address}: expected to keep at least one record; to delete all, drop "
            "the collection"
        )
    change.begin()
    change.filling.remove(chosen)
    change.end()
    return len(chosen)


def made_by(place: Path | str) -> MilvusManifest:
    """The manifest of a store that may be half changed.

    Raises:
        StoreError: There is no store, or its manifest is damaged.
    """
    address = milvus_address(place)
    found = read_manifest(connect(address), address)
    return MilvusStore.open(place).manifest if found is None else found


class _Change:
    """One change of a store: the manifest says so from the first write to the end."""

    def __init__(self, place: Path | str) -> None:
        address = milvus_address(place)
        client = connect(address)
        found = read_manifest(client, address)
        if found is None:
            MilvusStore.open(place)  # says what there is instead
            raise StoreError(f"{address}: a store was built meanwhile; start again")
        drop_collections(client, address, found.previous)  # a killed build may have left it
        with told(address):
            client.load_collection(found.collection)
        contents = SetDigest(found.contents)
        self.filling = Filling(client, address, found, contents)
        self._told: MilvusManifest | None = None
        if found.state != "whole":
            self._told = found
            self._count_again()

    def begin(self) -> None:
        """Say in the manifest that the store is being changed; once."""
        if self._told is None:
            filling = self.filling
            changing = filling.manifest.model_copy(update={"state": "changing", "previous": ""})
            self._told = write_manifest(filling.client, filling.address, changing)

    def end(self) -> None:
        """Say that the store is whole again, if anything was written."""
        if self._told is None:
            return
        filling = self.filling
        filling.settle()
        if read_manifest(filling.client, filling.address) != self._told:
            raise StoreError(
                f"{filling.address}: another writer changed the store meanwhile; start again, and "
                "let one write at a time"
            )
        made = filling.manifest
        whole = made.whole(made.kind, filling.contents, filling.n_records, filling.n_full_text)
        write_manifest(filling.client, filling.address, whole.model_copy(update={"previous": ""}))

    def _count_again(self) -> None:
        """Sum up what a killed update left; a full text without all its parts goes."""
        filling = self.filling
        store = MilvusStore(filling.address, filling.manifest, filling.client)
        filling.contents, filling.n_records, filling.n_full_text = SetDigest(), 0, 0
        for row in store.all_rows(["row_digest"]):
            filling.keep(row)
        with told(filling.address):
            if not filling.client.has_collection(filling.manifest.texts):
                return
            filling.client.load_collection(filling.manifest.texts)
        for record_id in sorted(_ids_of_texts(filling)):
            with told(filling.address):
                found = digests_of_texts(filling.client, filling.manifest.texts, [record_id])
                if record_id not in found:
                    delete_text(filling.client, filling.manifest.texts, record_id)
                    continue
            filling.contents.add(text_member(record_id, found[record_id]))
            filling.n_full_text += 1


def _ids_of_texts(filling: Filling) -> set[str]:
    found: set[str] = set()
    with told(filling.address):
        pages = filling.client.query_iterator(
            filling.manifest.texts, batch_size=CHUNK, output_fields=["record_id"]
        )
        while page := pages.next():
            found |= {record_id_of(row["record_id"]) for row in page}
        pages.close()
    return found


def _put(change: _Change, chunk: list[Record], encoder: Encoder) -> tuple[int, set[str]]:
    """Write the new and the changed records of a chunk; how many are new, and the ids of all."""
    there = change.filling.rows_of(chunk, ["record_digest"])
    changed = [
        record
        for record in chunk
        if record.record_id not in there or not is_same(there[record.record_id], record)
    ]
    if changed:
        old = [record for record in changed if record.record_id in there]
        before = change.filling.rows_of(old, ["row_digest", "text", "embedding"]) if old else {}
        change.begin()
        change.filling.put(changed, encoder, before)
    return sum(r.record_id not in there for r in changed), {r.record_id for r in changed}


def _put_texts(
    change: _Change, record_ids: Sequence[str], full_text: Mapping[str, Path]
) -> set[str]:
    """Write those full texts of these records that are not the stored ones; returns whose."""
    wanted = [record_id for record_id in record_ids if record_id in full_text]
    if not wanted:
        return set()
    before = change.filling.text_digests(wanted)
    written = set()
    for record_id in wanted:
        xml = xml_bytes(full_text[record_id])
        if hashlib.sha256(xml).hexdigest() != before.get(record_id):
            change.begin()
            change.filling.put_text(record_id, xml, before.get(record_id))
            written.add(record_id)
    return written
