"""The store on disk: vectors, words, records and full texts of one corpus.

    manifest.json    counts, encoder, and the digest of every file (indexers.manifest)
    vectors.faiss    one vector a record; ids are the records' numbers (indexers.vector_index)
    lexical/         words by field, and the records themselves (indexers.lexical_index)
    full_text/       gzipped JATS of the records that have one

A build writes to `.NAME.building` beside the store and swaps it in with two renames; the old
store waits as `.NAME.previous` between them, and is used from there if a build dies in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from indexers.encoder import Encoder, Progress
from indexers.errors import StoreError
from indexers.full_text import pack_full_texts
from indexers.jats import read_jats
from indexers.lexical_index import LexicalIndex
from indexers.manifest import (
    FORMAT_VERSION,
    MANIFEST,
    Manifest,
    StoredFullText,
    file_digest,
    json_digest,
    read_manifest,
    records_digest,
    stored_files,
    write_manifest,
)
from indexers.records import Document, Record
from indexers.swap import current_folder, swapped_in
from indexers.vector_index import FLAT_BELOW, VectorIndex, VectorKind, write_vectors
from indexers.vectors import embedded_text

_VECTORS = "vectors.faiss"
_LEXICAL = "lexical"
_SCORE_DECIMALS = 6  # below it, inner products differ from processor to processor
_TIES_FETCHED = 16
_LENGTH_TOLERANCE = 1e-3


class Store:
    """A store opened for reading; nothing heavy is loaded before the first search.

    Use `Store.open` or `Store.build`.
    """

    def __init__(self, path: Path, folder: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._folder = folder
        self._files = {file.path: file for file in manifest.files}
        self._vectors: VectorIndex | None = None
        self._lexical: LexicalIndex | None = None

    @classmethod
    def build(
        cls,
        path: Path,
        records: Iterable[Record],
        encoder: Encoder,
        *,
        kind: Literal["auto", "flat", "hnsw"] = "auto",
        vectors: NDArray[np.float32] | None = None,
        full_text: Mapping[str, Path] | None = None,
        progress: Progress | None = None,
    ) -> Store:
        """Build a store, or replace the one at `path`.

        Args:
            path: The store's folder; it may be missing, empty or an older store.
            records: What to index; record ids must differ.
            encoder: Makes the vectors of records and, later, of queries.
            kind: `flat` searches exactly, `hnsw` approximately; `auto` is flat below 50,000.
            vectors: The encoder's unit vectors of the records, [n_records, dimension], if they
                are there already.
            full_text: JATS files (.xml or .xml.gz) by record id.
            progress: Called with the records encoded and the records in all.

        Raises:
            StoreError: No records, a record id twice, vectors that do not fit, or a folder that
                is no store.
            SourceError: A full text cannot be read.
        """
        chosen = _distinct(path, records)
        if vectors is None:
            vectors = encoder.encode([embedded_text(r) for r in chosen], progress)
        _check_vectors(path, vectors, len(chosen), encoder.dimension)
        if kind == "auto":
            kind = "flat" if len(chosen) < FLAT_BELOW else "hnsw"
        with swapped_in(path, MANIFEST) as folder:
            write_vectors(folder / _VECTORS, vectors, kind)
            LexicalIndex.build(folder / _LEXICAL, chosen)
            texts = pack_full_texts(folder, chosen, full_text or {})
            _seal(folder, chosen, encoder, kind, texts)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open a store after cheap checks: the manifest, and the size of every listed file.

        Raises:
            StoreError: There is no store, it is damaged, or it is of another format version.
        """
        folder = current_folder(path)
        if folder is None:
            raise StoreError(
                f"{path}: expected a store, found no such folder; "
                f"build one with: evidence index build SOURCE --store {path}"
            )
        manifest = read_manifest(folder)
        for file in manifest.files:
            found = folder / file.path
            size = found.stat().st_size if found.is_file() else None
            if size != file.size_bytes:
                state = "is missing" if size is None else f"has {size} bytes"
                raise StoreError(
                    f"{path}: {file.path} {state}, expected {file.size_bytes} bytes; "
                    "build the store again"
                )
        return cls(path, folder, manifest)

    @property
    def index_digest(self) -> str:
        """One digest of all that retrieval depends on: records, vectors, full texts, encoder."""
        return self.manifest.index_digest

    def __len__(self) -> int:
        return self.manifest.n_records

    def record(self, record_id: str) -> Record:
        """The record of that id.

        Raises:
            StoreError: The store does not hold it.
        """
        record = self._words().record(record_id)
        if record is None:
            raise StoreError(f"{self.path}: expected a record id of this store, not {record_id!r}")
        return record

    def records(self) -> Iterator[Record]:
        """All records, in the order they were given."""
        return self._words().records()

    def document(self, record_id: str) -> Document | None:
        """The full text of a record; None when the store holds none.

        Raises:
            StoreError: The file is not the one the manifest lists.
            SourceError: It is not JATS.
        """
        entry = self.manifest.full_text.get(record_id)
        if entry is None:
            return None
        self._check_file(entry.path)
        return read_jats(self._folder / entry.path, record_id)

    def search_vectors(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """Record ids with cosine similarities, best first; equal scores by record id.

        Args:
            vector: A unit vector [dimension] of this store's encoder.
            limit: How many at most.

        Raises:
            StoreError: The vector is of another dimension.
        """
        if vector.shape != (self.manifest.dimension,):
            raise StoreError(
                f"{self.path}: expected a vector of {self.manifest.dimension} numbers, "
                f"not of shape {vector.shape}"
            )
        if self._vectors is None:
            self._vectors = VectorIndex(
                self._listed(_VECTORS),
                kind=self.manifest.kind,
                n_records=len(self),
                dimension=self.manifest.dimension,
            )
        found = self._vectors.search(vector, limit + _TIES_FETCHED)
        ids = self._words().record_ids([number for number, _ in found])
        hits = [(ids[number], round(score, _SCORE_DECIMALS)) for number, score in found]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:limit]

    def search_text(self, query: str, limit: int) -> list[tuple[str, float]]:
        """Record ids with BM25 scores, best first; equal scores by record id."""
        return self._words().search(query, limit)

    def verify(self) -> None:
        """Check every byte: all listed digests, then the records and the index digest.

        Raises:
            StoreError: Something is missing, was added or was changed.
        """
        for path in self._files:
            self._check_file(path)
        for found in sorted(self._folder.rglob("*")):
            name = found.relative_to(self._folder).as_posix()
            if not found.is_file() or found.suffix == ".lock" or name == MANIFEST:
                continue
            self._listed(name)
        if read_manifest(self._folder) != self.manifest:
            raise StoreError(f"{self.path}: the store was replaced after it was opened; open again")
        if records_digest(self.records()) != self.manifest.records_digest:
            raise StoreError(f"{self.path}: the records were changed; build the store again")
        if _index_digest(self.manifest) != self.index_digest:
            raise StoreError(f"{self.path}: the index digest is wrong; build the store again")

    def _words(self) -> LexicalIndex:
        if self._lexical is None:
            self._lexical = LexicalIndex(self._folder / _LEXICAL)
            if len(self._lexical) != len(self):
                raise StoreError(
                    f"{self.path}: expected {len(self)} records in {_LEXICAL}/, found "
                    f"{len(self._lexical)}; build the store again"
                )
        return self._lexical

    def _listed(self, path: str) -> Path:
        if path not in self._files:
            raise StoreError(f"{self.path}: {path} is not in the manifest; build the store again")
        return self._folder / path

    def _check_file(self, path: str) -> None:
        found = self._listed(path)
        if not found.is_file() or file_digest(found) != self._files[path].sha256:
            raise StoreError(
                f"{self.path}: {path} is missing or was changed; build the store again"
            )


def _distinct(path: Path, records: Iterable[Record]) -> list[Record]:
    chosen = list(records)
    if not chosen:
        raise StoreError(f"{path}: expected at least one record to index, found none")
    seen: set[str] = set()
    for record in chosen:
        if record.record_id in seen:
            raise StoreError(
                f"{path}: record id {record.record_id!r} stands for two records; make ids differ"
            )
        seen.add(record.record_id)
    return chosen


def _check_vectors(
    path: Path, vectors: NDArray[np.float32], n_records: int, dimension: int
) -> None:
    if vectors.shape != (n_records, dimension):
        raise StoreError(
            f"{path}: expected vectors of shape {(n_records, dimension)}, not {vectors.shape}"
        )
    lengths = np.linalg.norm(vectors, axis=1)
    wrong = np.flatnonzero(~(np.abs(lengths - 1) < _LENGTH_TOLERANCE))
    if len(wrong):
        raise StoreError(f"{path}: expected vectors of length 1; number {wrong[0]} is not")


def _seal(
    folder: Path,
    records: Sequence[Record],
    encoder: Encoder,
    kind: VectorKind,
    texts: dict[str, StoredFullText],
) -> None:
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        encoder_name=encoder.name,
        encoder_digest=encoder.digest,
        dimension=encoder.dimension,
        kind=kind,
        n_records=len(records),
        n_full_text=len(texts),
        records_digest=records_digest(records),
        index_digest="",
        files=stored_files(folder),
        full_text=texts,
    )
    digest = _index_digest(manifest)
    write_manifest(folder, manifest.model_copy(update={"index_digest": digest}))


def _index_digest(manifest: Manifest) -> str:
    """Digest of contents; Tantivy names its files anew in each build, so they stay out."""
    vectors = next((file.sha256 for file in manifest.files if file.path == _VECTORS), "")
    fields = manifest.model_dump(
        include={"format_version", "encoder_digest", "dimension", "metric", "kind"}
    )
    return json_digest(
        fields
        | {
            "records": manifest.records_digest,
            "vectors": vectors,
            "full_text": {name: text.xml_sha256 for name, text in manifest.full_text.items()},
        }
    )
