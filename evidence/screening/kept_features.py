"""A project's features for screening, read once and kept in its folder.

    PROJECT/derived/screening_features.npz

The file says what it was made of: records, question, encoder and version of the program. Where that
is not what is asked for, or the file is damaged, the features are read again. It takes its place as
a whole, and one process at a time makes it, so that two do not do the same work twice. Where the
folder cannot be written the features are read each time. It is safe to delete.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from evidence.question import ClinicalQuestion
from evidence.screening.features import ScreeningFeatures, StepProgress, read_features
from indexers.catalogue import record_digest
from indexers.encoder import Encoder, EncoderError
from indexers.encoders import EncoderName, encoder_of, named_encoder
from indexers.errors import StoreError
from indexers.records import Record
from indexers.vectors import embedded_text

if TYPE_CHECKING:
    from evidence.project import Project
    from evidence.state import ReviewState
    from indexers.record_store import RecordStore

FORMAT_VERSION = 1
FILE = "screening_features.npz"
READERS = ("scipy.sparse", "indexers.stored_vectors")
"""What reading kept features imports: a fifth of a second."""


def project_features(
    project: Project, state: ReviewState, progress: StepProgress | None = None
) -> ScreeningFeatures:
    """The features of all records of a project, duplicates included, in the order of the search.

    Vectors are the store's; what the store lacks the encoder makes, which takes minutes for a
    thousand records. A project whose store is not there is read with the encoder that it names,
    and where that is not there either, with the static one.

    Raises:
        EncoderError: An encoder's package or files are missing.
    """
    records = [identified.record for identified in state.records.values()]
    encoder, store = _encoder_and_store(project)
    question, path = project.manifest.question, project.path / "derived" / FILE
    key = features_digest(records, question, encoder)
    kept = load_features(path, records, key)
    if kept is not None:
        return kept
    with _alone(path) as writable:
        kept = load_features(path, records, key) if writable else None
        if kept is None:
            vectors = _vectors(records, encoder, store, progress)
            kept = read_features(records, question, encoder, vectors, progress)
            if writable:
                with suppress(OSError):  # a full disk costs time at the next reading, no more
                    keep_features(path, kept, key)
    return kept


def project_encoder(project: Project) -> Encoder:
    """The encoder of the project's features."""
    return _encoder_and_store(project)[0]


def features_digest(records: Sequence[Record], question: ClinicalQuestion, encoder: Encoder) -> str:
    """SHA-256 over all that features depend on: records, question, encoder and program."""
    made_by = f"{FORMAT_VERSION} {version('evidence-synthesis')} {encoder.digest}"
    digest = hashlib.sha256(f"{made_by}\n{question.model_dump_json()}\n".encode())
    for record in records:
        digest.update(record_digest(record))
    return digest.hexdigest()


def keep_features(path: Path, features: ScreeningFeatures, key: str) -> None:
    """Write features; the file that was there is replaced as a whole.

    Raises:
        OSError: It cannot be written.
    """
    words = features.words
    arrays: dict[str, Any] = {
        "key": np.array(key),
        "data": words.data,
        "indices": words.indices,
        "indptr": words.indptr,
        "n_terms": np.array(words.shape[1]),
        "vectors": features.vectors,
        "zero_shot": features.zero_shot,
        "parts": np.array(list(features.parts), dtype=str),
        "verdicts": np.array(list(features.verdicts), dtype=str),
    }
    arrays |= {f"part.{n}": values for n, values in enumerate(features.parts.values())}
    arrays |= {f"verdict.{n}": values for n, values in enumerate(features.verdicts.values())}
    being_written = path.with_name(f".{path.name}")
    try:
        with being_written.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        being_written.replace(path)
    except OSError:
        being_written.unlink(missing_ok=True)
        raise


def load_features(path: Path, records: Sequence[Record], key: str) -> ScreeningFeatures | None:
    """The features that were kept; None when there are none, or damaged ones, or of others."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return _read(file, records) if str(file["key"]) == key else None
    except (OSError, EOFError, KeyError, ValueError, MemoryError, zipfile.BadZipFile):
        return None


def _read(file: Any, records: Sequence[Record]) -> ScreeningFeatures:
    """The features in an open file.

    Raises:
        ValueError: Arrays do not fit to one another, or to the records.
    """
    from scipy.sparse import csr_matrix

    n_records = len(records)
    parts = {str(name): file[f"part.{n}"] for n, name in enumerate(file["parts"])}
    verdicts = {str(name): file[f"verdict.{n}"] for n, name in enumerate(file["verdicts"])}
    words = csr_matrix(
        (file["data"], file["indices"], file["indptr"]), shape=(n_records, int(file["n_terms"]))
    )
    words.check_format(full_check=True)
    vectors, zero_shot = file["vectors"], file["zero_shot"]
    columns = [zero_shot, *parts.values(), *verdicts.values()]
    if vectors.ndim != 2 or {len(vectors), *map(len, columns)} != {n_records}:
        raise ValueError(f"expected {n_records} rows in each array")
    return ScreeningFeatures(
        record_ids=tuple(record.record_id for record in records),
        words=words,
        vectors=vectors,
        zero_shot=zero_shot,
        parts=parts,
        verdicts=verdicts,
    )


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Keep other processes from making the file; False where the folder cannot be written."""
    lock = FileLock(path.with_name(f".{path.stem}.lock"))
    try:
        path.parent.mkdir(exist_ok=True)
        lock.acquire()
    except (OSError, NotImplementedError):  # a folder, or a whole file system, without locks
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _encoder_and_store(project: Project) -> tuple[Encoder, RecordStore | None]:
    """The encoder of the project's vectors, and the store that has them."""
    from indexers.stores import open_store

    try:
        store = open_store(project.manifest.store)
        return encoder_of(store.manifest), store
    except (StoreError, EncoderError):
        return _named(project.manifest.encoder), None


def _named(model: str) -> Encoder:
    """The shipped encoder of that model's name; else the quickest."""
    names: tuple[EncoderName, ...] = get_args(EncoderName)
    for name in names:
        with suppress(EncoderError):
            encoder = named_encoder(name)
            if encoder.name == model:
                return encoder
    return named_encoder("static")


def _vectors(
    records: Sequence[Record],
    encoder: Encoder,
    store: RecordStore | None,
    progress: StepProgress | None,
) -> NDArray[np.float32]:
    """Vectors [n_records, dimension]: the store's where it holds the very record, else made."""
    from indexers.stored_vectors import stored_vectors

    if store is None:
        there = np.zeros(len(records), dtype=np.bool_)
        vectors = np.zeros((len(records), encoder.dimension), dtype=np.float32)
    else:
        there, vectors = stored_vectors(store, records)
    missing = np.flatnonzero(~there)
    if len(missing):
        texts = [embedded_text(records[row]) for row in missing.tolist()]
        told = None if progress is None else lambda done, total: progress("embed", done, total)
        vectors[missing] = encoder.encode(texts, told)
    return vectors
