"""Vectors that are made once: an encoder that keeps what it has encoded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexers.array_files import read_arrays
from indexers.encoder import Encoder, Progress, as_unit_vectors
from indexers.encoder_identity import EncoderIdentity
from indexers.errors import SourceError


class KeepingEncoder(EncoderIdentity):
    """An encoder that keeps its vectors by the digest of the text, in memory and in a folder.

    Args:
        encoder: Makes the vectors that are not there yet; name and digest are its own.
        folder: Where vectors are kept from run to run; None keeps them in memory only.

    Raises:
        SourceError: The folder's file is not one that `keep` wrote.
    """

    def __init__(self, encoder: Encoder, folder: Path | None = None) -> None:
        super().__init__(encoder)
        self._path = None if folder is None else folder / f"vectors-{encoder.digest[:16]}.npz"
        self._kept: dict[str, NDArray[np.float32]] = {}
        self._n_in_file = 0
        if self._path is not None and self._path.is_file():
            self._kept = _load(self._path, encoder.dimension)
            self._n_in_file = len(self._kept)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Vectors of shape [n_texts, dimension]; only new texts are encoded."""
        keys = [_key(text) for text in texts]
        fresh = {k: t for k, t in zip(keys, texts, strict=True) if k not in self._kept}
        if fresh:
            made = as_unit_vectors(self._encoder.encode(list(fresh.values()), progress))
            self._kept.update(zip(fresh, made, strict=True))
        if not keys:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([self._kept[key] for key in keys])

    def remember(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Take vectors [n_texts, dimension] that this encoder made earlier."""
        for text, vector in zip(texts, vectors, strict=True):
            self._kept.setdefault(_key(text), vector)

    def keep(self) -> None:
        """Write the vectors to the folder, if there is one and there are new ones."""
        if self._path is None or len(self._kept) == self._n_in_file:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        keys = sorted(self._kept)
        being_written = self._path.with_name(f".{self._path.name}")
        with being_written.open("wb") as file:
            np.savez(
                file,
                allow_pickle=False,
                keys=np.array(keys),
                vectors=np.stack([self._kept[key] for key in keys]),
            )
        being_written.replace(self._path)
        self._n_in_file = len(keys)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _load(path: Path, dimension: int) -> dict[str, NDArray[np.float32]]:
    found = read_arrays(path, ["keys", "vectors"], "expected kept vectors; delete the file")
    keys, vectors = found["keys"], found["vectors"]
    if vectors.shape != (len(keys), dimension):
        raise SourceError(path, f"expected {len(keys)} vectors of {dimension}; delete the file")
    return {str(key): vector for key, vector in zip(keys, vectors, strict=True)}
