"""A small sample of `python -m tests.benchmarks.writers`: there 8 writers write 500 lines each."""

from pathlib import Path

import pytest

from tests.benchmarks.writers import Measured, fault, measure
from tests.evidence.databases.server import Server


def test_writers_in_a_folder_wait_for_their_turn(tmp_path: Path) -> None:
    found = measure("SQLite", str(tmp_path / "p"), writers=2, each=40)
    assert fault(found, 2, 40) == ""
    assert len(found.waits) == found.rows == 80


def test_writers_in_a_database_wait_for_their_turn(server: Server) -> None:
    found = measure("PostgreSQL", server.url("writers"), writers=2, each=20)
    assert fault(found, 2, 20) == ""


@pytest.mark.parametrize(
    ("waits", "problems", "rows"),
    [([0.1, 2.5], [], 2), ([0.1, 0.1], ["log line 1"], 2), ([0.1, 0.1], [], 1)],
)
def test_what_does_not_hold_is_told(waits: list[float], problems: list[str], rows: int) -> None:
    assert fault(Measured("SQLite", rows, problems, waits, 1.0), 1, 2) != ""
    assert fault(Measured("SQLite", 2, [], [0.1, 0.1], 1.0), 1, 2) == ""
