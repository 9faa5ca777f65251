"""Passwords are kept as salted scrypt hashes (RFC 7914); nothing here keeps or tells one."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import unicodedata
from typing import Literal

from pydantic import Field, field_validator

from evidence.errors import SettingsError
from indexers.records import Frozen

FEWEST_CHARACTERS = 10
MOST_CHARACTERS = 200
COST_N, COST_R, COST_P = 2**15, 8, 3
"""32 MiB a hash; one of the settings of the OWASP Password Storage Cheat Sheet for scrypt."""
_BYTES = 32
# One at a time, so that many tries at once cannot fill the memory.
_hashing = threading.Lock()


class PasswordHash(Frozen):
    """A password's hash with what is needed to compare another with it.

    Attributes:
        n: Cost in time and memory, a power of two. With `r` it takes 128 n r bytes.
        r: Block size.
        p: How often, one after the other.
        salt: Random bytes as hexadecimal digits.
        digest: The hash as hexadecimal digits.
    """

    algorithm: Literal["scrypt"] = "scrypt"
    n: int = Field(ge=2, le=2**18)
    r: int = Field(ge=1, le=16)
    p: int = Field(ge=1, le=16)
    salt: str = Field(pattern=r"^([0-9a-f]{2}){16,64}$")
    digest: str = Field(pattern=r"^([0-9a-f]{2}){32}$")

    @field_validator("n")
    @classmethod
    def _a_power_of_two(cls, n: int) -> int:
        if n & (n - 1):
            raise ValueError(f"{n}: expected a power of two")
        return n


def hash_password(password: str) -> PasswordHash:
    """A new hash, with a salt of its own.

    Raises:
        SettingsError: The password is too short or too long.
    """
    if not FEWEST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        raise SettingsError(
            f"expected a password of {FEWEST_CHARACTERS} to {MOST_CHARACTERS} characters "
            f"(this one has {len(password)}); a few words are good"
        )
    salt = secrets.token_bytes(16)
    digest = _scrypt(password, salt, COST_N, COST_R, COST_P)
    return PasswordHash(n=COST_N, r=COST_R, p=COST_P, salt=salt.hex(), digest=digest.hex())


def is_password(kept: PasswordHash | None, password: str) -> bool:
    """Whether this is the password that was kept.

    Without a kept one the answer is no, but it takes as long: the time tells nobody whether a name
    is known.
    """
    if kept is None:
        hmac.compare_digest(_scrypt(password, bytes(16), COST_N, COST_R, COST_P), bytes(_BYTES))
        return False
    found = _scrypt(password, bytes.fromhex(kept.salt), kept.n, kept.r, kept.p)
    return hmac.compare_digest(found, bytes.fromhex(kept.digest))


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    # One keyboard sends é as one character, another as two. A lone surrogate has no UTF-8.
    words = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    with _hashing:
        return hashlib.scrypt(
            words, salt=salt, n=n, r=r, p=p, maxmem=128 * r * (n + p + 2) + 2**20, dklen=_BYTES
        )
