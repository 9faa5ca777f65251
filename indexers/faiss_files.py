"""A FAISS index to its file, where the disk may be full."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from indexers.errors import StoreError

_SYSTEM_SAYS = re.compile(r"\(([^()]+)\)\s*$|: ([^:()]+)$")
"""At its end a message of FAISS has the system's word, behind the place in its source code."""


def write_faiss(index: Any, path: Path) -> None:
    """Write an index.

    Raises:
        StoreError: The disk is full, or the file cannot be written.
    """
    import faiss

    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:  # so FAISS raises whatever the system met
        told = _SYSTEM_SAYS.search(str(error))
        reason = (told[1] or told[2]).strip() if told else "FAISS could not write it"
        raise StoreError(
            f"{path}: the index of the vectors could not be written ({reason}); free disk space, "
            "then start again"
        ) from error
