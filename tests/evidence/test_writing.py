from __future__ import annotations

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
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


def test_threads_that_write_one_file_do_not_take_each_others_half(tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    bodies = [bytes([65 + n]) * 9 for n in range(4)]
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(write_whole, out, body) for body in bodies * 200]:
            done.result()
    assert out.read_bytes() in bodies
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]


def test_a_file_for_its_owner_alone_is_so_before_a_byte_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Path.write_bytes
    seen = []

    def spied(path: Path, body: bytes) -> int:
        seen.append(stat.S_IMODE(path.stat().st_mode))
        return written(path, body)

    monkeypatch.setattr(Path, "write_bytes", spied)
    write_whole(tmp_path / "out.txt", b"older", for_owner_alone=True)
    write_whole(tmp_path / "out.txt", b"newer", for_owner_alone=True)
    assert seen == [0o600, 0o600]
    assert stat.S_IMODE((tmp_path / "out.txt").stat().st_mode) == 0o600
    assert (tmp_path / "out.txt").read_bytes() == b"newer"
