from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexers.encoder import as_unit_vectors
from indexers.errors import StoreError
from indexers.vector_index import VectorIndex, write_vectors

VECTORS = as_unit_vectors(np.random.default_rng(0).normal(size=(3000, 32)))


def test_hnsw_repeats_to_the_byte_and_is_close_to_exact(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_vectors(tmp_path / name, VECTORS, "hnsw")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    index = VectorIndex(tmp_path / "one", kind="hnsw", n_records=3000, dimension=32)
    found = 0
    for query in VECTORS[:50]:
        exact = np.argsort(-(VECTORS @ query), kind="stable")[:10]
        found += len(set(exact.tolist()) & {number for number, _ in index.search(query, 10)})
    assert found >= 0.95 * 500


def test_flat_is_exact_and_gives_all_when_asked_for_more(tmp_path: Path) -> None:
    write_vectors(tmp_path / "flat", VECTORS, "flat")
    index = VectorIndex(tmp_path / "flat", kind="flat", n_records=3000, dimension=32)
    hits = index.search(VECTORS[7], 5000)
    assert len(hits) == 3000
    assert hits[0] == (7, pytest.approx(1, abs=1e-5))
    scores = [score for _, score in hits]
    assert scores == sorted(scores, reverse=True)


def test_a_file_of_other_counts_or_none_is_refused(tmp_path: Path) -> None:
    write_vectors(tmp_path / "flat", VECTORS[:10], "flat")
    with pytest.raises(StoreError, match="found 10 of 32"):
        VectorIndex(tmp_path / "flat", kind="flat", n_records=11, dimension=32)
    (tmp_path / "flat").write_bytes(b"not faiss")
    with pytest.raises(StoreError, match="FAISS"):
        VectorIndex(tmp_path / "flat", kind="flat", n_records=10, dimension=32)
