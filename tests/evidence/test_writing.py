from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from evidence.errors import SourceError
from evidence.writing import full_disk_told, write_whole

TOLD = "out.txt: expected a file that can be written"


def test_a_full_disk_is_told_with_the_file_and_what_to_do(tmp_path: Path) -> None:
    full = r"\(No space left on device\); free disk space, then run the same command again"
    with pytest.raises(SourceError, match=f"{TOLD} {full}"), full_disk_told(tmp_path / "out.txt"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_another_error_names_its_own_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), full_disk_told(tmp_path / "out.txt"):
        (tmp_path / "in.txt").read_bytes()


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "new" / "out.txt"
    write_whole(out, b"older")

    def half(path: Path, body: bytes) -> int:
        with path.open("wb") as file:
            file.write(body[:2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(SourceError, match=f"{TOLD}.*free disk space"):
        write_whole(out, b"newer")
    assert [path.name for path in out.parent.iterdir()] == ["out.txt"]
    assert out.read_bytes() == b"older"
