"""The two linear heads of the direction of an effect, as data/heads_direction keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evidence.config import data_folder
from evidence.errors import SourceError
from evidence.extraction.direction_ranking import RANKING_FEATURES
from indexers.array_files import read_arrays

Array = NDArray[np.float64]
LABELS: tuple[Literal["increased", "decreased", "no_difference"], ...] = (
    "increased",
    "decreased",
    "no_difference",
)
HEADS_FILE = "heads.npz"
MOST_STANDARD_DEVIATIONS = 6.0
_ARRAYS = (
    *("rank_names", "rank_mean", "rank_sd", "rank_weights"),
    *("names", "weights", "bias", "sharpness"),
)


@dataclass(frozen=True)
class DirectionHeads:
    """Weights; `rank_*` are [n_ranking_features], `weights` [n_labels, n_names], `bias` [n_labels].

    Attributes:
        names: The features of the direction head; a feature without a name here is not used.
        sharpness: The power that makes the pooled probabilities as sure as they are right (the
            inverse of a temperature, Guo et al. 2017).
    """

    rank_mean: Array
    rank_sd: Array
    rank_weights: Array
    names: tuple[str, ...]
    weights: Array
    bias: Array
    sharpness: float = 1.0

    def rank(self, features: Array) -> Array:
        """Scores [n_sentences] of features [n_sentences, n_ranking_features]; higher is better."""
        most = MOST_STANDARD_DEVIATIONS
        standard = np.clip((features - self.rank_mean) / self.rank_sd, -most, most)
        scores: Array = standard @ self.rank_weights
        return scores

    def probabilities(self, read: Sequence[dict[str, float]]) -> Array:
        """Probabilities [n_sentences, n_labels] of features by name."""
        scores = np.tile(self.bias, (len(read), 1))
        for row, features in enumerate(read):
            for name, value in features.items():
                place = self._places.get(name)
                if place is not None:
                    scores[row] += value * self.weights[:, place]
        chance = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Array = chance / chance.sum(axis=1, keepdims=True)
        return shares

    def pooled(self, shares: Array, read: Array) -> Array:
        """What a document tells [n_labels], from its best sentences.

        Args:
            shares: [n_sentences] of the ranking. Their square roots are the weights: the ranking is
                surer of one sentence than it is right.
            read: Probabilities [n_sentences, n_labels].
        """
        mixed = np.sqrt(shares) @ read
        sharp = (mixed / mixed.max()) ** self.sharpness
        pooled: Array = sharp / sharp.sum()
        return pooled

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.names)}


def save_heads(heads: DirectionHeads, path: Path) -> None:
    """Write the weights, without pickle."""
    np.savez_compressed(
        path,
        rank_names=np.array(RANKING_FEATURES),
        rank_mean=heads.rank_mean.astype(np.float32),
        rank_sd=heads.rank_sd.astype(np.float32),
        rank_weights=heads.rank_weights.astype(np.float32),
        names=np.array([name.encode() for name in heads.names]),
        weights=heads.weights.astype(np.float32),
        bias=heads.bias.astype(np.float32),
        sharpness=np.float32(heads.sharpness),
    )


def read_heads(path: Path) -> DirectionHeads:
    """The weights of a file.

    Raises:
        SourceError: The file is missing, damaged, or made for other features.
    """
    expected = "expected weights made by data/heads_direction/train.py"
    arrays = read_arrays(path, _ARRAYS, expected)
    if tuple(arrays["rank_names"].tolist()) != RANKING_FEATURES:
        raise SourceError(path, f"{expected}, for these features of a sentence")
    rank_mean, rank_sd, rank_weights, weights, bias, sharpness = (
        arrays[name].astype(np.float64) for name in _ARRAYS if "names" not in name
    )
    names = tuple(name.decode() for name in arrays["names"].tolist())
    return DirectionHeads(rank_mean, rank_sd, rank_weights, names, weights, bias, float(sharpness))


@cache
def load_heads() -> DirectionHeads:
    """The weights that ship."""
    return read_heads(data_folder() / "heads_direction" / HEADS_FILE)
