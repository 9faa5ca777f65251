"""Stores from the command line: build, update, search, calibrate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evidence.errors import SourceError
from indexers.encoder import Device
from indexers.encoders import EncoderName
from indexers.records import Record
from indexers.vector_index import VectorKind

if TYPE_CHECKING:
    from indexers.store import Store
    from retrievers.certificate import ContextCount
    from retrievers.hybrid import HybridRetriever

Kind = Literal["auto"] | VectorKind
Progress = Callable[[int, int], None]


def store_retriever(store: Store) -> HybridRetriever:
    """Words and meaning over one store, fused by reciprocal rank."""
    from indexers.encoders import encoder_of
    from retrievers.dense import DenseRetriever
    from retrievers.hybrid import HybridRetriever
    from retrievers.lexical import LexicalRetriever

    dense = DenseRetriever(store, encoder_of(store.manifest))
    return HybridRetriever([LexicalRetriever(store), dense])


def build_store(
    sources: Sequence[Path],
    store_path: Path,
    *,
    kind: Kind,
    encoder: EncoderName,
    device: Device,
    progress: Progress,
) -> dict[str, Any]:
    """Build a store from files of records, articles and guidelines; returns its counts.

    Raises:
        SourceError: A source is missing or cannot be read.
        StoreError: No record was found, or the store cannot be written.
    """
    from evidence.sources import Sources
    from indexers.encoders import named_encoder
    from indexers.store import Store
    from indexers.store_update import update

    made_by = named_encoder(encoder, device)
    reading = Sources(sources)
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
        update(store_path, reading.revised.values(), made_by, device=device)
    deleted = _delete_those_stored(store_path, reading.deleted)
    return _counts(store_path) | {"deleted": deleted, "books_skipped": reading.n_books}


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
    from indexers.store import Store
    from indexers.store_update import update

    reading = Sources(sources)
    records = reading.latest()
    encoder = encoder_of(Store.open(store_path).manifest, device)
    if not records and not reading.deleted:
        raise SourceError(sources[0], "expected at least one record")
    outcome = update(
        store_path,
        records,
        encoder,
        full_text=reading.full_text,
        device=device,
        progress=progress,
    )
    deleted = _delete_those_stored(store_path, reading.deleted)
    deleted += _delete_older_passages(store_path, reading.guidelines, records)
    return (
        outcome._asdict()
        | _counts(store_path)
        | {"deleted": deleted, "books_skipped": reading.n_books}
    )


def calibrate_store(
    questions_path: Path,
    store_path: Path,
    alpha: float,
    delta: float,
    out: Path,
    progress: Progress,
) -> tuple[ContextCount, int]:
    """Certify a number of contexts and write the certificate.

    Returns:
        The certificate, and how many questions were left out because the store lacks their gold.

    Raises:
        SourceError: The questions cannot be read, or the store holds the gold of none.
    """
    from indexers.store import Store
    from retrievers.certificate import write_certificate
    from retrievers.contexts import calibrate
    from retrievers.questions import read_questions, with_ids_of

    store = Store.open(store_path)
    asked = read_questions(questions_path).questions
    inside, outside = with_ids_of(asked, store.records())
    if not inside:
        raise SourceError(questions_path, f"expected gold records that {store_path} holds")
    certificate = calibrate(
        inside, store, store_retriever(store), alpha=alpha, delta=delta, progress=progress
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_certificate(out, certificate)
    return certificate, len(outside)


def _delete_those_stored(store_path: Path, record_ids: dict[str, None]) -> int:
    """Delete PubMed's records that the store holds; PubMed's lists name others too."""
    from indexers.store import Store
    from indexers.store_update import delete

    if not record_ids:
        return 0
    store = Store.open(store_path)
    stored = sorted(record_ids.keys() & set(store.catalogue.all_ids()))
    return delete(store_path, [pmid for pmid in stored if store.record(pmid).pmid == pmid])


def _delete_older_passages(
    store_path: Path, guidelines: Iterable[str], records: Sequence[Record]
) -> int:
    """Delete the passages of earlier editions of guidelines; their ids hold the text's digest."""
    from indexers.guideline_records import SOURCE
    from indexers.store import Store
    from indexers.store_update import delete

    heads = tuple(f"{stem}#" for stem in guidelines)
    if not heads:
        return 0
    store = Store.open(store_path)
    given = {record.record_id for record in records}
    older = [i for i in store.catalogue.all_ids() if i.startswith(heads) and i not in given]
    return delete(store_path, [i for i in older if store.record(i).source == SOURCE])


def _counts(store_path: Path) -> dict[str, Any]:
    from indexers.store import Store

    store = Store.open(store_path)
    return {
        "store": str(store_path),
        "n_records": len(store),
        "kind": store.manifest.kind,
        "encoder": store.manifest.encoder_name,
        "index_digest": store.index_digest,
    }
