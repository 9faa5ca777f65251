"""Settings of the span heads: what config.json beside their weights says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from evidence.errors import EngineError


class HeadSettings(NamedTuple):
    """What config.json beside the weights says.

    `factors` multiply the shares of outside and each element before the highest wins;
    `encoder_digest` names the encoder that the heads were trained on.
    """

    heads: tuple[str, ...]
    layers: tuple[int, ...]
    n_inner: int
    n_recurrent: int
    n_ending: int
    factors: tuple[float, ...]
    encoder_digest: str


def read_settings(folder: Path) -> HeadSettings:
    """The settings beside the weights.

    Raises:
        EngineError: They are missing or damaged.
    """
    path = folder / "config.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return HeadSettings(
            heads=tuple(str(name) for name in found["heads"]),
            layers=tuple(int(layer) for layer in found["layers"]),
            n_inner=int(found["n_inner"]),
            n_recurrent=int(found["n_recurrent"]),
            n_ending=int(found["n_ending"]),
            factors=tuple(float(factor) for factor in found["factors"]),
            encoder_digest=str(found["encoder_digest"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(
            f"{path}: expected the settings of the span heads; restore it or train them anew "
            "(python -m data.heads.train)"
        ) from error
