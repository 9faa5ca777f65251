"""The list of a store's records: number, record id and digest of each, in the order of the numbers.

    numbers.npy    int64 [n_records], rising
    digests.npy    uint8 [n_records, 32]: SHA-256 of each record as JSON
    ids.utf8       the record ids one after another; id_ends.npy says where each ends

The files are mapped into memory, so that a million records cost nothing to open.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexers.errors import StoreError
from indexers.records import Record

DIGEST_BYTES = 32


def record_digest(record: Record) -> bytes:
    """SHA-256 over all fields of a record."""
    return hashlib.sha256(record.model_dump_json().encode()).digest()


def write_catalogue(
    folder: Path, numbers: NDArray[np.int64], ids: Sequence[str], digests: NDArray[np.uint8]
) -> None:
    """Write the catalogue of records into a folder that does not exist yet."""
    folder.mkdir()
    encoded = [record_id.encode() for record_id in ids]
    np.save(folder / "numbers.npy", numbers)
    np.save(folder / "digests.npy", digests)
    np.save(folder / "id_ends.npy", np.cumsum([len(e) for e in encoded], dtype=np.int64))
    (folder / "ids.utf8").write_bytes(b"".join(encoded))


class Catalogue:
    """A catalogue opened for reading.

    Attributes:
        numbers: Rising numbers [n_records]; a record keeps its number as long as it is stored.
        digests: [n_records, 32].

    Raises:
        StoreError: The files are missing, damaged, or not of so many records.
    """

    def __init__(self, folder: Path, n_records: int) -> None:
        self.numbers: NDArray[np.int64] = _mapped(folder / "numbers.npy", (n_records,))
        self.digests: NDArray[np.uint8] = _mapped(folder / "digests.npy", (n_records, DIGEST_BYTES))
        self._ends: NDArray[np.int64] = _mapped(folder / "id_ends.npy", (n_records,))
        try:
            self._ids = (folder / "ids.utf8").read_bytes()
        except OSError as error:
            raise StoreError(f"{folder}/ids.utf8: expected record ids; {_AGAIN}") from error
        if int(self._ends[-1]) != len(self._ids):
            raise StoreError(f"{folder}/ids.utf8: expected {int(self._ends[-1])} bytes; {_AGAIN}")

    @property
    def records_digest(self) -> str:
        """One digest of all records, in order."""
        return digest_of_records(self.digests)

    def record_ids(self, numbers: Iterable[int]) -> list[str]:
        """The record ids of numbers that the catalogue holds."""
        places = np.searchsorted(self.numbers, np.fromiter(numbers, dtype=np.int64))
        return [self._id(int(place)) for place in places]

    def all_ids(self) -> list[str]:
        """Every record id, in the order of the numbers."""
        ends = self._ends.tolist()
        return [self._ids[a:b].decode() for a, b in zip([0, *ends[:-1]], ends, strict=True)]

    def _id(self, place: int) -> str:
        start = int(self._ends[place - 1]) if place else 0
        return self._ids[start : int(self._ends[place])].decode()


_AGAIN = "build the store again"


def digest_of_records(digests: NDArray[np.uint8]) -> str:
    """SHA-256 over the digests [n_records, 32] of records, in order."""
    return hashlib.sha256(np.ascontiguousarray(digests).data).hexdigest()


def _mapped(path: Path, shape: tuple[int, ...]) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            raise MemoryError from error
        raise StoreError(f"{path}: expected a NumPy array; {_AGAIN}") from error
    if array.shape != shape:
        raise StoreError(f"{path}: expected an array of shape {shape}; {_AGAIN}")
    return array
