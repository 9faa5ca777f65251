"""The search index of a store's vectors: a FAISS file whose ids are the records' numbers.

The exact vectors lie in a file of their own (indexers.exact_vectors), and every score comes from
there: the index only names candidates.

    flat     all vectors, compared one by one; finds exactly the nearest
    sq8      one byte a number, compared one by one
    ivf      one byte a number, in lists around k-means centroids of which the nearest are searched
    ivfpq    the same lists with two bits a number (a product quantiser); the smallest
    hnsw     a graph over all vectors; the slowest to build, and made anew by every update

Sources: Malkov and Yashunin 2020 (doi:10.1109/TPAMI.2018.2889473) for the graph; Douze et al. 2024
(arXiv:2401.08281) for FAISS. For the lists see indexers.inverted_lists.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from indexers.encoder import Device, Progress
from indexers.errors import StoreError
from indexers.faiss_device import CHUNK, check_device, threads, to_gpu
from indexers.faiss_files import write_faiss
from indexers.inverted_lists import (
    choose_breadth,
    empty_lists,
    evenly_spaced,
    fast_scan,
    number_of_lists,
    numbers_in,
)

VectorKind = Literal["flat", "sq8", "ivf", "ivfpq", "hnsw"]

# A query of so many MiniLM vectors takes one core 5 ms (flat), 8 ms (sq8).
_FLAT_UP_TO, _SQ8_UP_TO = 50_000, 200_000
_FEW = 20_000  # records that one thread indexes in a few seconds
_SAMPLE = 100_000  # rows from which `sq8` learns the range of each number
_GROWTH = 2.0  # a store of more times the records than its lists were made for gets new ones
_RETUNED_ABOVE = 0.05  # share of new records in an update
_NEIGHBOURS = 32
_BREADTH_OF_BUILD = (40, 200)
_STEPS_OF_BUILD = 20_000_000  # breadth times records, so that the time to build is bounded
_LEAST_BREADTH_OF_SEARCH = 256
_FETCHED_ABOVE = 16
_FETCHED_TIMES: dict[VectorKind, int] = {"flat": 1, "sq8": 2, "ivf": 2, "ivfpq": 5, "hnsw": 1}
_ON_GPU: tuple[VectorKind, ...] = ("flat", "ivf")  # FAISS searches the others on the processor
_GPU_LIMIT = 2048  # most results, and most lists searched, of a query on a GPU


def kind_for(n_records: int) -> VectorKind:
    """The kind that `auto` means for so many records: the most exact that is fast."""
    if n_records <= _FLAT_UP_TO:
        return "flat"
    return "sq8" if n_records <= _SQ8_UP_TO else "ivf"


def write_index(
    path: Path,
    vectors: NDArray[np.float32],
    numbers: NDArray[np.int64],
    kind: VectorKind,
    *,
    device: Device = "cpu",
    progress: Progress | None = None,
) -> None:
    """Write the index of some rows; the same rows give the same bytes on the same machine.

    Args:
        path: The file to write.
        vectors: Unit vectors [n_rows, dimension], as a rule mapped from a file; only the rows of
            `numbers` are read, a chunk at a time.
        numbers: Rising row numbers [n_records], at least one; they are the ids in the index.
        kind: How it searches.
        device: Where k-means runs and lists of `ivf` are filled.
        progress: Called with the records indexed and the records in all.

    Raises:
        StoreError: `device` is cuda and FAISS finds none.
    """
    import faiss

    check_device(device)
    on_gpu = device == "cuda" and kind == "ivf"
    # The graph of HNSW depends on the order in which threads insert.
    alone = kind == "hnsw" or len(numbers) < _FEW
    with threads(1 if alone else faiss.omp_get_max_threads()):
        index: Any = _empty_index(vectors, numbers, kind, device)
        if on_gpu:
            index = to_gpu(index)
        _add(index, vectors, numbers, progress)
        if on_gpu:
            index = faiss.index_gpu_to_cpu(index)
        if kind in ("ivf", "ivfpq"):
            choose_breadth(index, vectors, numbers)
    write_faiss(index, path)


def write_revised_index(
    path: Path,
    before: Path,
    vectors: NDArray[np.float32],
    numbers: NDArray[np.int64],
    kind: VectorKind,
    *,
    gone: NDArray[np.int64],
    new: NDArray[np.int64],
    device: Device = "cpu",
) -> None:
    """Write the index of an updated store from the one before.

    `ivf` and `ivfpq` keep their lists until the store has outgrown them; the other kinds are made
    anew, and so equal those of a new build.

    Args:
        path: The file to write.
        before: The index of the store before the update.
        vectors: Unit vectors [n_rows, dimension] after the update.
        numbers: Rising row numbers [n_records] after the update.
        kind: How both search.
        gone: Numbers that were deleted or whose vector was replaced.
        new: Numbers that were added or whose vector was replaced.
        device: As for `write_index`.

    Raises:
        StoreError: `before` is no such index, or `device` is cuda and FAISS finds none.
    """
    import faiss

    check_device(device)
    if kind in ("ivf", "ivfpq"):
        index = _read(before, kind)
        lists = faiss.extract_index_ivf(index).nlist
        if number_of_lists(len(numbers)) <= lists * _GROWTH**0.5:
            index.remove_ids(np.ascontiguousarray(gone, dtype=np.int64))
            _add(index, vectors, new, None)
            _check_shape(before, index, len(numbers), vectors.shape[1])
            if len(new) > _RETUNED_ABOVE * len(numbers):
                choose_breadth(index, vectors, numbers)
            write_faiss(index, path)
            return
    write_index(path, vectors, numbers, kind, device=device)


class VectorIndex:
    """An index in memory, over exact vectors that may stay on disk.

    Args:
        path: What `write_index` wrote.
        vectors: Unit vectors [n_rows, dimension]; only rows that the index names are read.
        kind: How the index was made.
        n_records: How many vectors it holds.
        device: Where `flat` and `ivf` are searched.

    Raises:
        StoreError: The file holds no index of this kind, count and dimension; or `device` is cuda
            and FAISS finds none.
    """

    def __init__(
        self,
        path: Path,
        vectors: NDArray[np.float32],
        *,
        kind: VectorKind,
        n_records: int,
        device: Device = "cpu",
    ) -> None:
        check_device(device)
        self._path, self._vectors, self._kind = path, vectors, kind
        self._stored = _read(path, kind)
        _check_shape(path, self._stored, n_records, vectors.shape[1])
        self._index = fast_scan(self._stored) if kind == "ivfpq" else self._stored
        on_gpu = device == "cuda" and kind in _ON_GPU
        self._on_gpu = to_gpu(self._index) if on_gpu else None

    def search(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Numbers of the nearest records with their inner products, best first, ties by number.

        Args:
            vector: A query [dimension].
            limit: How many at most.
        """
        # One query is done sooner than a second thread is awake on a busy machine.
        with threads(1):
            return self.search_many(vector.reshape(1, -1), limit)[0]

    def search_many(
        self, vectors: NDArray[np.float32], limit: int
    ) -> list[list[tuple[int, float]]]:
        """What `search` finds for each query of [n_queries, dimension]."""
        queries = np.ascontiguousarray(vectors, dtype=np.float32)
        if limit < 1 or not len(queries):
            return [[] for _ in queries]
        n_records = int(self._index.ntotal)
        fetched = min(_FETCHED_TIMES[self._kind] * limit + _FETCHED_ABOVE, n_records)
        if self._kind in ("ivf", "ivfpq") and fetched == n_records:
            # Fast-scan drops codes that equal the worst possible, so it may not name all.
            every = numbers_in(self._index)
            return [self._nearest_of(every, query, limit) for query in queries]
        breadth, parameters = self._breadth(fetched)
        gpu_can = max(fetched, breadth) <= _GPU_LIMIT
        index = self._on_gpu if self._on_gpu is not None and gpu_can else self._index
        _, candidates = index.search(queries, fetched, params=parameters)
        return [
            self._nearest_of(numbers, query, limit)
            for numbers, query in zip(candidates, queries, strict=True)
        ]

    def _breadth(self, fetched: int) -> tuple[int, Any]:
        """How many lists or neighbours to look at, enough for so many results."""
        import faiss

        if self._kind == "hnsw":
            breadth = max(_LEAST_BREADTH_OF_SEARCH, 2 * fetched)
            return breadth, faiss.SearchParametersHNSW(efSearch=breadth)  # type: ignore[attr-defined]
        if self._kind in ("ivf", "ivfpq"):
            lists = faiss.extract_index_ivf(self._index)
            enough = -(-4 * fetched * lists.nlist // int(self._index.ntotal))
            breadth = min(max(lists.nprobe, enough), lists.nlist)
            parameters: Any = faiss.SearchParametersIVF()
            parameters.nprobe = breadth
            return breadth, parameters
        return 0, None

    def _nearest_of(
        self, candidates: NDArray[np.int64], query: NDArray[np.float32], limit: int
    ) -> list[tuple[int, float]]:
        numbers = np.sort(candidates[candidates >= 0])
        if len(numbers) and numbers[-1] >= len(self._vectors):
            raise StoreError(
                f"{self._path}: expected numbers below {len(self._vectors)}, found {numbers[-1]}; "
                "build the store again"
            )
        # In double precision the sum does not depend on how many rows are multiplied at once.
        exact = self._vectors[numbers].astype(np.float64) @ query.astype(np.float64)
        scores = exact.astype(np.float32)
        best = np.argsort(-scores, kind="stable")[:limit]
        return [(int(numbers[place]), float(scores[place])) for place in best]


def _read(path: Path, kind: VectorKind) -> Any:
    import faiss

    expected: dict[VectorKind, Any] = {
        "flat": faiss.IndexFlat,
        "sq8": faiss.IndexScalarQuantizer,
        "ivf": faiss.IndexIVFScalarQuantizer,
        "ivfpq": faiss.IndexIVFPQ,
        "hnsw": faiss.IndexHNSWFlat,
    }
    wrong = StoreError(f"{path}: expected a FAISS index of kind {kind}; build the store again")
    try:
        index = faiss.read_index(str(path))
    except (RuntimeError, MemoryError) as error:
        raise wrong from error
    inner = faiss.downcast_index(index.index) if isinstance(index, faiss.IndexIDMap2) else index
    if not isinstance(inner, expected[kind]):
        raise wrong
    return index


def _check_shape(path: Path, index: Any, n_records: int, dimension: int) -> None:
    if (index.ntotal, index.d) != (n_records, dimension):
        raise StoreError(
            f"{path}: expected {n_records} vectors of {dimension} numbers, found "
            f"{index.ntotal} of {index.d}; build the store again"
        )


def _empty_index(
    vectors: NDArray[np.float32], numbers: NDArray[np.int64], kind: VectorKind, device: Device
) -> Any:
    """An index that is trained and holds nothing yet."""
    import faiss

    dimension, metric = vectors.shape[1], faiss.METRIC_INNER_PRODUCT
    if kind == "flat":
        return faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
    if kind == "hnsw":
        graph = faiss.IndexHNSWFlat(dimension, _NEIGHBOURS, metric)
        breadth = np.clip(_STEPS_OF_BUILD // len(numbers), *_BREADTH_OF_BUILD)
        graph.hnsw.efConstruction = int(breadth)
        return faiss.IndexIDMap2(graph)
    if kind == "sq8":
        codes = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_8bit, metric)
        codes.train(evenly_spaced(vectors, numbers, _SAMPLE))
        return faiss.IndexIDMap2(codes)
    return empty_lists(vectors, numbers, kind, device)


def _add(
    index: Any,
    vectors: NDArray[np.float32],
    numbers: NDArray[np.int64],
    progress: Progress | None,
) -> None:
    for start in range(0, len(numbers), CHUNK):
        chosen = np.ascontiguousarray(numbers[start : start + CHUNK], dtype=np.int64)
        index.add_with_ids(np.ascontiguousarray(vectors[chosen], dtype=np.float32), chosen)
        if progress is not None:
            progress(min(start + CHUNK, len(numbers)), len(numbers))
