"""Where a store in Milvus is, as `--store` names it.

    milvus://HOST:PORT/COLLECTION       a server; milvus+tls:// speaks TLS to it
    milvus-lite:PATH.db                 Milvus Lite in this process, its data in a folder PATH.db

Both forms survive being taken for a path (which makes one slash of two), so they stand wherever a
store's folder does: in options, in a project's manifest and in the app. No form has a place for a
password: that of a server is read from the environment variable MILVUS_TOKEN.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from indexers.errors import StoreError

TOKEN_VARIABLE = "MILVUS_TOKEN"  # noqa: S105 (the variable's name, not what it holds)
LITE_COLLECTION = "records"
_SERVER = re.compile(r"(milvus|milvus\+tls):/{1,2}([^/]*)/(.*)", re.DOTALL)
_LITE = re.compile(r"milvus-lite:(.+)", re.DOTALL)
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})")
_COLLECTION = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,200}")
_FORMS = "milvus://HOST:PORT/COLLECTION or milvus-lite:PATH.db"


@dataclass(frozen=True)
class MilvusAddress:
    """A collection of Milvus.

    Attributes:
        engine: A server, or Milvus Lite in this process.
        uri: Where pymilvus connects: a web address, or the path of Milvus Lite's folder.
        collection: The name under which the store is kept.
        text: The address as a person writes it.
    """

    engine: Literal["milvus", "milvus-lite"]
    uri: str
    collection: str
    text: str

    def __str__(self) -> str:
        return self.text


def is_milvus(place: Path | str) -> bool:
    """Whether a place of a store is an address of Milvus, well-formed or not."""
    return str(place).startswith(("milvus:", "milvus+", "milvus-lite:"))


def folder_needed(name: str) -> StoreError:
    """The refusal of what only a store in a folder can answer."""
    return StoreError(
        f"{name}: Boolean queries, search strategies and their debugger need a store in a folder; "
        "plain words (--syntax natural) search Milvus"
    )


def milvus_address(place: Path | str) -> MilvusAddress:
    """Read an address.

    Raises:
        StoreError: It is not of one of the forms, or has a password in it.
    """
    text = place.as_posix() if isinstance(place, Path) else place
    if lite := _LITE.fullmatch(text):
        path = lite.group(1)
        if not path.endswith(".db") or path.endswith("/.db") or path == ".db":
            raise StoreError(f"{text}: expected milvus-lite:PATH.db, a path that ends in .db")
        return MilvusAddress("milvus-lite", path, LITE_COLLECTION, text)
    server = _SERVER.fullmatch(text)
    if server and "@" in server.group(2):
        raise StoreError(
            f"{server.group(1)}://{server.group(2).rpartition('@')[2]}/…: expected an address "
            f"without name and password; put them into {TOKEN_VARIABLE}, as NAME:PASSWORD"
        )
    host = _HOST.fullmatch(server.group(2)) if server else None
    if server is None or host is None or not 0 < int(host.group(2)) < 65536:
        # What stands before an @ may be a password, wherever it was put.
        raise StoreError(f"{text.rpartition('@')[2]}: expected {_FORMS}")
    if not _COLLECTION.fullmatch(server.group(3)):
        raise StoreError(
            f"{text}: expected the name of a collection after the port, of letters, digits and "
            "underscores"
        )
    protocol = "https" if server.group(1).endswith("+tls") else "http"
    return MilvusAddress(
        "milvus",
        f"{protocol}://{server.group(2)}",
        server.group(3),
        f"{server.group(1)}://{server.group(2)}/{server.group(3)}",
    )
