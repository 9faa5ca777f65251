"""The store on disk: vectors, words, records and full texts of one corpus.

    manifest.json    counts, encoder, and the digest of every file (indexers.manifest)
    vectors.faiss    one vector a record; ids are the records' numbers (indexers.vector_index)
    lexical/         words by field, and the records themselves (indexers.lexical_index)
    full_text/       gzipped JATS of the records that have one

A build writes to `.NAME.building` beside the store and swaps it in with two renames; the old
store waits as `.NAME.previous` between them, and is used from there if a build dies in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from indexers.encoder import Encoder, Progress
from indexers.errors import StoreError
from indexers.full_text import pack_full_texts
from indexers.jats import read_jats
from indexers.lexical_index import LexicalIndex
from indexers.manifest import MANIFEST, Manifest, file_digest, read_manifest, records_digest
from indexers.records import Document, Record
from indexers.store_files import (
    LEXICAL,
    VECTORS,
    Contents,
    Making,
    check_vectors,
    digest_of_contents,
    distinct_records,
    seal,
    write_indexes,
)
from indexers.swap import current_folder, swapped_in
from indexers.vector_index import FLAT_BELOW, VectorIndex, vectors_digest
from indexers.vectors import embedded_text

_SCORE_DECIMALS = 6  # below it, inner products differ from processor to processor
_TIES_FETCHED = 16


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
        chosen = distinct_records(path, records)
        if not chosen:
            raise StoreError(f"{path}: expected at least one record to index, found none")
        if vectors is None:
            vectors = encoder.encode([embedded_text(r) for r in chosen], progress)
        check_vectors(path, vectors, len(chosen), encoder.dimension)
        if kind == "auto":
            kind = "flat" if len(chosen) < FLAT_BELOW else "hnsw"
        contents = Contents(np.arange(len(chosen)), chosen, vectors, next_number=len(chosen))
        making = Making(encoder.name, encoder.digest, encoder.dimension, kind)
        with swapped_in(path, MANIFEST) as folder:
            write_indexes(folder, contents, kind)
            texts = pack_full_texts(folder, chosen, full_text or {})
            seal(folder, contents, making, texts)
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
        path = self.full_text_file(record_id)
        return None if path is None else read_jats(path, record_id)

    def full_text_file(self, record_id: str) -> Path | None:
        """The packed full text of a record; None when the store holds none.

        Raises:
            StoreError: The file is not the one the manifest lists.
        """
        entry = self.manifest.full_text.get(record_id)
        if entry is None:
            return None
        self._check_file(entry.path)
        return self._folder / entry.path

    def contents(self) -> Contents:
        """Records, numbers and vectors, checked against the manifest.

        Raises:
            StoreError: They are not what the manifest says.
        """
        self._check_file(VECTORS)
        numbers, vectors = self._dense().stored()
        numbered = list(self._words().numbered_records())
        records = [record for _, record in numbered]
        if numbers.tolist() != [number for number, _ in numbered]:
            raise StoreError(f"{self.path}: {VECTORS} and {LEXICAL}/ differ; build the store again")
        if vectors_digest(vectors) != self.manifest.vectors_digest:
            raise StoreError(f"{self.path}: the vectors were changed; build the store again")
        if records_digest(records) != self.manifest.records_digest:
            raise StoreError(f"{self.path}: the records were changed; build the store again")
        return Contents(numbers, records, vectors, self.manifest.next_number)

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
        found = self._dense().search(vector, limit + _TIES_FETCHED)
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
        self.contents()
        if digest_of_contents(self.manifest) != self.index_digest:
            raise StoreError(f"{self.path}: the index digest is wrong; build the store again")

    def _dense(self) -> VectorIndex:
        if self._vectors is None:
            self._vectors = VectorIndex(
                self._listed(VECTORS),
                kind=self.manifest.kind,
                n_records=len(self),
                dimension=self.manifest.dimension,
            )
        return self._vectors

    def _words(self) -> LexicalIndex:
        if self._lexical is None:
            self._lexical = LexicalIndex(self._folder / LEXICAL)
            if len(self._lexical) != len(self):
                raise StoreError(
                    f"{self.path}: expected {len(self)} records in {LEXICAL}/, found "
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
