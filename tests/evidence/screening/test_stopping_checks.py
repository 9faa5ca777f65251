from __future__ import annotations

import pytest

from evidence.config import ScreeningSettings
from evidence.entries import Entry
from evidence.events import StoppingSampleDrawn
from evidence.judgements import DecisionTakenBack, ScreeningDecision
from evidence.screening.stopping_acts import draw, stop_quick
from evidence.screening.stopping_checks import StoppingCheck, wrong_with
from evidence.state import fold
from tests.evidence.screening.stopping_factory import (
    ANNA,
    SETTINGS,
    half_screened,
    standing_of,
    stopped_log,
    with_sample,
)


def test_what_was_drawn_and_certified_follows_from_the_log() -> None:
    log, stop = stopped_log()
    assert wrong_with(standing_of(log[:-1]), SETTINGS, stop) == ""
    place = next(n for n, entry in enumerate(log) if isinstance(entry, StoppingSampleDrawn))
    drawn = log[place]
    assert isinstance(drawn, StoppingSampleDrawn)
    assert wrong_with(standing_of(log[:place]), SETTINGS, drawn) == ""
    standing = standing_of(half_screened(200, 40, 140))
    assert wrong_with(standing, SETTINGS, stop_quick(standing, SETTINGS, ANNA)) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"record_ids": ("r150", "r151")}, "draws other records"),
        ({"seed": 1}, "seed 1 draws other records"),
        ({"n_unscreened": 90}, "100 records were unscreened, not 90"),
        ({"attempt": 2}, "attempt 1, not 2"),
        ({"confidence": 0.9}, "needs a confidence of 0.96, not 0.9"),
        ({"target_recall": 0.8}, "0.8 is below 0.95"),
    ],
)
def test_a_sample_that_nobody_drew_so_is_found_out(change: dict[str, object], said: str) -> None:
    standing = standing_of(half_screened())
    drawn = draw(standing, SETTINGS, ANNA).model_copy(update=change)
    assert said in wrong_with(standing, SETTINGS, drawn)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"p_value": 0.001}, "p_value is"),
        ({"recall_low": 0.99}, "recall_low is"),
        ({"n_included": 41}, "n_included is 40, not 41"),
        ({"method": "quick"}, "confidence is 0.95, not 0.96"),
    ],
)
def test_a_certificate_that_does_not_follow_is_found_out(
    change: dict[str, object], said: str
) -> None:
    log, stop = stopped_log()
    told = stop.model_copy(update={"certificate": stop.certificate.model_copy(update=change)})
    assert said in wrong_with(standing_of(log[:-1]), SETTINGS, told)


def test_a_certificate_before_its_sample_was_screened_is_found_out() -> None:
    _, stop = stopped_log()
    said = wrong_with(standing_of(with_sample(half_screened())), SETTINGS, stop)
    assert said.startswith("it was not due: the sample of attempt 1 lacks")


def test_a_stricter_project_is_not_satisfied_by_an_easier_sample() -> None:
    standing = standing_of(half_screened())
    drawn = draw(standing, SETTINGS, ANNA)
    strict = ScreeningSettings(decided_by="people", target_recall=0.98)
    assert "0.95 is below 0.98" in wrong_with(standing, strict, drawn)


def test_a_decision_that_was_taken_back_is_unscreened_to_the_check_as_well() -> None:
    log = half_screened()
    last = next(e for e in reversed(log) if isinstance(e, ScreeningDecision))
    back = DecisionTakenBack(
        record_id=last.record_id, phase=last.phase, role=last.role, provenance=last.provenance
    )
    log = [*log, back]
    drawn = draw(fold(log, SETTINGS).stopping, SETTINGS, ANNA)
    assert last_problem([*log, drawn]) == ""
    before = draw(fold(log[:-1], SETTINGS).stopping, SETTINGS, ANNA)
    assert "101 records were unscreened, not 100" in last_problem([*log, before])


def last_problem(log: list[Entry]) -> str:
    check = StoppingCheck(SETTINGS)
    return [check.problem(entry) for entry in log][-1]
