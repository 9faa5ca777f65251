"""A worker of Ray that the system ends, as it does when memory is short, while it makes shards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from indexers.encoders import named_encoder
from indexers.ray_cluster import ray_cluster
from indexers.ray_shards import FileToShard, ShardMaking, tell_shards
from indexers.shards import PART, embed_part, input_digest, made_by, parts_of
from tests.benchmarks.ray_speed import shards_digest
from tests.faults.synthetic import library, write_jsonl
from tests.faults.table import Row, row
from tests.indexers.ray_workers import kill_workers

_N_FILES, _PARTS_A_FILE = 4, 3
_WORKERS = 2


def lost_workers_row(scratch: Path, n_times: int) -> Row:
    """One of two workers is ended, each time after some parts more; the shards must be the same."""
    records = library(_N_FILES * _PARTS_A_FILE * PART)
    size = _PARTS_A_FILE * PART
    files = [
        write_jsonl(scratch / f"{n}.jsonl", records[n * size : (n + 1) * size])
        for n in range(_N_FILES)
    ]
    expected = _alone(files, scratch / "alone")
    with ray_cluster("local", _WORKERS):
        found = [_one(files, scratch / str(n), 1 + 2 * n, expected) for n in range(n_times)]
    return row("out of memory: a worker of Ray", [case for case in found if case is not None])


def _one(
    files: Sequence[Path], folder: Path, after_parts: int, expected: str
) -> tuple[str, list[str]] | None:
    """What came of it; None where no worker was there any more."""
    making = _making(folder)
    killed: list[int] = []
    to_read = [FileToShard(file, "records") for file in files]
    for n_told, _ in enumerate(tell_shards(to_read, making, _WORKERS), 1):
        if n_told == after_parts:
            killed = kill_workers("MapWorker", most=1)
    if not killed:
        return None
    same = shards_digest(folder) == expected
    return "its work was done again", [] if same else ["the shards are others than without it"]


def _alone(files: Sequence[Path], folder: Path) -> str:
    """The digest of the shards that this process makes by itself."""
    making, encoder = _making(folder), named_encoder("static")
    for file in files:
        shards = making.folder(input_digest(file))
        for part in parts_of(file, "records", shards):
            if part.texts is not None:
                shards.write_vectors(part.number, embed_part(encoder, part.texts))
    return shards_digest(folder)


def _making(folder: Path) -> ShardMaking:
    return ShardMaking(str(folder), "static", "cpu", made_by(named_encoder("static")), folder.name)
