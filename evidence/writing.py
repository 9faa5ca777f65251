"""Files that a person asked for, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from indexers.errors import SourceError


def write_whole(path: Path, body: bytes) -> None:
    """Write beside the target and swap, so that a reader never sees half a file.

    Raises:
        SourceError: The file cannot be written there.
    """
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            half.write_bytes(body)
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
    except OSError as error:
        wanted = f"expected a file that can be written ({error.strerror})"
        raise SourceError(path, wanted) from error
