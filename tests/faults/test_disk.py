"""Disks that are full and commands without memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.disk import full_disk_row, no_memory_row
from tests.faults.long_commands import LONG_COMMANDS, LongCommand


def named(name: str) -> LongCommand:
    return next(command for command in LONG_COMMANDS if command.name == name)


def test_a_full_disk_is_told_and_the_old_store_is_whole(tmp_path: Path) -> None:
    found = full_disk_row(named("index update"), tmp_path, 1, seed=3)
    assert found.lost == 0, found.faults
    assert "error: " in found.reported


@pytest.mark.parametrize(
    ("name", "file"),
    [("extract", "findings.jsonl"), ("search-batch", "out/"), ("calibrate", "contexts.json")],
)
def test_a_full_disk_names_the_file(name: str, file: str, tmp_path: Path) -> None:
    found = full_disk_row(named(name), tmp_path, 1, seed=3)
    assert found.lost == 0, found.faults
    assert f"error: {file}" in found.reported
    assert "expected a file that can be written (" in found.reported


def test_an_update_without_memory_ends_in_time_and_the_old_store_is_whole(tmp_path: Path) -> None:
    """Libraries in Rust that print their stacks waited for themselves at some of these sizes."""
    found = no_memory_row(named("index update"), tmp_path, [n << 20 for n in (8, 26, 34, 500)])
    assert found.lost == 0, found.faults
    assert "memory" in found.reported


def test_a_build_without_memory_is_told_and_the_old_store_is_whole(tmp_path: Path) -> None:
    found = no_memory_row(named("index build"), tmp_path, (32 << 20,))
    assert found.lost == 0, found.faults
    assert "went on" not in found.reported
