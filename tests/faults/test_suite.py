"""The table is made in one go or in pieces, and says what was lost."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.faults import __main__ as command
from tests.faults.suite import Fault, faults
from tests.faults.table import Row

Make = dict[str, Row]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> tuple[Make, list[str]]:
    """Rows of three invented faults, and the names of those that were made."""
    rows = {name: Row(f"told of {name}", 2, 0, "named | (2)") for name in ("one", "two", "three")}
    asked: list[str] = []

    def make(name: str, scratch: Path) -> Row:
        assert not any(scratch.iterdir())
        asked.append(name)
        return rows[name]

    def invented(_kills: int, _seed: int) -> Iterator[Fault]:
        yield from (Fault(name, partial(make, name)) for name in rows)

    monkeypatch.setattr(command, "faults", invented)
    return rows, asked


def test_a_stopped_run_goes_on_and_what_lost_is_made_again(
    made: tuple[Make, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, asked = made
    rows["two"] = Row("told of two", 2, 1, "silence (1)", ("file x: not named",))
    out = ["--out", str(tmp_path / "rows.json")]
    assert command.main([*out, "--only", "t"]) == 1  # two, three
    assert "lost: told of two: file x: not named" in capsys.readouterr().out
    page = tmp_path / "page.md"
    assert command.main([*out, "--kept", "--page", str(page)]) == 1
    assert "2 of 3 faults" in page.read_text(encoding="utf-8")
    assert "- lost: told of two: file x: not named" in page.read_text(encoding="utf-8")
    assert asked == ["two", "three"]
    rows["two"] = Row("told of two", 2, 0, "named (2)")
    assert command.main([*out, "--page", str(page)]) == 0
    assert asked == ["two", "three", "one", "two"]
    lines = page.read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if line.startswith("| told of")]
    assert told == [
        "| told of one | 2 | 0 | named \\| (2) |",
        "| told of two | 2 | 0 | named (2) |",
        "| told of three | 2 | 0 | named \\| (2) |",
    ]
    assert "| **all** | 6 | 0 | |" in lines


def test_rows_of_another_seed_are_not_mixed_in(
    made: tuple[Make, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "rows.json")]
    assert command.main(out) == 0
    with pytest.raises(SystemExit):
        command.main([*out, "--seed", "2"])
    assert "expected rows of --kills 250 --seed 2" in capsys.readouterr().err
    assert made[1] == ["one", "two", "three"]


def test_every_fault_has_a_name_of_its_own() -> None:
    names = [fault.name for fault in faults(250, 1)]
    assert len(names) == len(set(names))
    kinds = ("kill -9", "disk full", "folder read-only", "out of memory", "clock jumps", "writers",
             "two at once", "store", "project", "certificate", "PubMed", "Europe PMC",
             "ClinicalTrials.gov", "model's server")  # fmt: skip
    assert [kind for kind in kinds if not any(name.startswith(kind) for name in names)] == []
