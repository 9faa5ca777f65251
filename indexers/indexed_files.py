"""Which files a store was filled from: name, date, size and digest of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from indexers.errors import SourceError
from indexers.manifest import IndexedFile, file_digest, read_manifest, write_manifest
from indexers.swap import written_in_place


def indexed_files(counts: Mapping[Path, int]) -> list[IndexedFile]:
    """The files with the records that each gave, as they lie on the disk now.

    Raises:
        SourceError: A file cannot be read any more.
    """
    return [_indexed(path, n_records) for path, n_records in counts.items()]


def note_indexed_files(store: Path, files: Sequence[IndexedFile]) -> None:
    """Write the list into the manifest of a store, in place of the one that it has.

    A file that comes again with the same content is listed once.

    Raises:
        StoreError: There is no store, or another writer is at work on it.
    """
    with written_in_place(store) as folder:
        manifest = read_manifest(folder)
        told = tuple(_distinct(files))
        if manifest.indexed_files != told:
            write_manifest(folder, manifest.model_copy(update={"indexed_files": told}))


def _indexed(path: Path, n_records: int) -> IndexedFile:
    try:
        state = path.stat()
        digest = file_digest(path)
    except OSError as error:
        raise SourceError(path, f"expected the file that was read ({error.strerror})") from error
    return IndexedFile(
        name=path.name.encode(errors="replace").decode(),  # a name may be no Unicode
        n_records=n_records,
        size_bytes=state.st_size,
        modified_at=datetime.fromtimestamp(int(state.st_mtime), UTC),
        sha256=digest,
    )


def _distinct(files: Iterable[IndexedFile]) -> list[IndexedFile]:
    return list({(file.name, file.sha256): file for file in files}.values())
