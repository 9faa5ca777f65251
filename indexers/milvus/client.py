"""Connections to Milvus, and its refusals in one line."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from indexers.errors import StoreError
from indexers.milvus.address import TOKEN_VARIABLE, MilvusAddress

if TYPE_CHECKING:
    from pymilvus import MilvusClient

_SECONDS_TO_CONNECT = 20
_LONGEST_REASON = 300
INSTALL = "run: pip install 'evidence-synthesis[milvus]'"


def connect(address: MilvusAddress, *, make: bool = False) -> MilvusClient:
    """A client of the Milvus at an address.

    Args:
        address: Where it is. The token of a server is read from the environment.
        make: Whether the folder of Milvus Lite may be made.

    Raises:
        StoreError: A package is missing, nothing answers, or the folder is in use or not there.
    """
    try:
        from pymilvus import MilvusClient
    except ImportError as error:
        raise StoreError(f"{address}: pymilvus is not installed; {INSTALL}") from error
    for name in ("pymilvus", "milvus_lite"):  # they log whole tracebacks of what `told` tells
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if address.engine == "milvus-lite":
        _check_lite(address, make)
        with told(address):
            return MilvusClient(address.uri)
    with told(address):
        token = os.environ.get(TOKEN_VARIABLE, "")
        return MilvusClient(address.uri, token=token, timeout=_SECONDS_TO_CONNECT)


def _check_lite(address: MilvusAddress, make: bool) -> None:
    try:
        import milvus_lite  # noqa: F401 (pymilvus wants it for a local folder)
    except ImportError as error:
        raise StoreError(f"{address}: milvus-lite is not installed; {INSTALL}") from error
    folder = Path(address.uri)
    if folder.is_dir():
        return
    if folder.exists():
        raise StoreError(
            f"{address}: expected a folder of Milvus Lite 3, found a file; name another, and build "
            "the store again"
        )
    if not make:
        raise StoreError(
            f"{address}: expected a store, found no such folder; "
            f"build one with: evidence index build SOURCE --store {address}"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{address}: expected a folder that can be written ({error.strerror or error})"
        ) from error


@contextmanager
def told(address: MilvusAddress) -> Iterator[None]:
    """Tell what Milvus or the connection refuses as one line without the token.

    Raises:
        StoreError: Milvus refused, or the connection broke.
    """
    from grpc import RpcError
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, RpcError) as error:
        reason = " ".join(str(getattr(error, "message", "") or error).split())
        token = os.environ.get(TOKEN_VARIABLE, "")
        if token:
            reason = reason.replace(token, "…")
        if reason == "Open local milvus failed":
            reason = (
                "it cannot be opened: another process has it open (Milvus Lite serves one at a "
                "time), or it is damaged"
            )
        raise StoreError(f"{address}: Milvus: {reason[:_LONGEST_REASON]}") from error
