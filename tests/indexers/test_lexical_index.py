"""The lexical half of a store, apart from what test_store.py asks of the whole."""

from __future__ import annotations

import errno
import os
import tempfile
import time
from pathlib import Path

import pytest

from indexers import lexical_index
from indexers.lexical_index import LexicalIndex, LexicalWriter

TIMES = 10
"""The thread that watched a folder took its lock within a millisecond in 198 openings of 200."""


def test_an_open_index_writes_nothing_behind_its_reader(tmp_path: Path) -> None:
    folder = tmp_path / "lexical"
    with LexicalWriter(folder):
        pass
    lock = folder / ".tantivy-meta.lock"
    came_back = []
    for _ in range(TIMES):
        index = LexicalIndex(folder)
        lock.unlink()
        time.sleep(0.02)
        came_back.append(lock.exists())
        assert len(index) == 0
    assert not any(came_back)


def test_a_folder_that_cannot_be_written_is_read_though_its_links_go_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "lexical"
    with LexicalWriter(folder):
        pass
    opened = lexical_index._with_reader

    def only_by_links(place: Path) -> object:
        if place == folder:
            raise ValueError("no lock can be made here")
        return opened(place)

    def not_empty(*_: object, **__: object) -> None:
        raise OSError(errno.ENOTEMPTY, "Directory not empty")

    monkeypatch.setattr(lexical_index, "_with_reader", only_by_links)
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(os, "rmdir", not_empty)
    assert len(LexicalIndex(folder)) == 0


def test_short_memory_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(_folder: Path) -> None:
        raise ValueError(f"Failed to open file for read: '{os.strerror(errno.ENOMEM)}'")

    monkeypatch.setattr(lexical_index, "_opened", opened)
    with pytest.raises(MemoryError):
        LexicalIndex(tmp_path)
