"""Files that a person asked for, written whole or not at all."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident

from indexers.spreadsheet_cells import inert_cell
from indexers.written_files import FULL, not_written


def write_whole(path: Path, body: bytes, *, for_owner_alone: bool = False) -> None:
    """Write beside the target and swap, so that a reader never sees half a file.

    Args:
        path: The target; its folder is made where it is missing.
        body: All bytes of the file.
        for_owner_alone: The file has mode 0600 from its first byte on.

    Raises:
        SourceError: The file cannot be written there.
    """
    half = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            if for_owner_alone:
                half.touch(mode=0o600)
            half.write_bytes(body)
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
    except OSError as error:
        raise not_written(path, error) from error


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
        if error.errno not in FULL:
            raise
        raise not_written(path, error) from error
