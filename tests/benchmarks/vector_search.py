"""Measure the kinds of vector index on vectors that lie about as close together as real ones do.

    python -m tests.benchmarks.vector_search VECTORS.npz 1000000 flat ivf ivfpq

VECTORS.npz holds `vectors` [n, dimension] of real records and `questions` [m, dimension] of real
questions, which are asked and are in no corpus. A corpus of more vectors than these is made: each
is a mix of a record and two of its near neighbours, with noise of the records' own covariance.
Quantiles of the cosine to the nearest neighbour are printed for both, to be compared. Each kind
is built and searched in a process of its own, whose highest memory is that of mapped files too
(`peak_mb`) or without them (`peak_anonymous_mb`). One JSON object a line. With `--revise` the
indexes that are searched come from an update.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from indexers.encoder import as_unit_vectors
from indexers.vector_index import VectorIndex, VectorKind, write_index, write_revised_index

NEIGHBOURS = 32
NOISE = 0.5  # at which 1 M made vectors lie as far from real questions as 23,549 real ones do
SAME = 0.99
CHUNK = 50_000
LIMIT = 100
ADDED, REPLACED = 0.01, 0.001


def without_repeats(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors that are not almost equal to one before them."""
    kept = np.ones(len(vectors), dtype=bool)
    for start in range(0, len(vectors), 2000):
        cosines = vectors[start : start + 2000] @ vectors.T
        before = np.arange(len(vectors))[None, :] < start + np.arange(len(cosines))[:, None]
        kept[start : start + 2000] = np.where(before, cosines, -1).max(axis=1) < SAME
    return vectors[kept]


def near_neighbours(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """Places [n, NEIGHBOURS] of each vector's nearest others."""
    near = []
    for start in range(0, len(vectors), 2000):
        cosines = vectors[start : start + 2000] @ vectors.T
        cosines[np.arange(len(cosines)), start + np.arange(len(cosines))] = -1
        near.append(np.argpartition(-cosines, NEIGHBOURS, axis=1)[:, :NEIGHBOURS])
    return np.concatenate(near)


def make_corpus(path: Path, real: NDArray[np.float32], n_records: int) -> NDArray[np.float32]:
    """A mapped file of unit vectors [n_records, dimension] made from real ones."""
    near = near_neighbours(real)
    variances, directions = np.linalg.eigh(np.cov(real.T))
    spread = (directions * np.sqrt(np.maximum(variances, 0))).astype(np.float32)
    shape = (n_records, real.shape[1])
    made = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    rng = np.random.default_rng(1)
    for start in range(0, n_records, CHUNK):
        size = min(CHUNK, n_records - start)
        record = rng.integers(len(real), size=size)
        others = near[record[:, None], rng.integers(NEIGHBOURS, size=(size, 2))]
        weights = rng.dirichlet([1.0, 0.7, 0.7], size=size).astype(np.float32)
        mixed = weights[:, :1] * real[record]
        mixed += weights[:, 1:2] * real[others[:, 0]] + weights[:, 2:] * real[others[:, 1]]
        noise = rng.standard_normal((size, real.shape[1]), dtype=np.float32) @ spread.T
        sizes = (NOISE * rng.uniform(0.5, 1.5, size=(size, 1))).astype(np.float32)
        made[start : start + size] = as_unit_vectors(as_unit_vectors(mixed) + sizes * noise)
    made.flush()
    return made


def nearest(
    vectors: NDArray[np.float32], queries: NDArray[np.float32], limit: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Places and cosines [n_queries, limit] of the nearest vectors, best first."""
    places = np.empty((len(queries), 0), dtype=np.int64)
    cosines = np.empty((len(queries), 0), dtype=np.float32)
    for start in range(0, len(vectors), CHUNK):
        found = queries @ vectors[start : start + CHUNK].T
        here = np.broadcast_to(np.arange(start, start + found.shape[1]), found.shape)
        cosines = np.concatenate([cosines, found], axis=1)
        places = np.concatenate([places, here], axis=1)
        best = np.argpartition(-cosines, limit - 1, axis=1)[:, :limit]
        cosines = np.take_along_axis(cosines, best, axis=1)
        places = np.take_along_axis(places, best, axis=1)
    order = np.argsort(-cosines, axis=1, kind="stable")
    return np.take_along_axis(places, order, axis=1), np.take_along_axis(cosines, order, axis=1)


def closeness(vectors: NDArray[np.float32], questions: NDArray[np.float32]) -> dict[str, object]:
    """Quantiles (0.05, 0.25, 0.5, 0.75, 0.95) of cosines to near vectors."""
    some = np.ascontiguousarray(vectors[np.linspace(0, len(vectors) - 1, 300).astype(int)])
    _, among = nearest(vectors, some, 2)
    _, asked = nearest(vectors, questions, LIMIT)
    at = [0.05, 0.25, 0.5, 0.75, 0.95]
    return {
        "n": len(vectors),
        "record to nearest record": np.quantile(among[:, 1], at).round(3).tolist(),
        "question to nearest record": np.quantile(asked[:, 0], at).round(3).tolist(),
        "question to 100th record": np.quantile(asked[:, -1], at).round(3).tolist(),
    }


class Memory:
    """The highest memory of this process, in MB, sampled until it is asked for."""

    def __init__(self) -> None:
        self._peak = {"VmRSS": 0, "RssAnon": 0}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._done.wait(0.02):
            for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
                name, _, value = line.partition(":")
                if name in self._peak:
                    self._peak[name] = max(self._peak[name], int(value.split()[0]))

    def peaks(self) -> dict[str, int]:
        """With and without the pages of mapped files."""
        self._done.set()
        self._thread.join()
        return {
            "peak_mb": self._peak["VmRSS"] // 1000,
            "peak_anonymous_mb": self._peak["RssAnon"] // 1000,
        }


def measure(folder: Path, kind: VectorKind, revise: bool) -> dict[str, object]:
    """Build an index of the made corpus and ask all questions one by one.

    With `revise` it is built of 99 % of the records, and brought to all of them by an update that
    replaces 0.1 % besides; that index is searched.
    """
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    held = np.load(folder / "questions.npz")
    numbers = np.arange(len(vectors), dtype=np.int64)
    path = folder / f"{kind}.faiss"
    n_new, n_replaced = (int(share * len(vectors)) for share in (ADDED, REPLACED))
    old = numbers[: len(vectors) - n_new] if revise else numbers
    memory, started = Memory(), (time.perf_counter(), time.process_time())
    write_index(path, vectors, old, kind)
    measured: dict[str, object] = {"kind": kind, "n": len(vectors)}
    measured |= _seconds("build", started)
    measured |= memory.peaks() | {"bytes": path.stat().st_size}
    if revise:
        before, gone = path.rename(path.with_suffix(".old")), old[:n_replaced]
        new = np.concatenate([gone, numbers[len(old) :]])
        started = (time.perf_counter(), time.process_time())
        write_revised_index(path, before, vectors, numbers, kind, gone=gone, new=new)
        measured |= _seconds("revise", started)
        before.unlink()
    measured |= _searched(VectorIndex(path, vectors, kind=kind, n_records=len(vectors)), held)
    path.unlink()
    return measured


def _seconds(what: str, started: tuple[float, float]) -> dict[str, float]:
    """Seconds since then, by the clock and of all threads on processors (load leaves them be)."""
    wall, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
    return {f"{what}_s": round(wall, 1), f"{what}_cpu_s": round(cpu, 1)}


def _searched(index: VectorIndex, held: dict[str, NDArray[np.float32]]) -> dict[str, object]:
    seconds, at_ten, at_all = [], [], []
    for query, exact in zip(held["questions"], held["nearest"], strict=True):
        start = time.perf_counter()
        found = [number for number, _ in index.search(query, LIMIT)]
        seconds.append(time.perf_counter() - start)
        at_ten.append(len(set(found[:10]) & set(exact[:10].tolist())) / 10)
        at_all.append(len(set(found) & set(exact.tolist())) / len(exact))
    return {
        "recall@10": round(float(np.mean(at_ten)), 4),
        "recall@100": round(float(np.mean(at_all)), 4),
        "recall@100 of the worst twentieth": round(float(np.quantile(at_all, 0.05)), 3),
        "p50_ms": round(1000 * float(np.median(seconds)), 2),
        "p95_ms": round(1000 * float(np.quantile(seconds, 0.95)), 2),
    }


def main(arguments: list[str]) -> None:
    """Run what the module's text describes."""
    revise = "--revise" in arguments
    source, size, *kinds = [argument for argument in arguments if argument != "--revise"]
    with np.load(source) as given, tempfile.TemporaryDirectory() as name:
        folder, questions = Path(name), given["questions"]
        real = without_repeats(as_unit_vectors(given["vectors"]))
        print(json.dumps({"real": closeness(real, questions)}), flush=True)
        made = make_corpus(folder / "vectors.npy", real, int(size))
        print(json.dumps({"made": closeness(made, questions)}), flush=True)
        exact, _ = nearest(made, questions, LIMIT)
        np.savez(folder / "questions.npz", questions=questions, nearest=exact)
        for kind in kinds or get_args(VectorKind):
            command = [sys.executable, "-m", "tests.benchmarks.vector_search", "--one", name, kind]
            subprocess.run(command + ["--revise"] * revise, check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one = measure(Path(sys.argv[2]), sys.argv[3], "--revise" in sys.argv)  # type: ignore[arg-type]
        print(json.dumps(one), flush=True)
    else:
        main(sys.argv[1:])
