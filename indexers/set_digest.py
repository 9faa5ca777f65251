"""A digest of a set that is kept up as members come and go, in any order.

LtHash16 (Lewi, Kim, Maykov & Weis 2019, Securing update propagation with homomorphic hashing,
IACR 2019/227): each member is spread over 1,024 numbers of 16 bits, which are added up. Two sets
of the same sum are as hard to find as short vectors of a lattice.
"""

from __future__ import annotations

import base64
import hashlib

import numpy as np
from numpy.typing import NDArray

_NUMBERS = 1024


class SetDigest:
    """The sum over the members; empty unless a sum is given.

    Args:
        state: The sum of another time, as `state` told it.

    Raises:
        ValueError: `state` is no such sum.
    """

    def __init__(self, state: str = "") -> None:
        self._sum: NDArray[np.uint16] = np.zeros(_NUMBERS, dtype="<u2")
        if state:
            raw = base64.b85decode(state)
            if len(raw) != _NUMBERS * 2:
                raise ValueError(f"expected a sum of {_NUMBERS * 2} bytes, not {len(raw)}")
            self._sum = np.frombuffer(raw, dtype="<u2").copy()

    def add(self, member: str) -> None:
        """Take a member in."""
        self._sum += _spread(member)

    def remove(self, member: str) -> None:
        """Take out a member that was added before."""
        self._sum -= _spread(member)

    @property
    def state(self) -> str:
        """The sum as text, to go on with later."""
        return base64.b85encode(self._sum.tobytes()).decode()

    @property
    def digest(self) -> str:
        """SHA-256 of the sum, in hexadecimal."""
        return hashlib.sha256(self._sum.tobytes()).hexdigest()


def _spread(member: str) -> NDArray[np.uint16]:
    spread: NDArray[np.uint16] = np.frombuffer(
        hashlib.shake_128(member.encode()).digest(_NUMBERS * 2), dtype="<u2"
    )
    return spread
