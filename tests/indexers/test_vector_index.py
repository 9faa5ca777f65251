from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from indexers.encoder import as_unit_vectors
from indexers.errors import StoreError
from indexers.inverted_lists import number_of_lists
from indexers.vector_index import (
    VectorIndex,
    VectorKind,
    kind_for,
    write_index,
    write_revised_index,
)

KINDS: tuple[VectorKind, ...] = get_args(VectorKind)
DIMENSION = 32
_RNG = np.random.default_rng(0)
_TOPICS = _RNG.normal(size=(60, DIMENSION))
VECTORS = as_unit_vectors(
    _TOPICS[_RNG.integers(60, size=4000)] + _RNG.normal(size=(4000, DIMENSION))
)
QUERIES = as_unit_vectors(_TOPICS + 0.7 * _RNG.normal(size=(60, DIMENSION)))
ALL = np.arange(4000, dtype=np.int64)
NONE = np.zeros(0, dtype=np.int64)


def build(
    path: Path, kind: VectorKind, numbers: NDArray[np.int64] = ALL, vectors: object = VECTORS
) -> VectorIndex:
    write_index(path, np.asarray(vectors), numbers, kind)
    return VectorIndex(path, np.asarray(vectors), kind=kind, n_records=len(numbers))


def recall(
    index: VectorIndex, limit: int, numbers: NDArray[np.int64] = ALL, vectors: object = VECTORS
) -> float:
    found = 0
    rows = np.asarray(vectors)[numbers]
    for query in QUERIES:
        exact = numbers[np.argsort(-(rows @ query), kind="stable")[:limit]]
        found += len(set(exact.tolist()) & {number for number, _ in index.search(query, limit)})
    return found / (limit * len(QUERIES))


@pytest.mark.parametrize(
    ("kind", "least"),
    [("flat", 1.0), ("sq8", 0.995), ("ivf", 0.97), ("ivfpq", 0.95), ("hnsw", 0.97)],
)
def test_the_nearest_are_found(tmp_path: Path, kind: VectorKind, least: float) -> None:
    index = build(tmp_path / kind, kind)
    assert recall(index, 10) >= least
    assert recall(index, 100) >= least


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_exact_and_sorted_and_ties_go_by_number(
    tmp_path: Path, kind: VectorKind
) -> None:
    vectors = VECTORS.copy()
    vectors[[900, 77, 2500]] = vectors[1234]
    index = build(tmp_path / kind, kind, vectors=vectors)
    hits = index.search(vectors[1234], 50)
    assert len(hits) == 50
    assert [number for number, _ in hits[:4]] == [77, 900, 1234, 2500]
    assert len({score for _, score in hits[:4]}) == 1
    assert hits == sorted(hits, key=lambda hit: (-hit[1], hit[0]))
    for number, score in hits:
        exact = vectors[number].astype(np.float64) @ vectors[1234].astype(np.float64)
        assert score == pytest.approx(exact, abs=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_many_queries_find_what_each_alone_finds(tmp_path: Path, kind: VectorKind) -> None:
    index = build(tmp_path / kind, kind)
    assert index.search_many(QUERIES, 20) == [index.search(query, 20) for query in QUERIES]
    assert index.search_many(QUERIES[:0], 20) == []
    assert index.search(QUERIES[0], 0) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_build_repeats_to_the_byte(tmp_path: Path, kind: VectorKind) -> None:
    for name in ("one", "two"):
        write_index(tmp_path / name, VECTORS, ALL, kind)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_dead_rows_are_never_read_and_numbers_are_kept(tmp_path: Path, kind: VectorKind) -> None:
    vectors = VECTORS.copy()
    vectors[::3] = np.nan
    live = ALL[np.arange(4000) % 3 > 0]
    index = build(tmp_path / kind, kind, live, vectors)
    assert recall(index, 10, live, vectors) >= 0.95
    every = index.search(QUERIES[0], 5000)
    assert sorted(number for number, _ in every) == live.tolist()
    assert np.isfinite([score for _, score in every]).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_records", [1, 2, 3, 15, 31, 33, 70])
def test_few_records_are_all_found(tmp_path: Path, kind: VectorKind, n_records: int) -> None:
    index = build(tmp_path / kind, kind, ALL[:n_records])
    assert sorted(number for number, _ in index.search(QUERIES[0], 100)) == list(range(n_records))


def test_lists_shrink_with_the_records_and_nothing_is_printed(tmp_path: Path) -> None:
    assert [number_of_lists(n) for n in (1, 63, 64, 4000, 1_000_000)] == [1, 1, 2, 125, 2000]
    code = (
        "import numpy as np, pathlib\n"
        "from indexers.vector_index import write_index\n"
        "rows = np.random.default_rng(0).normal(size=(200, 32)).astype('f4')\n"
        "rows /= np.linalg.norm(rows, axis=1, keepdims=True)\n"
        "for kind in ('ivf', 'ivfpq', 'sq8'):\n"
        "    for n in (3, 50, 200):\n"
        "        write_index(pathlib.Path(r'%s'), rows, np.arange(n), kind)\n"
    ) % (tmp_path / "index")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout + ran.stderr == ""


@pytest.mark.parametrize("dimension", [7, 20, 384])
@pytest.mark.parametrize("kind", KINDS)
def test_any_dimension_will_do(tmp_path: Path, kind: VectorKind, dimension: int) -> None:
    rows = as_unit_vectors(np.random.default_rng(3).normal(size=(300, dimension)))
    index = build(tmp_path / kind, kind, ALL[:300], rows)
    assert index.search(rows[5], 3)[0] == (5, pytest.approx(1, abs=1e-6))


def _update(tmp_path: Path, kind: VectorKind) -> tuple[VectorIndex, NDArray[np.int64], set[int]]:
    """3,000 records, of which 100 are deleted and 50 replaced; 500 are added."""
    vectors = VECTORS.copy()
    vectors[100:150] = VECTORS[3900:3950]
    write_index(tmp_path / "old", vectors, ALL[:3000], kind)
    deleted, replaced = ALL[:100], ALL[100:150]
    vectors[deleted] = np.nan
    vectors[replaced] = VECTORS[replaced]
    live = ALL[100:3500]
    gone, new = np.concatenate([deleted, replaced]), np.concatenate([replaced, ALL[3000:3500]])
    write_revised_index(tmp_path / "new", tmp_path / "old", vectors, live, kind, gone=gone, new=new)
    index = VectorIndex(tmp_path / "new", vectors, kind=kind, n_records=len(live))
    write_index(tmp_path / "anew", vectors, live, kind)
    return index, live, set(deleted.tolist())


@pytest.mark.parametrize("kind", KINDS)
def test_an_update_finds_new_and_replaced_records_and_no_deleted_one(
    tmp_path: Path, kind: VectorKind
) -> None:
    index, live, deleted = _update(tmp_path, kind)
    for number in (*range(100, 150), *range(3000, 3500, 10)):
        assert index.search(VECTORS[number], 1)[0] == (number, pytest.approx(1, abs=1e-6))
    every = [number for number, _ in index.search(VECTORS[0], 5000)]
    assert sorted(every) == live.tolist()
    assert not deleted & set(every)
    assert recall(index, 20, live) >= 0.95
    same = (tmp_path / "new").read_bytes() == (tmp_path / "anew").read_bytes()
    assert same == (kind in ("flat", "sq8", "hnsw"))


@pytest.mark.parametrize("kind", ["ivf", "ivfpq"])
def test_a_store_that_outgrew_its_lists_gets_new_ones(tmp_path: Path, kind: VectorKind) -> None:
    write_index(tmp_path / "old", VECTORS, ALL[:1000], kind)
    write_revised_index(
        tmp_path / "new", tmp_path / "old", VECTORS, ALL, kind, gone=NONE, new=ALL[1000:]
    )
    write_index(tmp_path / "anew", VECTORS, ALL, kind)
    assert (tmp_path / "new").read_bytes() == (tmp_path / "anew").read_bytes()


def test_an_update_of_another_store_is_refused(tmp_path: Path) -> None:
    write_index(tmp_path / "old", VECTORS, ALL[:1000], "ivf")
    with pytest.raises(StoreError, match="expected 1100 vectors of 32 numbers, found 1110 of 32"):
        write_revised_index(
            tmp_path / "new", tmp_path / "old", VECTORS, ALL[:1100], "ivf", gone=NONE, new=ALL[:110]
        )


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_no_such_index_is_refused(tmp_path: Path, kind: VectorKind) -> None:
    path = tmp_path / "index"
    build(path, kind, ALL[:100])
    with pytest.raises(StoreError, match="expected 99 vectors of 32 numbers, found 100 of 32"):
        VectorIndex(path, VECTORS, kind=kind, n_records=99)
    with pytest.raises(StoreError, match="expected 100 vectors of 31 numbers, found 100 of 32"):
        VectorIndex(path, VECTORS[:, :31], kind=kind, n_records=100)
    with pytest.raises(StoreError, match=r"expected numbers below 10, found \d+"):
        VectorIndex(path, VECTORS[:10], kind=kind, n_records=100).search(QUERIES[0], 100)
    for other in KINDS:
        if other != kind:
            with pytest.raises(StoreError, match=f"index of kind {other}; build the store again"):
                VectorIndex(path, VECTORS, kind=other, n_records=100)
    whole = path.read_bytes()
    for damaged in (b"", b"not faiss", whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(StoreError, match=f"expected a FAISS index of kind {kind}"):
            VectorIndex(path, VECTORS, kind=kind, n_records=100)


def test_progress_counts_records_to_the_last(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_index(
        tmp_path / "ivf", VECTORS, ALL, "ivf", progress=lambda done, all_: seen.append((done, all_))
    )
    assert seen[-1] == (4000, 4000)


def test_auto_compares_all_vectors_while_that_is_fast() -> None:
    sizes = (1, 50_000, 50_001, 200_000, 200_001, 1_000_000)
    assert [kind_for(n) for n in sizes] == ["flat", "flat", "sq8", "sq8", "ivf", "ivf"]


def test_cuda_without_a_device_says_what_to_install(tmp_path: Path) -> None:
    import faiss

    if faiss.get_num_gpus():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(StoreError, match="pip install faiss-gpu"):
        write_index(tmp_path / "flat", VECTORS, ALL, "flat", device="cuda")
    build(tmp_path / "flat", "flat")
    with pytest.raises(StoreError, match="pip install faiss-gpu"):
        VectorIndex(tmp_path / "flat", VECTORS, kind="flat", n_records=4000, device="cuda")


@pytest.mark.gpu
@pytest.mark.parametrize("kind", KINDS)
def test_a_gpu_finds_the_same(tmp_path: Path, kind: VectorKind) -> None:
    import faiss

    if not faiss.get_num_gpus():
        pytest.skip("no CUDA device, or no faiss-gpu")
    here = build(tmp_path / "cpu", kind)
    there = VectorIndex(tmp_path / "cpu", VECTORS, kind=kind, n_records=4000, device="cuda")
    for one, other in zip(
        here.search_many(QUERIES, 20), there.search_many(QUERIES, 20), strict=True
    ):
        np.testing.assert_allclose([s for _, s in one], [s for _, s in other], atol=1e-3)
    write_index(tmp_path / "gpu", VECTORS, ALL, kind, device="cuda")
    made = VectorIndex(tmp_path / "gpu", VECTORS, kind=kind, n_records=4000, device="cuda")
    assert recall(made, 20) >= 0.95
