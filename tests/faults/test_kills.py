"""A sample of the kills; all of them are in `python -m tests.faults`."""

from __future__ import annotations

import shutil

import pytest

from tests.faults.children import Ended
from tests.faults.kills import Killed, Undisturbed, kills_row, shares, undisturbed, whole
from tests.faults.kills import kill_once as kill
from tests.faults.long_commands import LONG_COMMANDS, LongCommand
from tests.faults.table import row, table_text

NOT_KILLED = Ended(0, "", False, 0.0, ())


def named(name: str) -> LongCommand:
    return next(command for command in LONG_COMMANDS if command.name == name)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return undisturbed(named("index delete"), tmp_path_factory.mktemp("calm"))


def test_nothing_is_lost_by_a_kill_and_the_same_command_goes_on(calm: Undisturbed) -> None:
    command = named("index delete")
    kills = [kill(command, calm, share * calm.seconds) for share in (0.05, 0.2, 0.4, 0.6)]
    found = kills_row(command, kills, calm.seconds)
    assert found.lost == 0, found.faults
    assert found.times >= 1


def test_what_is_lost_is_seen(calm: Undisturbed) -> None:
    command = named("index delete")
    assert whole(command, calm, NOT_KILLED) == []
    (calm.now / "more.jsonl").write_bytes(b"half a li")
    assert whole(command, calm, NOT_KILLED) == [
        "more.jsonl is neither the old file nor the new one"
    ]
    (calm.now / "store" / "vectors.f32").write_bytes(b"")
    assert any("neither old nor new" in fault for fault in whole(command, calm, NOT_KILLED))
    shutil.rmtree(calm.now / "store")
    assert any("neither old nor new" in fault for fault in whole(command, calm, NOT_KILLED))


def test_a_kill_that_came_too_late_is_not_counted() -> None:
    kills = [Killed(False, "", (), ()), Killed(True, "went on", ("line 3",), ())]
    found = kills_row(named("run"), kills, 2.0)
    assert (found.times, found.lost, found.faults) == (1, 1, ("line 3",))
    assert "1 came after its end" in found.reported


def test_every_command_is_killed_and_no_fewer_times_than_asked() -> None:
    for n_kills in (1, 200, 251):
        each = shares(LONG_COMMANDS, n_kills)
        assert len(each) == len(LONG_COMMANDS) == 11
        assert min(each.values()) >= 1
        assert sum(each.values()) >= n_kills


def test_the_table_tells_what_was_lost() -> None:
    found = row("a fault", [("named", []), ("silence", ["file x: not named"]), ("named", [])])
    assert (found.times, found.lost) == (3, 1)
    assert found.reported == "named (2); silence (1)"
    assert "lost: a fault: file x: not named" in table_text([found])
