"""Arrays of numbers in .npz files, read without pickle."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexers.errors import SourceError

_DAMAGE = (
    OSError,
    EOFError,
    KeyError,
    ValueError,  # an array of objects, which only pickle could read, is one
    MemoryError,  # a header may claim any shape
    RuntimeError,  # an entry said to be encrypted, or packed in a way that is not known
    TypeError,  # one array without a name
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
)


def read_arrays(path: Path, names: Sequence[str], expected: str) -> dict[str, NDArray[Any]]:
    """The arrays of these names, as they were saved.

    Args:
        path: A file of `numpy.savez` or `numpy.savez_compressed`.
        names: The arrays to read; others are left alone.
        expected: What the file should have been, for the message.

    Raises:
        SourceError: The file is missing or damaged, or lacks one of the arrays.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in names}
    except _DAMAGE as error:
        raise SourceError(path, f"{expected} ({error})") from error
