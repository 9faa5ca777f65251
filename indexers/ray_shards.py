"""Shards by Ray: workers parse and embed files of records, each worker with an encoder of its own.

Ray Data streams the files to its actors and takes back a line a part. On processors an actor does
both, parsing and embedding, so nothing but names travels between processes; on GPUs tasks on the
processors parse ahead and send texts to the actors that embed. A lost worker's file is given to
another, which finds the parts that are done on the shared folder.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from indexers.encoder import Device, Encoder
from indexers.encoders import EncoderName, named_encoder
from indexers.errors import EvidenceError, SourceError, StoreError
from indexers.ray_cluster import MOST_LOST, ClusterError
from indexers.shards import (
    FileKind,
    ShardFolder,
    embed_part,
    input_digest,
    made_by,
    parts_of,
)

if TYPE_CHECKING:
    from ray.data import Dataset

WHOLE = -1
"""In the place of a part's number: there are no more parts."""

_READERS_A_GPU = 4

Line = dict[str, Any]
"""What workers tell: a row of a file, with `Told`'s fields, and its texts if still to embed."""


class FileToShard(NamedTuple):
    """A file of records and what kind it is."""

    path: Path
    kind: FileKind


class Told(NamedTuple):
    """A line from a worker.

    Attributes:
        path: The file.
        digest: Its SHA-256.
        part: The number of a part that is done; `WHOLE` when the file has been read to its end.
        n: The records of the part, or the parts of the file.
    """

    path: str
    digest: str
    part: int
    n: int


class ShardMaking(NamedTuple):
    """How workers make shards: plain values, so that any machine of a cluster can follow."""

    shards: str
    encoder: EncoderName
    device: Device
    made_by: str
    build: str

    def folder(self, digest: str) -> ShardFolder:
        """Where a file's shards lie."""
        return ShardFolder(Path(self.shards) / self.made_by, digest)


def tell_shards(
    files: Sequence[FileToShard], making: ShardMaking, workers: int, *, on_gpus: bool = False
) -> Iterator[Told]:
    """Have workers make the shards of files; tells of each part as soon as it is done.

    The files are begun in order. Call it inside `ray_cluster`.

    Args:
        files: What to read; the paths must mean the same file on every machine.
        making: With what, where to, and the name of this build.
        workers: How many embed at once.
        on_gpus: Whether each of them has a GPU.

    Raises:
        SourceError: A file cannot be read.
        StoreError: A shard cannot be written, or a worker has another encoder.
        ClusterError: Workers were lost again and again.
    """
    from ray.exceptions import RayError

    if not files:
        return
    try:
        for row in _dataset(files, making, min(workers, len(files)), on_gpus).iter_rows():
            _raise_problem(row)
            yield Told(row["path"], row["digest"], int(row["part"]), int(row["n"]))
    except RayError as error:
        reason = str(error).strip().splitlines()[-1:] or [type(error).__name__]
        raise ClusterError(
            f"the workers cannot go on ({reason[0]:.200}); start the same build again, it goes on "
            "where they stopped"
        ) from error


def _dataset(
    files: Sequence[FileToShard], making: ShardMaking, workers: int, on_gpus: bool
) -> Dataset:
    import pyarrow  # type: ignore[import-untyped] # it ships no types
    import ray.data

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.target_max_block_size = 1  # each line is told at once
    context.execution_options.preserve_order = True
    blocks = [pyarrow.table({"path": [str(f.path)], "kind": [f.kind]}) for f in files]
    named = ray.data.from_arrow(blocks)
    told: dict[str, Any] = {"fn_constructor_args": (making,), "batch_size": 1}
    if not on_gpus:
        # A file at a time: one that waits behind another could not go to a worker that is free,
        # and would wait for a lost worker to be started again.
        one_each = ray.data.ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=1)
        return named.map_batches(ReadAndEmbed, compute=one_each, num_cpus=1, **told)
    pool = ray.data.ActorPoolStrategy(size=workers)
    readers = ray.data.ActorPoolStrategy(min_size=1, max_size=_READERS_A_GPU * workers)
    texts = named.map_batches(Read, compute=readers, num_cpus=1, **told)
    return texts.map_batches(Embed, compute=pool, num_cpus=0, num_gpus=1, **told)


class Read:
    """Parses files into shards; gives a line a part, with the texts that are not embedded yet."""

    def __init__(self, making: ShardMaking) -> None:
        self._making = making

    def __call__(self, batch: dict[str, Any]) -> Iterator[Line]:
        """Lines of the files of a batch."""
        for path, kind in zip(batch["path"], batch["kind"], strict=True):
            yield from self._file(str(path), kind)

    def _file(self, path: str, kind: FileKind) -> Iterator[Line]:
        digest = ""
        try:
            digest, n_parts = input_digest(Path(path)), 0
            folder = self._making.folder(digest)
            _give_up_when_lost(folder, f"{self._making.build}-{Path(path).name}", path)
            for part in parts_of(Path(path), kind, folder):
                texts = b"" if part.texts is None else json.dumps(part.texts).encode()
                yield _line(path, digest, part.number, part.n_records, texts=texts)
                n_parts += 1
            yield _line(path, digest, WHOLE, n_parts)
        except (EvidenceError, OSError) as error:
            yield _problem(path, digest, error)


class Embed:
    """Embeds the texts of lines, with an encoder of its own."""

    def __init__(self, making: ShardMaking) -> None:
        self._making = making
        self._loaded: Encoder | None = None

    def __call__(self, batch: Line) -> Iterator[Line]:
        """The same lines, when their vectors are written."""
        digest, number = str(batch["digest"][0]), int(batch["part"][0])
        try:
            if batch["texts"][0]:
                texts = json.loads(bytes(batch["texts"][0]))
                folder = self._making.folder(digest)
                _give_up_when_lost(folder, f"{self._making.build}-{number}", batch["path"][0])
                folder.write_vectors(number, embed_part(self._encoder(), texts))
            yield batch | {"texts": _bytes(b"")}
        except (EvidenceError, OSError) as error:
            yield _problem(str(batch["path"][0]), digest, error)

    def _encoder(self) -> Encoder:
        if self._loaded is None:
            encoder = named_encoder(self._making.encoder, self._making.device)
            if made_by(encoder) != self._making.made_by:
                raise StoreError(
                    f"worker on {socket.gethostname()}: expected the encoder and the version of "
                    "this program that started the build; install the same on all machines"
                )
            self._loaded = encoder
        return self._loaded


class ReadAndEmbed:
    """Both, one part after another."""

    def __init__(self, making: ShardMaking) -> None:
        self._read, self._embed = Read(making), Embed(making)

    def __call__(self, batch: dict[str, Any]) -> Iterator[Line]:
        """Lines of the files of a batch, when their vectors are written."""
        for line in self._read(batch):
            yield from self._embed(line)


def _give_up_when_lost(folder: ShardFolder, work: str, path: str) -> None:
    """Ray starts lost workers again without end; work that kills them must end with a word.

    Raises:
        StoreError: This work has been begun too often.
    """
    if folder.begun(work) > MOST_LOST:
        raise StoreError(
            f"{path}: {MOST_LOST + 1} workers were lost at work on it; expected workers with "
            "memory enough for it, or a file of ordinary size"
        )


def _line(path: str, digest: str, part: int, n: int, *, texts: bytes = b"") -> Line:
    line: Line = {"path": [path], "digest": [digest], "part": [part], "n": [n]}
    return line | {"texts": _bytes(texts), "problem": [""], "kind": [""], "line": [0]}


def _problem(path: str, digest: str, error: EvidenceError | OSError) -> Line:
    """An error as a line: its class would lose its fields on the way."""
    line = _line(path, digest, WHOLE, 0)
    match error:
        case SourceError():
            told = {"problem": [error.expected], "kind": ["source"], "line": [error.line or 0]}
        case OSError():
            where = error.filename or path
            wanted = f"{where}: expected a place that every worker can write ({error.strerror})"
            told = {"problem": [wanted], "kind": ["other"], "line": [0]}
        case _:
            told = {"problem": [str(error)], "kind": ["other"], "line": [0]}
    return line | told


def _raise_problem(row: dict[str, Any]) -> None:
    if row["kind"] == "source":
        raise SourceError(row["path"], row["problem"], int(row["line"]) or None)
    if row["kind"]:
        raise StoreError(row["problem"])


def _bytes(value: bytes) -> Any:
    """A column of one; NumPy would cut bytes that end in zeros."""
    column = np.empty(1, dtype=object)
    column[0] = value
    return column
