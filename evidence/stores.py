"""Stores from the command line: build, update, search.

A place of a store is a folder, or an address of Milvus (indexers.milvus.address).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evidence.errors import SourceError
from indexers.encoder import Device
from indexers.encoders import EncoderName
from indexers.milvus.address import is_milvus
from indexers.records import Record
from indexers.vector_index import VectorKind

if TYPE_CHECKING:
    from evidence.ray_build import RayBuild
    from evidence.sources import Sources
    from indexers.encoder import Encoder
    from indexers.manifest import IndexedFile
    from indexers.record_store import MadeBy, RecordStore
    from indexers.store_update import UpdateOutcome
    from retrievers.hybrid import HybridRetriever

Kind = Literal["auto"] | VectorKind
Progress = Callable[[int, int], None]


def store_retriever(store: RecordStore, encoder: Encoder | None = None) -> HybridRetriever:
    """Words and meaning over one store, fused by reciprocal rank.

    Args:
        store: What is searched.
        encoder: The one that made its vectors, if it is loaded already.
    """
    from indexers.encoders import encoder_of
    from retrievers.dense import DenseRetriever
    from retrievers.hybrid import HybridRetriever
    from retrievers.lexical import LexicalRetriever

    dense = DenseRetriever(store, encoder or encoder_of(store.manifest))
    return HybridRetriever([LexicalRetriever(store), dense])


def build_store(
    sources: Sequence[Path],
    store_path: Path,
    *,
    kind: Kind,
    encoder: EncoderName,
    device: Device,
    progress: Progress,
    on_ray: RayBuild | None = None,
) -> dict[str, Any]:
    """Build a store from files of records, articles and guidelines; returns its counts.

    Raises:
        SourceError: A source is missing or cannot be read.
        StoreError: No record was found, or the store cannot be written.
        ClusterError: Ray's workers are not there, or were lost again and again.
    """
    if on_ray is not None:
        from evidence.ray_build import sharded_sources

        with sharded_sources(sources, encoder, device, on_ray) as (reading, made_by):
            return _build(reading, store_path, made_by, kind, device, progress)
    from evidence.sources import Sources
    from indexers.encoders import named_encoder

    made_by = named_encoder(encoder, device)
    return _build(Sources(sources), store_path, made_by, kind, device, progress)


def _build(
    reading: Sources,
    store_path: Path,
    made_by: Encoder,
    kind: Kind,
    device: Device,
    progress: Progress,
) -> dict[str, Any]:
    if is_milvus(store_path):
        from indexers.milvus.build import build

        build(
            store_path,
            reading,
            made_by,
            kind=kind,
            full_text=reading.full_text,
            progress=progress,
        )
    else:
        from indexers.store import Store

        Store.build(
            store_path,
            reading,
            made_by,
            kind=kind,
            full_text=reading.full_text,
            device=device,
            progress=progress,
        )
    if reading.revised:
        _update(store_path, reading.revised.values(), made_by, {}, device)
    deleted = _delete_those_stored(store_path, reading.deleted)
    _note_files(store_path, (), reading)
    return _counts(store_path) | {"deleted": deleted} | reading.told()


def update_store(
    sources: Sequence[Path], store_path: Path, *, device: Device, progress: Progress
) -> dict[str, Any]:
    """Add, replace and delete records of a store; returns how many, and the store's counts.

    Raises:
        SourceError: A source is missing or cannot be read, or none holds a record.
        StoreError: The store is missing, damaged or of an encoder that is not there.
    """
    from evidence.sources import Sources
    from indexers.encoders import encoder_of

    reading = Sources(sources)
    records = reading.latest()
    encoder = encoder_of(_made_by(store_path), device)
    if not records and not reading.deleted:
        raise SourceError(sources[0], "expected at least one record")
    earlier = _indexed_files(store_path)
    outcome = _update(store_path, records, encoder, reading.full_text, device, progress)
    deleted = _delete_those_stored(store_path, reading.deleted)
    deleted += _delete_older_passages(store_path, reading.guidelines, records)
    if earlier is not None:
        _note_files(store_path, earlier, reading)
    return outcome._asdict() | _counts(store_path) | {"deleted": deleted} | reading.told()


def delete_from_store(store_path: Path, record_ids: Iterable[str]) -> int:
    """Delete records of a store; returns how many.

    Raises:
        StoreError: An id is not in the store, or none would be left; nothing is changed then.
    """
    if is_milvus(store_path):
        from indexers.milvus import update as milvus_update

        return milvus_update.delete(store_path, record_ids)
    from indexers.store_update import delete

    earlier = _indexed_files(store_path)
    n_deleted = delete(store_path, record_ids)
    if earlier is not None:
        _note_files(store_path, earlier)
    return n_deleted


def _indexed_files(store_path: Path) -> tuple[IndexedFile, ...] | None:
    """The files that a store was filled from; None where it does not tell, as none in Milvus."""
    if is_milvus(store_path):
        return None
    from indexers.store import Store

    return Store.open(store_path).manifest.indexed_files


def _note_files(
    store_path: Path, earlier: Sequence[IndexedFile], reading: Sources | None = None
) -> None:
    """List the files that a store was filled from, for an update writes its manifest anew."""
    if is_milvus(store_path):
        return
    from indexers.indexed_files import indexed_files, note_indexed_files

    counts = {} if reading is None else reading.counts
    read = indexed_files({file: count.n_records for file, count in counts.items()})
    note_indexed_files(store_path, [*earlier, *read])


def store_info(store_path: Path) -> dict[str, Any]:
    """The manifest of a store; for one in Milvus, also a build of it that was stopped.

    Raises:
        StoreError: There is no store, or it is damaged.
    """
    if is_milvus(store_path):
        from indexers.milvus.store import MilvusStore

        return MilvusStore.open(store_path).info()
    from indexers.store import Store

    return Store.open(store_path).manifest.model_dump(mode="json")


def _update(
    store_path: Path,
    records: Iterable[Record],
    encoder: Encoder,
    full_text: Mapping[str, Path],
    device: Device,
    progress: Progress | None = None,
) -> UpdateOutcome:
    if is_milvus(store_path):
        from indexers.milvus import update as milvus_update

        return milvus_update.update(
            store_path, records, encoder, full_text=full_text, progress=progress
        )
    from indexers.store_update import update

    return update(
        store_path, records, encoder, full_text=full_text, device=device, progress=progress
    )


def _made_by(store_path: Path) -> MadeBy:
    """Who made a store's vectors; a store in Milvus may be half changed, to be updated again."""
    if is_milvus(store_path):
        from indexers.milvus.update import made_by

        return made_by(store_path)
    from indexers.store import Store

    return Store.open(store_path).manifest


def _delete_those_stored(store_path: Path, record_ids: dict[str, None]) -> int:
    """Delete PubMed's records that the store holds; PubMed's lists name others too."""
    from indexers.stores import open_store

    if not record_ids:
        return 0
    store = open_store(store_path)
    stored = sorted(record_ids.keys() & set(store.record_ids()))
    return delete_from_store(
        store_path, [pmid for pmid in stored if store.record(pmid).pmid == pmid]
    )


def _delete_older_passages(
    store_path: Path, guidelines: Iterable[str], records: Sequence[Record]
) -> int:
    """Delete the passages of earlier editions of guidelines; their ids hold the text's digest."""
    from indexers.guideline_records import SOURCE
    from indexers.stores import open_store

    heads = tuple(f"{stem}#" for stem in guidelines)
    if not heads:
        return 0
    store = open_store(store_path)
    given = {record.record_id for record in records}
    older = [i for i in store.record_ids() if i.startswith(heads) and i not in given]
    return delete_from_store(store_path, [i for i in older if store.record(i).source == SOURCE])


def _counts(store_path: Path) -> dict[str, Any]:
    from indexers.stores import open_store

    store = open_store(store_path)
    return {
        "store": store.name,
        "n_records": len(store),
        "kind": store.manifest.kind,
        "encoder": store.manifest.encoder_name,
        "index_digest": store.index_digest,
    }
