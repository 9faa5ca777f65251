"""Writing files of records: packed by their names, and a fault told with what to do."""

from __future__ import annotations

import errno
import gzip
from pathlib import Path

from indexers.errors import SourceError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says of a disk, a quota or a file that holds no more."""


def write_packed(path: Path, raw: bytes) -> None:
    """Write a file, packed where its name ends in .gz; the same bytes give the same file.

    Raises:
        SourceError: The file cannot be written.
    """
    try:
        path.write_bytes(gzip.compress(raw, mtime=0) if path.suffix == ".gz" else raw)
    except OSError as error:
        raise not_written(path, error) from error


def not_written(path: Path, error: OSError) -> SourceError:
    """That a file could not be written, and what to do where the disk is full."""
    advice = "; free disk space, then run the same command again" if error.errno in FULL else ""
    return SourceError(path, f"expected a file that can be written ({error.strerror}){advice}")
