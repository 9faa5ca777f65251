"""Reading sources for a store with Ray: workers parse and embed, the build is as on one machine."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from evidence.sources import Sources, record_files
from indexers.encoder import Device, Encoder
from indexers.encoders import EncoderName, named_encoder
from indexers.ray_cluster import ray_cluster
from indexers.ray_shards import FileToShard, ShardMaking, tell_shards
from indexers.sharded_records import ShardedRecords
from indexers.shards import made_by


class RayBuild(NamedTuple):
    """Where workers run and share their shards.

    Attributes:
        address: `local`, or that of a cluster; see `ray_cluster`.
        shards: A folder that every worker sees under this path; it holds what a stopped build
            has done, and is emptied of it when the store is built.
        workers: How many; as many as there are processors or GPUs unless given.
        progress: Is told how many records the workers have embedded.
    """

    address: str
    shards: Path
    workers: int | None = None
    progress: Callable[[int, int], None] = lambda _done, _total: None


@contextmanager
def sharded_sources(
    sources: Sequence[Path], name: EncoderName, device: Device, on: RayBuild
) -> Iterator[tuple[Sources, Encoder]]:
    """Sources whose files of records are read and embedded by workers, and the encoder for them.

    JATS articles and guidelines are read and embedded here, one after another.

    Args:
        sources: Files and folders; they must lie where every worker sees them.
        name: The encoder.
        device: Where workers embed; the static encoder needs no GPU.
        on: The workers.

    Raises:
        ClusterError: Ray is not there; see `ray_cluster`.
        SourceError: A file is missing or, while reading, cannot be read.
    """
    paths = [source.absolute() for source in sources]
    kinds = dict(record_files(paths))
    files = [FileToShard(file, "pubmed" if pubmed else "records") for file, pubmed in kinds.items()]
    encoder = named_encoder(name, device)
    shards = on.shards.absolute()
    making = ShardMaking(str(shards), name, device, made_by(encoder), uuid4().hex)
    on_gpus = device == "cuda" and name != "static"
    with ray_cluster(on.address, on.workers, on_gpus=on_gpus) as workers:
        told = tell_shards(files, making, workers, on_gpus=on_gpus)
        sharded = ShardedRecords(told, making.folder, encoder, on.progress)
        yield Sources(paths, sharded.read), sharded
    shutil.rmtree(shards / making.made_by, ignore_errors=True)
    if shards.is_dir() and not any(shards.iterdir()):
        shards.rmdir()
