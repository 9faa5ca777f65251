"""The store on disk: vectors, words, records and full texts of one corpus.

    manifest.json    counts, encoder, and the digest of every file (indexers.manifest)
    catalogue/       number, id and digest of every record (indexers.catalogue)
    vectors.f32      one vector a record, as the encoder made it (indexers.exact_vectors)
    vectors.faiss    the index to search them; ids are the records' numbers (indexers.vector_index)
    lexical/         words by field, and the records themselves (indexers.lexical_index)
    full_text/       gzipped JATS of the records that have one

A build writes to `.NAME.building` beside the store and swaps it in with two renames; the old
store waits as `.NAME.previous` between them, and is used from there if a build dies in between.
What a killed build has embedded stays in `.NAME.embedding` for the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from indexers.catalogue import Catalogue, record_digest
from indexers.encoder import Device, Encoder, Progress
from indexers.errors import StoreError
from indexers.exact_vectors import mapped_vectors, vectors_digest
from indexers.jats import read_jats
from indexers.lexical_index import LexicalIndex
from indexers.manifest import MANIFEST, Manifest, file_digest, read_manifest
from indexers.milvus.address import folder_needed, is_milvus, milvus_address
from indexers.records import Document, Record
from indexers.store_build import build_store
from indexers.store_files import CATALOGUE, EXACT, INDEX, LEXICAL, digest_of_contents
from indexers.swap import current_folder
from indexers.vector_index import VectorIndex, VectorKind

if TYPE_CHECKING:
    import tantivy

_SCORE_DECIMALS = 6  # below it, inner products differ from processor to processor
_TIES_FETCHED = 16


class Store:
    """A store opened for reading; nothing heavy is loaded before the first search.

    Use `Store.open` or `Store.build`.
    """

    def __init__(self, path: Path, folder: Path, manifest: Manifest, device: Device) -> None:
        self.path = path
        self.manifest = manifest
        self._folder = folder
        self._device = device
        self._files = {file.path: file for file in manifest.files}

    @classmethod
    def build(
        cls,
        path: Path,
        records: Iterable[Record],
        encoder: Encoder,
        *,
        kind: Literal["auto"] | VectorKind = "auto",
        vectors: NDArray[np.float32] | None = None,
        full_text: Mapping[str, Path] | None = None,
        device: Device = "cpu",
        progress: Progress | None = None,
    ) -> Store:
        """Build a store, or replace the one at `path`.

        Args:
            path: The store's folder; it may be missing, empty or an older store.
            records: What to index, read once as a stream; record ids must differ.
            encoder: Makes the vectors of records and, later, of queries.
            kind: `flat` searches exactly, `sq8`, `ivf`, `ivfpq` and `hnsw` faster or in less
                memory and nearly so; `auto` chooses by the number of records.
            vectors: The encoder's unit vectors of the records, [n_records, dimension], if they
                are there already.
            full_text: JATS files (.xml or .xml.gz) by record id; looked up when all records
                have been read.
            device: Where the index is made.
            progress: Called with the records read and embedded, and the records in all: 0 until
                that is known.

        Raises:
            StoreError: No records, a record id twice, vectors that do not fit, or a folder that
                is no store.
            SourceError: A full text cannot be read.
        """
        build_store(
            path,
            records,
            encoder,
            kind=kind,
            vectors=vectors,
            full_text=full_text,
            device=device,
            progress=progress,
        )
        return cls.open(path)

    @classmethod
    def open(cls, path: Path, device: Device = "cpu") -> Store:
        """Open a store after cheap checks: the manifest, and the size of every listed file.

        Args:
            path: The store's folder.
            device: Where vectors are searched.

        Raises:
            StoreError: There is no store, it is damaged, or it is of another format version.
        """
        if is_milvus(path):
            raise folder_needed(milvus_address(path).text)
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
        return cls(path, folder, manifest, device)

    @property
    def name(self) -> str:
        """The store's folder, for messages."""
        return str(self.path)

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
        record = self.lexical.record(record_id)
        if record is None:
            raise StoreError(f"{self.path}: expected a record id of this store, not {record_id!r}")
        return record

    def record_ids(self) -> list[str]:
        """The ids of all records, in the order they were given."""
        return self.catalogue.all_ids()

    def records(self) -> Iterator[Record]:
        """All records, in the order they were given."""
        for _, record in self.lexical.numbered_records():
            yield record

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
        self.check_file(entry.path)
        return self._folder / entry.path

    @cached_property
    def catalogue(self) -> Catalogue:
        """Numbers, ids and digests of the records.

        Raises:
            StoreError: It is damaged.
        """
        return Catalogue(self._folder / CATALOGUE, len(self))

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """The vectors as the encoder made them; rows are records' numbers, dead ones included.

        Raises:
            StoreError: The file is damaged.
        """
        made = self.manifest
        return mapped_vectors(self.file(EXACT), made.next_number, made.dimension)

    @cached_property
    def lexical(self) -> LexicalIndex:
        """Words and records; `search_text` and `matching` ask it.

        Raises:
            StoreError: It is damaged.
        """
        lexical = LexicalIndex(self._folder / LEXICAL)
        if len(lexical) != len(self):
            raise StoreError(
                f"{self.path}: expected {len(self)} records in {LEXICAL}/, found "
                f"{len(lexical)}; build the store again"
            )
        return lexical

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
        found = self._dense.search(vector, limit + _TIES_FETCHED)
        return self._best([(n, round(score, _SCORE_DECIMALS)) for n, score in found], limit)

    def search_text(self, query: str, limit: int) -> list[tuple[str, float]]:
        """Record ids with BM25 scores, best first; equal scores by record id."""
        return self._best(self.lexical.search(query, limit + _TIES_FETCHED), limit)

    def matching(self, query: tantivy.Query) -> list[str]:
        """The ids of all records that a query of the lexical index matches, in the store's order.

        Raises:
            ValueError: The index cannot answer it.
        """
        return self.catalogue.record_ids(self.lexical.matching(query))

    def verify(self) -> None:
        """Check every byte: all listed digests, then the records and the index digest.

        Raises:
            StoreError: Something is missing, was added or was changed.
        """
        for path in self._files:
            self.check_file(path)
        for found in sorted(self._folder.rglob("*")):
            name = found.relative_to(self._folder).as_posix()
            if not found.is_file() or found.suffix == ".lock" or name == MANIFEST:
                continue
            self.file(name)
        if read_manifest(self._folder) != self.manifest:
            raise StoreError(f"{self.path}: the store was replaced after it was opened; open again")
        self._check_records()
        if vectors_digest(self.vectors, self.catalogue.numbers) != self.manifest.vectors_digest:
            raise StoreError(f"{self.path}: the vectors were changed; build the store again")
        if digest_of_contents(self.manifest) != self.index_digest:
            raise StoreError(f"{self.path}: the index digest is wrong; build the store again")

    def file(self, path: str) -> Path:
        """The file of the store at a path of its manifest.

        Raises:
            StoreError: The manifest does not list it.
        """
        if path not in self._files:
            raise StoreError(f"{self.path}: {path} is not in the manifest; build the store again")
        return self._folder / path

    def check_file(self, path: str) -> Path:
        """The file of the store, its digest checked.

        Raises:
            StoreError: It is missing or was changed.
        """
        found = self.file(path)
        if not found.is_file() or file_digest(found) != self._files[path].sha256:
            raise StoreError(
                f"{self.path}: {path} is missing or was changed; build the store again"
            )
        return found

    def _check_records(self) -> None:
        catalogue = self.catalogue
        listed = zip(
            catalogue.numbers.tolist(), catalogue.all_ids(), catalogue.digests, strict=True
        )
        for (number, record), (listed_number, record_id, digest) in zip(
            self.lexical.numbered_records(), listed, strict=True
        ):
            same = (number, record.record_id) == (listed_number, record_id)
            if not same or record_digest(record) != digest.tobytes():
                raise StoreError(
                    f"{self.path}: record {record_id!r} differs in {LEXICAL}/ and {CATALOGUE}/; "
                    "build the store again"
                )
        if catalogue.records_digest != self.manifest.records_digest:
            raise StoreError(f"{self.path}: the records were changed; build the store again")

    def _best(self, found: list[tuple[int, float]], limit: int) -> list[tuple[str, float]]:
        ids = self.catalogue.record_ids(number for number, _ in found)
        hits = [(record_id, score) for record_id, (_, score) in zip(ids, found, strict=True)]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:limit]

    @cached_property
    def _dense(self) -> VectorIndex:
        return VectorIndex(
            self.file(INDEX),
            self.vectors,
            kind=self.manifest.kind,
            n_records=len(self),
            device=self._device,
        )
