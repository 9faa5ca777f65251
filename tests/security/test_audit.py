"""The audit of dependencies: faults fail it, a missing network does not."""

from __future__ import annotations

import json

import pytest

from tests.security.audit import COMMAND, audit
from tests.security.licences import LOCK

SOUND = {"name": "a", "version": "1", "vulns": []}
FAULTY = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "c", "skip_reason": "not on PyPI"}


def answer(*packages: dict[str, object]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_a_known_fault_fails_and_is_named() -> None:
    code, told = audit(lambda _: (answer(SOUND, FAULTY, SKIPPED), ""))
    assert code == 1
    assert told.splitlines() == [
        "b 2: PYSEC-1 (mended in 3)",
        "3 packages, 1 known faults, 1 not looked up",
    ]


def test_without_a_fault_it_passes() -> None:
    assert audit(lambda _: (answer(SOUND), ""))[0] == 0


@pytest.mark.parametrize("out", ["", "not json", "[]", "{}"])
def test_without_an_answer_nothing_is_claimed_and_nothing_fails(out: str) -> None:
    code, told = audit(lambda _: (out, "x\nERROR: connection refused"))
    assert (code, told.startswith("not checked: ")) == (0, True)
    assert "connection refused" in told


def test_the_whole_lock_is_asked_for() -> None:
    assert COMMAND[COMMAND.index("--requirement") + 1] == str(LOCK)
