"""Shards in: records in the order of their files, and the encoder that has their vectors already.

To a build, shards are a reader of files and an encoder; all else is as on one machine.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexers.encoder import Encoder, Progress
from indexers.encoder_identity import EncoderIdentity
from indexers.errors import StoreError
from indexers.exact_vectors import CHUNK
from indexers.pubmed import PubmedTally
from indexers.ray_shards import WHOLE, Told
from indexers.records import Record
from indexers.shards import ShardFolder
from indexers.vectors import embedded_text

_MOST_WAITING = 64 * CHUNK


class ShardedRecords(EncoderIdentity):
    """Gives the records of files whose shards are being made, a part as soon as it is done.

    It is a `RecordFileReader`, and an `Encoder` of what it read: the vectors of the records read
    last are at hand; other texts are embedded here.

    Args:
        told: What is done, as the workers tell it; taken from as far as a file needs.
        folder: Where the shards of a file lie, by its digest.
        encoder: The encoder that made them.
        progress: Is told how many records the workers have embedded.
    """

    def __init__(
        self,
        told: Iterator[Told],
        folder: Callable[[str], ShardFolder],
        encoder: Encoder,
        progress: Progress,
    ) -> None:
        self._told = told
        self._folder = folder
        super().__init__(encoder)
        self._progress = progress
        self._n_done = 0
        self._digests: dict[str, str] = {}
        self._n_of: dict[tuple[str, int], int] = {}
        self._waiting: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def read(self, path: Path, tally: PubmedTally | None) -> Iterator[Record]:
        """The records of a file, in its order; waits for the workers.

        Raises:
            SourceError: The file, or another that was met before, cannot be read.
            StoreError: A shard is not whole, or the workers ended before the file did.
        """
        number = 0
        while (n_records := self._await(str(path), number)) is not None:
            folder = self._folder(self._digests[str(path)])
            vectors = folder.vectors(number, n_records)
            for record, vector in zip(folder.records(number), vectors, strict=True):
                self._keep(embedded_text(record), vector)
                yield record
            if tally is not None:
                tally.n_records += n_records
            number += 1
        whole = self._folder(self._digests[str(path)]).whole()
        if whole is None or whole.n_parts != number:
            raise StoreError(f"{path}: its shards are not whole; start the same build again")
        if tally is not None:
            tally.n_books += whole.n_books
            tally.deleted_pmids += whole.deleted_pmids

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Vectors [n_texts, dimension]: those of the shards, and of other texts anew."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        fresh = [place for place, text in enumerate(texts) if text not in self._waiting]
        for place, text in enumerate(texts):
            if text in self._waiting:
                vectors[place] = self._waiting[text]
        if fresh:
            vectors[fresh] = self._encoder.encode([texts[place] for place in fresh])
        if progress is not None:
            progress(len(texts), len(texts))
        return vectors

    def _keep(self, text: str, vector: NDArray[np.float32]) -> None:
        self._waiting[text] = vector
        self._waiting.move_to_end(text)
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.popitem(last=False)

    def _await(self, path: str, number: int) -> int | None:
        """The records of a part when it is done; None when the file has no such part."""
        while (path, number) not in self._n_of:
            if self._n_of.get((path, WHOLE)) == number:
                return None
            told = next(self._told, None)
            if told is None:
                raise StoreError(f"{path}: the workers ended before it was read; start again")
            self._digests[told.path] = told.digest
            self._n_of[told.path, told.part] = told.n
            if told.part != WHOLE:
                self._n_done += told.n
                self._progress(self._n_done, 0)
        return self._n_of[path, number]
