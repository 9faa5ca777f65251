"""The vectors of a store as the encoder made them: `vectors.f32`, a row a record number.

Rows are little-endian float32, one after another; the row of a deleted record stays and is never
read. The file is mapped into memory. Search indexes are derived from it (indexers.vector_index).

While a store is being built the file grows in a folder beside it, a chunk of records at a time,
with the digest of each chunk's texts. A build that was killed goes on where the texts still agree.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from indexers.encoder import Encoder, Progress
from indexers.errors import StoreError

CHUNK = 256
"""Records that are embedded and kept together: ten to twenty seconds of MiniLM on two cores."""

_LENGTH_TOLERANCE = 1e-3
_ROW_BYTES = 4
_CHUNK_RECORD_BYTES = 40
_BYTES_HASHED = 1 << 26


def mapped_vectors(path: Path, n_rows: int, dimension: int) -> NDArray[np.float32]:
    """The rows [n_rows, dimension] of a file, mapped into memory.

    Raises:
        StoreError: The file is missing or of another size.
    """
    size = path.stat().st_size if path.is_file() else 0
    if size != n_rows * dimension * _ROW_BYTES or not size:
        raise StoreError(
            f"{path}: expected {n_rows} vectors of {dimension} numbers, found {size} bytes; "
            "build the store again"
        )
    rows: NDArray[np.float32] = np.memmap(path, dtype="<f4", mode="r", shape=(n_rows, dimension))
    return rows


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file that is never written again a second name, or a copy where links cannot be."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def vectors_digest(rows: NDArray[np.float32], numbers: NDArray[np.int64]) -> str:
    """SHA-256 of the vectors of `numbers`, one after another."""
    digest = hashlib.sha256()
    step = max(1, _BYTES_HASHED // (rows.shape[1] * _ROW_BYTES))
    whole = len(numbers) == len(rows)
    for start in range(0, len(numbers), step):
        part = rows[start : start + step] if whole else rows[numbers[start : start + step]]
        digest.update(np.ascontiguousarray(part).data)
    return digest.hexdigest()


def check_vectors(path: Path, vectors: NDArray[np.float32], n_records: int, dimension: int) -> None:
    """Refuse vectors that are not [n_records, dimension] or not of length 1.

    Raises:
        StoreError: They are not.
    """
    if vectors.shape != (n_records, dimension):
        raise StoreError(
            f"{path}: expected vectors of shape {(n_records, dimension)}, not {vectors.shape}"
        )
    wrong = np.flatnonzero(~_of_unit_length(vectors))
    if len(wrong):
        raise StoreError(f"{path}: expected vectors of length 1; number {wrong[0]} is not")


class GrowingVectors:
    """The vectors of a store that is being built, in a folder that outlives a killed build.

    Use it as a context manager, and `add` the records' texts in the same order in every build.
    """

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self._folder = folder
        self._encoder = encoder
        self._maker = folder / "encoder.txt"
        self._row_bytes = encoder.dimension * _ROW_BYTES
        self._kept: list[tuple[int, bytes]] = []
        self._n_kept_used = 0
        self.n_rows = 0
        self.n_resumed = 0

    def __enter__(self) -> Self:
        made_by = self._encoder.digest
        if not self._maker.is_file() or self._maker.read_text(encoding="utf-8") != made_by:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True)
            self._maker.write_text(made_by, encoding="utf-8")
        rows, chunks = self._folder / "vectors.f32", self._folder / "chunks"
        rows.touch()
        chunks.touch()
        raw = chunks.read_bytes()
        self._kept = [
            (int.from_bytes(raw[at : at + 8]), raw[at + 8 : at + _CHUNK_RECORD_BYTES])
            for at in range(0, len(raw) - _CHUNK_RECORD_BYTES + 1, _CHUNK_RECORD_BYTES)
        ]
        self._rows, self._chunks = rows.open("r+b"), chunks.open("r+b")
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()
        self._chunks.close()
        if not (self._folder / "chunks").stat().st_size:
            shutil.rmtree(self._folder)

    def add(self, texts: Sequence[str], progress: Progress) -> None:
        """Append the vectors of some texts, encoded unless a killed build has done so.

        Args:
            texts: At most `CHUNK`.
            progress: Called with the texts of this chunk that are done, and their number.

        Raises:
            StoreError: The encoder made vectors that are not of length 1.
        """
        digest = _texts_digest(texts)
        if not self._resumed(len(texts), digest):
            vectors = self._encoder.encode(texts, progress)
            check_vectors(self._folder, vectors, len(texts), self._encoder.dimension)
            self._rows.write(np.ascontiguousarray(vectors, dtype="<f4").data)
            self._rows.flush()
            self._chunks.write(len(texts).to_bytes(8) + digest)
            self._chunks.flush()
        self.n_rows += len(texts)
        progress(len(texts), len(texts))

    def finish(self, target: Path) -> None:
        """Put the file where the store keeps it; the folder still has it if the build dies."""
        self._rows.truncate(self.n_rows * self._row_bytes)
        self._rows.flush()
        link_or_copy(self._folder / "vectors.f32", target)

    @staticmethod
    def forget(folder: Path) -> None:
        """Remove the folder of a build that is done."""
        shutil.rmtree(folder, ignore_errors=True)

    def _resumed(self, n_texts: int, digest: bytes) -> bool:
        """Step over a chunk that is there already; drop it and all that follows if it differs."""
        if self._n_kept_used < len(self._kept):
            if self._kept[self._n_kept_used] == (n_texts, digest):
                raw = self._rows.read(n_texts * self._row_bytes)
                rows = np.frombuffer(raw[: len(raw) // _ROW_BYTES * _ROW_BYTES], dtype="<f4")
                whole = rows.size == n_texts * self._encoder.dimension
                if whole and _of_unit_length(rows.reshape(n_texts, -1)).all():
                    self._chunks.seek(_CHUNK_RECORD_BYTES, 1)
                    self._n_kept_used += 1
                    self.n_resumed += n_texts
                    return True
            self._kept = []
            self._rows.seek(self.n_rows * self._row_bytes)
        self._rows.truncate()
        self._chunks.truncate()
        return False


def _of_unit_length(vectors: NDArray[np.float32]) -> NDArray[np.bool_]:
    close: NDArray[np.bool_] = np.abs(np.linalg.norm(vectors, axis=1) - 1) < _LENGTH_TOLERANCE
    return close


def _texts_digest(texts: Sequence[str]) -> bytes:
    digest = hashlib.sha256()
    for text in texts:
        raw = text.encode()
        digest.update(f"{len(raw)}\0".encode())
        digest.update(raw)
    return digest.digest()
