"""Where the key of a server is found: an environment variable, else the system's keyring.

A key is read where a language model is made and goes from there into the HTTP client. No settings,
manifest, log, report or recorded call holds it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Literal

from evidence.errors import SettingsError

KEYRING_SERVICE = "evidence-synthesis"
"""The service under which a keyring holds keys; the variable's name is the user name there."""
_FOR_KEYS = re.compile(r"EVIDENCE_[A-Z0-9_]+|[A-Z][A-Z0-9_]*_API_KEY")
"""What settings may name: else those of a stranger send any secret to the stranger's server."""


@dataclass(frozen=True)
class Key:
    """A key and where it was found; what is printed of it never holds the key.

    Attributes:
        value: The key, or None when there is none, as for a local server.
        source: Where it was found.
        note: Why the keyring was of no use, when it was not.
    """

    value: str | None = field(default=None, repr=False)
    source: Literal["environment", "keyring", "nowhere"] = "nowhere"
    note: str = ""


def find_key(variable: str) -> Key:
    """The key that a variable holds, else the one under its name in the keyring.

    Raises:
        SettingsError: The variable is none for a model's key, or the key cannot stand in a header.
    """
    if not _FOR_KEYS.fullmatch(variable):
        raise SettingsError(
            f"api_key_variable {variable!r}: expected a name that ends in _API_KEY or begins with "
            "EVIDENCE_, so that no other secret goes to the server; put the key into such a one"
        )
    value = os.environ.get(variable, "").strip()
    if value:
        return Key(_printable(value, variable), "environment")
    value, note = _from_keyring(variable)
    if value:
        return Key(_printable(value, f"{variable} in the keyring"), "keyring")
    return Key(note=note)


def _from_keyring(variable: str) -> tuple[str, str]:
    """The key in the keyring, and why there is none when the keyring itself is the reason."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return "", "the package keyring is not installed"
    try:
        return (keyring.get_password(KEYRING_SERVICE, variable) or "").strip(), ""
    except KeyringError as error:
        # Said by kind: what a backend says may name the user's files.
        return "", f"the keyring gives nothing ({type(error).__name__})"


def _printable(key: str, where: str) -> str:
    if not (key.isascii() and key.isprintable()):
        raise SettingsError(f"{where}: expected a key of printable ASCII characters")
    return key
