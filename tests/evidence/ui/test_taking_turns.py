"""Scripts and threads that must not run during one: nobody starts in the other's turn."""

from __future__ import annotations

import time
from threading import Event, Thread

import pytest

from evidence.ui import taking_turns
from evidence.ui.taking_turns import TakingTurns, import_alone

LONG = 60.0
SHORT = 0.1


class Somebody(Thread):
    """Runs in its turn until it is let go."""

    def __init__(self, turns: TakingTurns, *, alone: bool) -> None:
        super().__init__(daemon=True)
        self._turn = turns.alone() if alone else turns.script()
        self.runs, self.go = Event(), Event()
        self.start()

    def run(self) -> None:
        with self._turn:
            self.runs.set()
            self.go.wait(LONG)

    def leaves(self) -> None:
        self.go.set()
        self.join(LONG)


def test_scripts_run_side_by_side() -> None:
    turns = TakingTurns()
    scripts = [Somebody(turns, alone=False) for _ in range(3)]
    assert all(script.runs.wait(LONG) for script in scripts)
    for script in scripts:
        script.leaves()


def test_a_script_waits_for_who_is_alone_and_goes_before_the_next_one_alone() -> None:
    turns = TakingTurns()
    first = Somebody(turns, alone=True)
    assert first.runs.wait(LONG)
    script, second = Somebody(turns, alone=False), Somebody(turns, alone=True)
    assert not script.runs.wait(SHORT)
    assert not second.runs.is_set()
    while not turns._scripts:  # it waits from then on
        time.sleep(0.01)
    first.leaves()
    assert script.runs.wait(LONG)
    assert not second.runs.wait(SHORT)
    script.leaves()
    assert second.runs.wait(LONG)
    second.leaves()


def test_who_wants_to_be_alone_waits_for_all_scripts_and_holds_none_up() -> None:
    turns = TakingTurns()
    one = Somebody(turns, alone=False)
    assert one.runs.wait(LONG)
    alone = Somebody(turns, alone=True)
    other = Somebody(turns, alone=False)
    assert other.runs.wait(LONG)
    one.leaves()
    assert not alone.runs.wait(SHORT)
    other.leaves()
    assert alone.runs.wait(LONG)
    alone.leaves()


def test_an_error_ends_a_turn() -> None:
    turns = TakingTurns()
    for turn in (turns.script, turns.alone):
        try:
            with turn():
                raise KeyError
        except KeyError:
            pass
    last = Somebody(turns, alone=True)
    assert last.runs.wait(LONG)
    last.leaves()


def test_scripts_may_run_between_two_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    turns, alone = TakingTurns(), []
    monkeypatch.setattr(taking_turns, "TURNS", turns)
    monkeypatch.setattr(
        taking_turns, "import_module", lambda name: alone.append((name, turns._somebody_alone))
    )
    import_alone(("no_package_a", "sys", "no_package_b"))
    assert alone == [("no_package_a", True), ("no_package_b", True)]
    assert not turns._somebody_alone
