from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexers.encoder import Progress, as_unit_vectors


class FakeEncoder:
    """Bags of hashed words as unit vectors: shared words make texts near."""

    def __init__(self, name: str = "fake", dimension: int = 64) -> None:
        self.name = name
        self.dimension = dimension
        self.encoded: list[str] = []

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.name} {self.dimension}".encode()).hexdigest()

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        self.encoded += texts
        vectors = np.zeros((len(texts), self.dimension))
        for row, text in enumerate(texts):
            vectors[row, 0] = 0.01
            for word in re.findall(r"\w+", text.lower()):
                place = hashlib.sha256(word.encode()).digest()
                vectors[row, int.from_bytes(place[:4]) % self.dimension] += 1
        if progress is not None:
            progress(len(texts), len(texts))
        return as_unit_vectors(vectors)
