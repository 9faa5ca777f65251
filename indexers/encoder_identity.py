"""What an encoder that stands before another one says of itself: that it is the other."""

from __future__ import annotations

from indexers.encoder import Encoder


class EncoderIdentity:
    """Name, digest and dimension of the encoder that makes the vectors.

    Args:
        encoder: That encoder.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    @property
    def name(self) -> str:
        """The encoder's name."""
        return self._encoder.name

    @property
    def digest(self) -> str:
        """The encoder's digest."""
        return self._encoder.digest

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return self._encoder.dimension
