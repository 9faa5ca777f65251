"""The dense half of a store: a FAISS index whose ids are the records' numbers."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from indexers.errors import StoreError

VectorKind = Literal["flat", "hnsw"]
FLAT_BELOW = 50_000  # exact search over so many MiniLM vectors stays near 10 ms on one core

_NEIGHBOURS = 32
_BREADTH_OF_BUILD = 200
_LEAST_BREADTH_OF_SEARCH = 128


def write_vectors(
    path: Path,
    vectors: NDArray[np.float32],
    kind: VectorKind,
    numbers: NDArray[np.int64] | None = None,
) -> None:
    """Write the index of unit vectors [n_records, dimension].

    Their ids are `numbers` [n_records], or else the numbers of the rows. The graph of `hnsw` is
    made of the rows in their order, whatever their ids.
    """
    import faiss

    dimension = vectors.shape[1]
    inner: Any
    if kind == "flat":
        inner = faiss.IndexFlatIP(dimension)
    else:
        inner = faiss.IndexHNSWFlat(dimension, _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
        inner.hnsw.efConstruction = _BREADTH_OF_BUILD
    index = faiss.IndexIDMap2(inner)
    if numbers is None:
        numbers = np.arange(len(vectors), dtype=np.int64)
    threads = faiss.omp_get_max_threads()
    # The graph of HNSW depends on the order in which threads insert.
    faiss.omp_set_num_threads(1 if kind == "hnsw" else threads)
    try:
        index.add_with_ids(np.ascontiguousarray(vectors), numbers)
    finally:
        faiss.omp_set_num_threads(threads)
    faiss.write_index(index, str(path))


def vectors_digest(vectors: NDArray[np.float32]) -> str:
    """SHA-256 of vectors [n_records, dimension] as little-endian numbers, row after row."""
    rows = np.ascontiguousarray(vectors, dtype="<f4")
    return hashlib.sha256(rows.data).hexdigest()


class VectorIndex:
    """A FAISS index in memory.

    Raises:
        StoreError: The file holds no readable index, or not one of these counts.
    """

    def __init__(self, path: Path, *, kind: VectorKind, n_records: int, dimension: int) -> None:
        import faiss

        try:
            self._index: Any = faiss.read_index(str(path))
        except RuntimeError as error:
            raise StoreError(f"{path}: expected a FAISS index; build the store again") from error
        if (self._index.ntotal, self._index.d) != (n_records, dimension):
            raise StoreError(
                f"{path}: expected {n_records} vectors of {dimension} numbers, found "
                f"{self._index.ntotal} of {self._index.d}; build the store again"
            )
        self._kind = kind

    def stored(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids [n_records] and vectors [n_records, dimension], bit for bit as they were given."""
        import faiss

        numbers: NDArray[np.int64] = faiss.vector_to_array(self._index.id_map)
        inner = faiss.downcast_index(self._index.index)
        vectors: NDArray[np.float32] = inner.reconstruct_n(0, int(self._index.ntotal))
        return numbers, vectors

    def search(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Numbers of the nearest records with their inner products, best first."""
        import faiss

        parameters = None
        if self._kind == "hnsw":
            breadth = max(_LEAST_BREADTH_OF_SEARCH, 2 * limit)
            parameters = faiss.SearchParametersHNSW(efSearch=breadth)  # type: ignore[attr-defined]
        query = np.ascontiguousarray(vector.reshape(1, -1), dtype=np.float32)
        wanted = min(limit, int(self._index.ntotal))
        scores, numbers = self._index.search(query, wanted, params=parameters)
        return [
            (int(number), float(score))
            for number, score in zip(numbers[0], scores[0], strict=True)
            if number >= 0
        ]
