"""A disk that is full and a worker without memory, once each."""

from __future__ import annotations

from pathlib import Path

from tests.faults.disk import full_disk_row, no_memory_row
from tests.faults.long_commands import LONG_COMMANDS, LongCommand


def named(name: str) -> LongCommand:
    return next(command for command in LONG_COMMANDS if command.name == name)


def test_a_full_disk_is_told_and_the_old_store_is_whole(tmp_path: Path) -> None:
    found = full_disk_row(named("index update"), tmp_path, 1, seed=3)
    assert found.lost == 0, found.faults
    assert "error: " in found.reported


def test_a_build_without_memory_is_told_and_the_old_store_is_whole(tmp_path: Path) -> None:
    found = no_memory_row(named("index build"), tmp_path, (32 << 20,))
    assert found.lost == 0, found.faults
    assert "went on" not in found.reported
