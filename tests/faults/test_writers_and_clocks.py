"""Two writers and a jumping clock, on a small scale."""

from __future__ import annotations

from pathlib import Path

from tests.faults.clocks import jumping_row
from tests.faults.writers import twice_row, writers_row


def test_two_writers_lose_no_line(tmp_path: Path) -> None:
    found = writers_row(tmp_path, n_writers=2, n_each=15)
    assert (found.times, found.lost) == (30, 0), found.faults


def test_two_builds_of_one_store_leave_it_whole(tmp_path: Path) -> None:
    found = twice_row("index build", tmp_path, 1)
    assert found.lost == 0, found.faults


def test_a_clock_that_jumps_changes_no_judgement(tmp_path: Path) -> None:
    found = jumping_row(tmp_path)
    assert found.lost == 0, found.faults
    assert found.times > 10
