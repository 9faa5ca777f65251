"""FAISS on processors and GPUs: what of it runs where."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from indexers.encoder import Device
from indexers.errors import StoreError

CHUNK = 1 << 16
"""Rows copied out of a mapped file at a time: 100 MB of MiniLM vectors."""


def check_device(device: Device) -> None:
    """Refuse a device that FAISS cannot use.

    Raises:
        StoreError: `device` is cuda and FAISS finds none.
    """
    import faiss

    if device == "cuda" and faiss.get_num_gpus() < 1:
        raise StoreError(
            "device cuda: FAISS found no CUDA device; use cpu, or run: pip install faiss-gpu"
        )


def to_gpu(index: Any) -> Any:
    """A copy of an index on the first GPU, at full precision."""
    import faiss

    resources = faiss.StandardGpuResources()
    return faiss.index_cpu_to_gpu(resources, 0, index)


@contextmanager
def threads(wanted: int) -> Iterator[None]:
    """Let FAISS use so many threads, when it is called from this one."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(wanted)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
