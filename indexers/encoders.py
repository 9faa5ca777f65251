"""The encoders that ship, and the one that made a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from indexers.encoder import Device, Encoder, EncoderError, minilm_encoder
from indexers.errors import StoreError

if TYPE_CHECKING:
    from indexers.record_store import MadeBy

EncoderName = Literal["minilm", "static"]
"""`minilm` is the more accurate, `static` the one for corpora too large for it on a CPU."""

_MODELS: dict[str, EncoderName] = {"all-MiniLM-L6-v2": "minilm", "static-minilm-256": "static"}


def named_encoder(name: EncoderName, device: Device = "cpu") -> Encoder:
    """The shipped encoder of that name; the static one runs on the CPU whatever the device.

    Raises:
        EncoderError: There is none of that name, or its package or files are missing.
    """
    match name:
        case "minilm":
            return minilm_encoder(device)
        case "static":
            from indexers.static_encoder import StaticEncoder

            return StaticEncoder(_static_folder())
        case _:
            raise EncoderError(
                f"encoder {name!r}: expected one of {', '.join(get_args(EncoderName))}"
            )


def encoder_of(manifest: MadeBy, device: Device = "cpu") -> Encoder:
    """The shipped encoder that made a store's vectors.

    Raises:
        EncoderError: The encoder's package or files are missing.
        StoreError: None of the shipped encoders made them, or another version of one.
    """
    name = _MODELS.get(manifest.encoder_name)
    if name is None:
        raise StoreError(
            f"the store's vectors are by {manifest.encoder_name!r}, expected one of "
            f"{', '.join(_MODELS)}; build the store again (evidence index build)"
        )
    encoder = named_encoder(name, device)
    if encoder.digest != manifest.encoder_digest:
        raise StoreError(
            f"the store's vectors are by another version of {encoder.name} "
            f"({manifest.encoder_digest[:12]}, here {encoder.digest[:12]}); "
            "build the store again (evidence index build)"
        )
    return encoder


def _static_folder() -> Path:
    return Path(__file__).resolve().parent.parent / "data" / "static_encoder"
