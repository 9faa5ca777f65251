"""The lists of an `ivf` or `ivfpq` index: their centroids, and how many a query searches.

Sources: Jégou et al. 2011 (doi:10.1109/TPAMI.2010.57) for lists and product quantisers, André et
al. 2015 (doi:10.14778/2856318.2856324) for fast-scan.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from indexers.encoder import Device, as_unit_vectors
from indexers.faiss_device import CHUNK, threads, to_gpu

_SEED = 1

_BITS = 4  # a part of the product quantiser; fast-scan knows no others
_LEAST_PER_LIST = 32
_SAMPLE_PER_LIST = 40
_ROUNDS = 8  # of k-means; more of them change recall by less than 0.01

# Lists to search are chosen so that they hold so many of the 100 nearest of made-up questions.
# Real questions lie further from records: they lose about 0.01 more.
_COVERAGE = 0.99
_QUESTIONS = 256
_NEAREST = 100


def number_of_lists(n_records: int) -> int:
    """Twice the square root, but none of few records: k-means and search then cost the same."""
    return max(1, min(int(2 * n_records**0.5), n_records // _LEAST_PER_LIST))


def empty_lists(
    vectors: NDArray[np.float32],
    numbers: NDArray[np.int64],
    kind: Literal["ivf", "ivfpq"],
    device: Device,
) -> Any:
    """An index with lists and codes learnt from some of the rows, which holds nothing yet.

    Args:
        vectors: Unit vectors [n_rows, dimension].
        numbers: The rows [n_records] that it is to hold.
        kind: One byte a number (`ivf`), or two bits a number (`ivfpq`).
        device: Where k-means runs.
    """
    import faiss

    dimension, metric = vectors.shape[1], faiss.METRIC_INNER_PRODUCT
    n_lists = number_of_lists(len(numbers))
    sample = evenly_spaced(vectors, numbers, n_lists * _SAMPLE_PER_LIST)
    centroids = _centroids(sample, n_lists, device)
    index: Any
    if kind == "ivf":
        byte = faiss.ScalarQuantizer.QT_8bit
        index = faiss.IndexIVFScalarQuantizer(centroids, dimension, n_lists, byte, metric)
    else:
        parts = dimension // 2 if dimension % 2 == 0 else dimension
        index = faiss.IndexIVFPQ(centroids, dimension, n_lists, parts, _BITS, metric)
        index.pq.cp.min_points_per_centroid = 1
        if len(sample) < index.pq.ksub:
            sample = np.resize(sample, (index.pq.ksub, dimension))
    # A part has so few numbers that waking threads would take longer than its k-means.
    with threads(1 if kind == "ivfpq" else faiss.omp_get_max_threads()):
        index.train(sample)
    return index


def evenly_spaced(
    vectors: NDArray[np.float32], numbers: NDArray[np.int64], size: int
) -> NDArray[np.float32]:
    """At most so many of the rows [n, dimension], evenly spaced."""
    size = min(size, len(numbers))
    rows = vectors[numbers[np.arange(size) * len(numbers) // size]]
    return np.ascontiguousarray(rows, dtype=np.float32)


def _centroids(sample: NDArray[np.float32], n_lists: int, device: Device) -> Any:
    """An index of k-means centroids on the unit sphere."""
    import faiss

    dimension = sample.shape[1]
    rounds = faiss.ClusteringParameters()
    rounds.niter, rounds.seed, rounds.spherical = _ROUNDS, _SEED, True
    rounds.min_points_per_centroid = 1  # the number of lists is chosen; no warning is needed
    rounds.max_points_per_centroid = _SAMPLE_PER_LIST
    clustering = faiss.Clustering(dimension, n_lists, rounds)
    assigner: Any = faiss.IndexFlatIP(dimension)
    clustering.train(sample, to_gpu(assigner) if device == "cuda" else assigner)
    centroids = faiss.IndexFlatIP(dimension)
    centroids.add(faiss.vector_to_array(clustering.centroids).reshape(n_lists, dimension))
    return centroids


def fast_scan(index: Any) -> Any:
    """The same lists in the order in which processors compare 32 codes at once.

    They are not kept so: FAISS 1.15 spoils codes that are added to such lists after others were
    removed. `index` is left empty, but has to live as long as what is returned.
    """
    import faiss

    fast: Any = faiss.IndexIVFPQFastScan(index)
    fast.nprobe = index.nprobe
    index.reset()
    return fast


def numbers_in(index: Any) -> NDArray[np.int64]:
    """The ids [n_records] of all that the lists hold, in no order."""
    import faiss

    held: Any = faiss.extract_index_ivf(index).invlists
    ids = [
        faiss.rev_swig_ptr(held.get_ids(number), held.list_size(number)).copy()
        for number in range(held.nlist)
        if held.list_size(number)
    ]
    return np.concatenate(ids).astype(np.int64)


def choose_breadth(index: Any, vectors: NDArray[np.float32], numbers: NDArray[np.int64]) -> None:
    """Set how many lists a query searches: enough for `_COVERAGE` of the exact nearest.

    It is the quantile of the places, in each query's ranking of the lists, of the lists that its
    exact nearest are in; what the codes lose besides is won back by fetching more candidates.
    """
    import faiss

    lists = faiss.extract_index_ivf(index)
    queries = _made_up_questions(vectors, numbers)
    nearest = _exact_nearest(vectors, numbers, queries)
    _, ranked = lists.quantizer.search(queries, lists.nlist)
    place_of = np.argsort(ranked, axis=1, kind="stable")
    places = []
    for query, found in enumerate(nearest):
        _, home = lists.quantizer.search(np.ascontiguousarray(vectors[found]), 1)
        places.append(place_of[query, home[:, 0]])
    covered = np.quantile(np.concatenate(places), _COVERAGE, method="higher")
    lists.nprobe = int(covered) + 1


def _made_up_questions(
    vectors: NDArray[np.float32], numbers: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Unit vectors [n, dimension] about as far from all records as questions are.

    Stored vectors themselves would be too easy. Each is a record's vector shifted by the
    difference of two others; the nearest record is then as near as that of a real question (in
    1 M vectors, cosine 0.65 in the median, against 0.72 for questions of BioASQ).
    """
    spread = np.random.default_rng(_SEED).integers(len(numbers), size=(3, _QUESTIONS))
    record, towards, away = (vectors[numbers[places]] for places in spread)
    return as_unit_vectors(record + towards - away)


def _exact_nearest(
    vectors: NDArray[np.float32], numbers: NDArray[np.int64], queries: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Numbers [n_queries, at most `_NEAREST`] of the exact nearest rows, best first."""
    import faiss

    scores = np.empty((len(queries), 0), dtype=np.float32)
    nearest = np.empty((len(queries), 0), dtype=np.int64)
    for start in range(0, len(numbers), CHUNK):
        chosen = numbers[start : start + CHUNK]
        rows = np.ascontiguousarray(vectors[chosen], dtype=np.float32)
        limit = min(_NEAREST, len(chosen))
        found, places = faiss.knn(queries, rows, limit, metric=faiss.METRIC_INNER_PRODUCT)
        scores = np.concatenate([scores, found], axis=1)
        nearest = np.concatenate([nearest, chosen[places]], axis=1)
        best = np.argsort(-scores, axis=1, kind="stable")[:, :_NEAREST]
        scores = np.take_along_axis(scores, best, axis=1)
        nearest = np.take_along_axis(nearest, best, axis=1)
    return nearest
