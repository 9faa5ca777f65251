"""Reranking by a cross-encoder: a model the user names reads query and record together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from indexers.encoder import Device, EncoderError, Progress
from indexers.record_store import RecordStore
from indexers.vectors import embedded_text
from retrievers.protocol import Hit, Retriever
from retrievers.ranking import check_limit, ranked

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

CANDIDATES = 50
_DECIMALS = 5
_BATCH = 32
_HEAD = "ForSequenceClassification"
_TOKENIZERS = ("tokenizer.json", "tokenizer_config.json")


class PairScorer(Protocol):
    """Scores how well texts answer a query."""

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """One score a text, in input order; higher is nearer."""
        ...


class CrossEncoderScorer:
    """A sentence-transformers cross-encoder in a local folder; loaded when first used.

    None ships with the program, and none is downloaded.

    Args:
        folder: Where the model lies.
        device: What it runs on.
        progress: Called with the texts scored and the texts in all.

    Raises:
        EncoderError: The folder holds no model, or one that does not score pairs.
    """

    def __init__(
        self, folder: Path, *, device: Device = "cpu", progress: Progress | None = None
    ) -> None:
        _check_scores_pairs(folder)
        self._folder = folder
        self._device = device
        self._progress = progress
        self._model: CrossEncoder | None = None

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """The model's score of each pair of query and text.

        Raises:
            EncoderError: The folder's model cannot be loaded, or gives several scores a pair.
        """
        scores: list[float] = []
        for start in range(0, len(texts), _BATCH):
            pairs = [(query, text) for text in texts[start : start + _BATCH]]
            found = self._loaded().predict(pairs, batch_size=_BATCH, show_progress_bar=False)
            if found.ndim != 1:
                raise EncoderError(
                    f"{self._folder}: expected a model with one score a pair, not {found.shape[-1]}"
                )
            scores += [round(float(score), _DECIMALS) for score in found]
            if self._progress is not None:
                self._progress(len(scores), len(texts))
        return scores

    def _loaded(self) -> CrossEncoder:
        if self._model is None:
            from safetensors import SafetensorError
            from sentence_transformers import CrossEncoder
            from transformers.utils import logging as transformers_logging

            transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
            try:
                self._model = CrossEncoder(
                    str(self._folder),
                    device=self._device,
                    local_files_only=True,
                    trust_remote_code=False,
                )
            except (OSError, ValueError, RuntimeError, SafetensorError) as error:
                reason = " ".join(str(error).split())[:200]
                raise EncoderError(
                    f"{self._folder}: expected a cross-encoder that loads ({reason})"
                ) from error
        return self._model


def _check_scores_pairs(folder: Path) -> None:
    """Refuse a folder without a model, and a model that would be given a head by chance."""
    config = folder / "config.json"
    if not config.is_file():
        raise EncoderError(
            f"{folder}: expected the folder of a cross-encoder (no config.json there); give "
            "the path of one, for instance a copy of cross-encoder/ms-marco-MiniLM-L6-v2"
        )
    try:
        value = json.loads(config.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise EncoderError(f"{config}: expected the configuration of a model as JSON") from error
    if not any((folder / name).is_file() for name in _TOKENIZERS):
        raise EncoderError(
            f"{folder}: expected the folder of a cross-encoder with its tokenizer "
            f"({' or '.join(_TOKENIZERS)})"
        )
    named = value.get("architectures") if isinstance(value, dict) else None
    found = [str(name) for name in named] if isinstance(named, list) else []
    if not any(name.endswith(_HEAD) for name in found):
        raise EncoderError(
            f"{folder}: expected a cross-encoder, a model …{_HEAD}, found "
            f"{', '.join(found) or 'none named'}; an encoder of single texts scores no pairs"
        )


def reranked(
    query: str, hits: Sequence[Hit], texts: Sequence[str], scorer: PairScorer, limit: int
) -> list[Hit]:
    """The hits whose texts a scorer puts first; equal scores keep the order of the hits."""
    scored = zip(hits, scorer.scores(query, texts), strict=True)
    best = sorted(scored, key=lambda pair: (-pair[1], pair[0].rank))
    return ranked([(hit.record_id, score) for hit, score in best[:limit]])


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
        self,
        retriever: Retriever,
        store: RecordStore,
        scorer: PairScorer,
        candidates: int = CANDIDATES,
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
        return reranked(query, hits, texts, self._scorer, limit)
