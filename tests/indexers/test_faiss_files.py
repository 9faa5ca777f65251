"""An index that cannot be written is one line of the store's errors."""

from __future__ import annotations

import sys
from pathlib import Path

import faiss
import numpy as np
import pytest

from indexers.errors import StoreError
from indexers.faiss_files import write_faiss

INDEX = faiss.IndexFlatIP(64)
INDEX.add(np.ones((500, 64), dtype=np.float32))


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_full_disk_is_told() -> None:
    with pytest.raises(StoreError, match=r"\(No space left on device\); free disk space") as told:
        write_faiss(INDEX, Path("/dev/full"))
    assert str(told.value).startswith("/dev/full: ")
    assert "index_write.cpp" not in str(told.value)
    assert "\n" not in str(told.value)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"\(No such file or directory\)"):
        write_faiss(INDEX, tmp_path / "none" / "x")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_faiss(INDEX, tmp_path / "x")
    assert faiss.read_index(str(tmp_path / "x")).ntotal == 500
