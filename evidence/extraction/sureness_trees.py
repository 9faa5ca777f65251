"""A sum of small regression trees kept as arrays: how a model of sureness ships, without pickle.

Gradient boosting (Friedman 2001, Greedy function approximation): log odds are a first value plus
what each tree says of the features.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evidence.config import data_folder
from evidence.errors import SourceError
from evidence.extraction.sureness_features import SURENESS_FEATURES
from indexers.array_files import read_arrays

MODEL_FILE = "sureness.npz"
_NODES = ("roots", "feature", "left", "right")
_ARRAYS = ("feature_names", "first", "threshold", "split", "value", *_NODES)
Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class SurenessModel:
    """Trees in one list of nodes; `roots` [n_trees] are places in it, a leaf's `feature` is -1.

    `threshold` is the probability from which a result is given, fixed when the model was made.
    """

    first: float
    threshold: float
    roots: Places
    feature: Places
    split: Floats
    left: Places
    right: Places
    value: Floats

    def probabilities(self, features: Floats) -> Floats:
        """The probabilities [n_results] that results are right, of [n_results, n_features]."""
        log_odds = np.full(len(features), self.first)
        # As they were fitted: in single precision.
        rounded = features.astype(np.float32)
        every = np.arange(len(features))
        for root in self.roots:
            at = np.full(len(features), root)
            while (inner := self.feature[at] >= 0).any():
                column = np.maximum(self.feature[at], 0)
                goes_left = rounded[every, column] <= self.split[at]
                following = np.where(goes_left, self.left[at], self.right[at])
                at = np.where(inner, following, at)
            log_odds += self.value[at]
        shares: Floats = 1 / (1 + np.exp(-log_odds))
        return shares


def save_model(model: SurenessModel, path: Path) -> None:
    """Write the trees, without pickle."""
    np.savez_compressed(
        path,
        feature_names=np.array(SURENESS_FEATURES),
        first=np.array(model.first),
        threshold=np.array(model.threshold),
        roots=model.roots.astype(np.int32),
        feature=model.feature.astype(np.int16),
        split=model.split,
        left=model.left.astype(np.int32),
        right=model.right.astype(np.int32),
        value=model.value.astype(np.float32),
    )


def read_model(path: Path) -> SurenessModel:
    """The trees of a file.

    Raises:
        SourceError: The file is missing, damaged, or made for other features.
    """
    expected = "expected trees made by data/heads_results/train.py"
    arrays = read_arrays(path, _ARRAYS, expected)
    if tuple(arrays["feature_names"].tolist()) != SURENESS_FEATURES:
        raise SourceError(path, f"{expected}, for these features of a result")
    return SurenessModel(
        first=float(arrays["first"]),
        threshold=float(arrays["threshold"]),
        split=arrays["split"].astype(np.float64),
        value=arrays["value"].astype(np.float64),
        **{name: arrays[name].astype(np.int64) for name in _NODES},
    )


@cache
def load_model() -> SurenessModel:
    """The trees that ship."""
    return read_model(data_folder() / "heads_results" / MODEL_FILE)
