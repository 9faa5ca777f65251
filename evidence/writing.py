"""Files that a person asked for, written whole or not at all."""

from __future__ import annotations

import csv
import errno
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from indexers.errors import SourceError
from indexers.spreadsheet_cells import inert_cell

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


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
        raise _not_written(path, error) from error


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows as CSV under the names of their columns, no cell a formula; see `write_whole`."""
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({n: inert_cell(v) if isinstance(v, str) else v for n, v in row.items()})
    write_whole(path, table.getvalue().encode())


@contextmanager
def full_disk_told(path: Path) -> Iterator[None]:
    """Name the file that a block was writing when the disk was full; the system names none.

    Raises:
        SourceError: The disk is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise _not_written(path, error) from error


def _not_written(path: Path, error: OSError) -> SourceError:
    advice = "; free disk space, then run the same command again" if error.errno in _FULL else ""
    return SourceError(path, f"expected a file that can be written ({error.strerror}){advice}")
