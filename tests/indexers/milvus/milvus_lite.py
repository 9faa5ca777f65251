"""Milvus Lite in tests: skipped where it is not installed, closed when a folder goes."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest


def need_milvus() -> None:
    """Skip without pymilvus and Milvus Lite; in CI they must be there."""
    missing = [
        name for name in ("pymilvus", "milvus_lite") if importlib.util.find_spec(name) is None
    ]
    if missing:
        told = f"{', '.join(missing)} missing: pip install 'evidence-synthesis[milvus]'"
        pytest.fail(told) if os.environ.get("CI") == "true" else pytest.skip(told)


def close_lite(folder: Path) -> None:
    """Stop the servers of all Milvus Lite folders under a folder."""
    if importlib.util.find_spec("milvus_lite") is None:
        return
    from milvus_lite.server_manager import server_manager_instance

    for path in sorted(folder.rglob("*.db")):
        server_manager_instance.release_server(str(path))
