"""Copies of a project's files that several threads of one server write at once."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from evidence.databases.files import PEOPLE, write_copy


def test_threads_write_the_list_of_people_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    faults: list[str] = []

    def write(body: bytes) -> None:
        for _ in range(200):
            try:
                write_copy(tmp_path / PEOPLE, body)
            except Exception as error:
                faults.append(repr(error))
            if (tmp_path / PEOPLE).stat().st_mode & 0o077:
                faults.append("others may read it")

    threads = [threading.Thread(target=write, args=(body,)) for body in (b"a", b"b", b"c")]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert faults == []
