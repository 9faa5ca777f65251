"""Shards: a file of records, parsed and embedded a part at a time, on a folder workers share.

    SHARDS/MADE_BY/INPUT/00000.records    a part's records as JSON lines
                         00000.vectors    their vectors: little-endian float32, a row a record
                         whole            how many parts there are, and what else the file told

INPUT is the SHA-256 of the file, MADE_BY that of the encoder and the program's version. Every file
ends with its own SHA-256 and is renamed into place, so that a half-written one is never read. What
a lost worker left unfinished is made again by the next; what it finished is kept.
"""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexers.encoder import Encoder
from indexers.errors import SourceError, StoreError
from indexers.exact_vectors import CHUNK
from indexers.manifest import file_digest
from indexers.pubmed import PubmedTally
from indexers.record_files import read_record_file
from indexers.records import Frozen, Record
from indexers.vectors import embedded_text

PART = 4 * CHUNK
"""Records of a part: a minute of MiniLM on one core, so little is lost with a worker."""

FileKind = Literal["pubmed", "records"]
_SEAL_BYTES = 32


class WholeFile(Frozen):
    """What is known of a file when all of it has been read; see `PubmedTally`."""

    n_parts: int
    n_books: int = 0
    deleted_pmids: tuple[str, ...] = ()


class Part(NamedTuple):
    """A part of a file; `texts` are those still to embed, None when that is done."""

    number: int
    n_records: int
    texts: Sequence[str] | None


def made_by(encoder: Encoder) -> str:
    """The name of what shards depend on beside their input."""
    told = f"{version('evidence-synthesis')}\0{encoder.digest}\0{PART}"
    return hashlib.sha256(told.encode()).hexdigest()


def input_digest(path: Path) -> str:
    """SHA-256 of a file that is to be read.

    Raises:
        SourceError: It cannot be read.
    """
    try:
        return file_digest(path)
    except OSError as error:
        raise SourceError(path, f"expected a readable file ({error.strerror or error})") from error


class ShardFolder:
    """The shards of one input file; the folder is made when the first is written."""

    def __init__(self, shards: Path, digest: str) -> None:
        self._folder = shards / digest

    def whole(self) -> WholeFile | None:
        """What is known of the file when all its records are here."""
        body = _unsealed(self._folder / "whole")
        return None if body is None else WholeFile.model_validate_json(body)

    def write_whole(self, whole: WholeFile) -> None:
        """Note that all records are here."""
        self._write("whole", whole.model_dump_json().encode())

    def write_records(self, number: int, records: Sequence[Record]) -> None:
        """Write a part's records."""
        lines = [record.model_dump_json().encode() for record in records]
        self._write(f"{number:05d}.records", b"\n".join(lines))

    def write_vectors(self, number: int, vectors: NDArray[np.float32]) -> None:
        """Write a part's vectors [n_records, dimension]."""
        self._write(f"{number:05d}.vectors", np.ascontiguousarray(vectors, dtype="<f4").tobytes())

    def records(self, number: int) -> list[Record]:
        """A part's records.

        Raises:
            StoreError: They are not whole.
        """
        lines = self._read(f"{number:05d}.records").split(b"\n")
        return [Record.model_validate_json(line) for line in lines]

    def vectors(self, number: int, n_records: int) -> NDArray[np.float32]:
        """A part's vectors [n_records, dimension].

        Raises:
            StoreError: They are not whole.
        """
        body = self._read(f"{number:05d}.vectors")
        return np.frombuffer(body, dtype="<f4").reshape(n_records, -1)

    def has_vectors(self, number: int) -> bool:
        """Whether a part's vectors are here and whole."""
        return _unsealed(self._folder / f"{number:05d}.vectors") is not None

    def begun(self, work: str) -> int:
        """Note that a piece of work is begun; how often it was begun before."""
        self._folder.mkdir(parents=True, exist_ok=True)
        mark = f".begun.{hashlib.sha256(work.encode()).hexdigest()[:16]}"
        times = sum(1 for _ in self._folder.glob(f"{mark}.*"))
        (self._folder / f"{mark}.{times}").touch()
        return times

    def _read(self, name: str) -> bytes:
        path = self._folder / name
        body = _unsealed(path)
        if body is None:
            path.unlink(missing_ok=True)
            (self._folder / "whole").unlink(missing_ok=True)
            raise StoreError(
                f"{path}: expected a whole shard; start the same build again, it makes it anew"
            )
        return body

    def _write(self, name: str, body: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        # Two workers may make the same part, when one was thought to be lost.
        draft = self._folder / f".{name}.{socket.gethostname()}.{os.getpid()}"
        with draft.open("wb") as file:
            file.write(body)
            file.write(hashlib.sha256(body).digest())
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self._folder / name)


def parts_of(path: Path, kind: FileKind, folder: ShardFolder) -> Iterator[Part]:
    """Write a file's records into its shards; the parts come in order, done ones too.

    Raises:
        SourceError: The file cannot be read.
        StoreError: A shard cannot be read back.
        OSError: A shard cannot be written.
    """
    whole = folder.whole()
    if whole is not None:
        for number in range(whole.n_parts):
            records = folder.records(number)
            yield _part(number, records, folder)
        return
    tally = PubmedTally() if kind == "pubmed" else None
    n_parts = 0
    for number, records in enumerate(_in_parts(read_record_file(path, tally))):
        folder.write_records(number, records)
        yield _part(number, records, folder)
        n_parts += 1
    told = tally or PubmedTally()
    folder.write_whole(
        WholeFile(n_parts=n_parts, n_books=told.n_books, deleted_pmids=tuple(told.deleted_pmids))
    )


def embed_part(encoder: Encoder, texts: Sequence[str]) -> NDArray[np.float32]:
    """The vectors [n_texts, dimension] of a part, in the batches of a build on one machine."""
    steps = range(0, len(texts), CHUNK)
    return np.concatenate([encoder.encode(texts[start : start + CHUNK]) for start in steps])


def _part(number: int, records: Sequence[Record], folder: ShardFolder) -> Part:
    done = folder.has_vectors(number)
    texts = None if done else [embedded_text(record) for record in records]
    return Part(number, len(records), texts)


def _in_parts(records: Iterable[Record]) -> Iterator[list[Record]]:
    stream = iter(records)
    while part := list(islice(stream, PART)):
        yield part


def _unsealed(path: Path) -> bytes | None:
    """The body of a sealed file; None when it is missing or not whole."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    body, seal = raw[:-_SEAL_BYTES], raw[-_SEAL_BYTES:]
    return body if hashlib.sha256(body).digest() == seal else None
