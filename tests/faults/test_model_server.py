"""Whole reviews with a failing model; all of them are in `python -m tests.evidence.llm.faults`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evidence.llm.faults import FAULTS
from tests.faults.model_server import (
    HealthyRun,
    differences,
    healthy_run,
    mixed,
    plans,
    whole_run,
)

OUTAGES = [fault for fault in FAULTS if fault != "ids of nothing"]
"""Faults that leave a call without an answer."""


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> HealthyRun:
    found = healthy_run(tmp_path_factory.mktemp("healthy"))
    assert found.n_calls > 20
    assert len(found.verdicts) > 20
    return found


def test_no_verdict_is_invented_and_a_healthy_server_completes_the_review(
    tmp_path: Path, healthy: HealthyRun
) -> None:
    found = whole_run("another with each call", mixed(1), healthy, tmp_path)
    assert found.n_faulty > 0
    assert found.n_invented == 0
    assert found.wrong == ()


def test_after_an_outage_a_review_ends_as_if_nothing_had_been(
    tmp_path: Path, healthy: HealthyRun
) -> None:
    """What a fault left open is asked again; a verdict that nobody gave is seen, too."""
    fewer = healthy.verdicts - {"r0 title_abstract include"}
    found = whole_run("each third call", in_turn, healthy._replace(verdicts=fewer), tmp_path)
    assert found.n_faulty >= len(OUTAGES)
    assert found.n_invented == 1
    assert found.wrong == ()  # its end was compared with that of the undisturbed review


def test_an_end_that_differs_from_the_undisturbed_review_is_told(healthy: HealthyRun) -> None:
    other = {**healthy.end, "fates": {}, "rows": []}
    assert differences(healthy.end, healthy.end) == []
    assert len(differences(healthy.end, other)) == 2


def in_turn(call: int) -> str | None:
    """Every third call fails, each time in another way."""
    return OUTAGES[call // 3 % len(OUTAGES)] if call % 3 == 0 else None


def test_every_fault_comes_at_once_and_later() -> None:
    found = plans(30, 4)
    assert len(found) == 3 * 7 + 4
    assert found["refusal, after 10 calls"](9) is None
    assert found["refusal, after 10 calls"](10) == "refusal"
