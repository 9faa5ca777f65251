"""Reranking by a cross-encoder: a model the user names reads query and record together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from indexers.encoder import Device, EncoderError
from indexers.record_store import RecordStore
from indexers.vectors import embedded_text
from retrievers.protocol import Hit, Retriever
from retrievers.ranking import check_limit, ranked

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_DECIMALS = 5
_BATCH = 32


class PairScorer(Protocol):
    """Scores how well texts answer a query."""

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """One score a text, in input order; higher is nearer."""
        ...


class CrossEncoderScorer:
    """A sentence-transformers cross-encoder in a local folder; loaded when first used.

    None ships with the program, and none is downloaded.

    Raises:
        EncoderError: The folder holds no model.
    """

    def __init__(self, folder: Path, *, device: Device = "cpu") -> None:
        if not (folder / "config.json").is_file():
            raise EncoderError(
                f"{folder}: expected the folder of a cross-encoder (no config.json there); give "
                "the path of one, for instance a copy of cross-encoder/ms-marco-MiniLM-L6-v2"
            )
        self._folder = folder
        self._device = device
        self._model: CrossEncoder | None = None

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """The model's score of each pair of query and text.

        Raises:
            EncoderError: The folder's model cannot be loaded, or gives several scores a pair.
        """
        if not texts:
            return []
        found = self._loaded().predict(
            [(query, text) for text in texts], batch_size=_BATCH, show_progress_bar=False
        )
        if found.ndim != 1:
            raise EncoderError(
                f"{self._folder}: expected a model with one score a pair, not {found.shape[-1]}"
            )
        return [round(float(score), _DECIMALS) for score in found]

    def _loaded(self) -> CrossEncoder:
        if self._model is None:
            from sentence_transformers import CrossEncoder

            try:
                self._model = CrossEncoder(
                    str(self._folder),
                    device=self._device,
                    local_files_only=True,
                    trust_remote_code=False,
                )
            except (OSError, ValueError, RuntimeError) as error:
                reason = " ".join(str(error).split())[:200]
                raise EncoderError(
                    f"{self._folder}: expected a cross-encoder that loads ({reason})"
                ) from error
        return self._model


class RerankedRetriever:
    """The first `candidates` of a retriever, put in the order of a scorer.

    Args:
        retriever: Gives the candidates.
        store: Holds their texts.
        scorer: Orders them.
        candidates: How many are read, or `limit` if that is more.

    Raises:
        ValueError: `candidates` is below 1.
    """

    def __init__(
        self, retriever: Retriever, store: RecordStore, scorer: PairScorer, candidates: int = 50
    ) -> None:
        if candidates < 1:
            raise ValueError(f"expected at least 1 candidate, got {candidates}")
        self._retriever = retriever
        self._store = store
        self._scorer = scorer
        self._candidates = candidates

    @property
    def name(self) -> str:
        """`reranked-` and the name of the retriever beneath."""
        return f"reranked-{self._retriever.name}"

    def retrieve(self, query: str, limit: int) -> list[Hit]:
        """The candidates the scorer puts first; equal scores keep the retriever's order."""
        check_limit(limit)
        hits = self._retriever.retrieve(query, max(limit, self._candidates))
        texts = [embedded_text(self._store.record(hit.record_id)) for hit in hits]
        scored = zip(hits, self._scorer.scores(query, texts), strict=True)
        best = sorted(scored, key=lambda pair: (-pair[1], pair[0].rank))
        return ranked([(hit.record_id, score) for hit, score in best[:limit]])
