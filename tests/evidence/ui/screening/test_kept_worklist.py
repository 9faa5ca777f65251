"""A worklist that is kept is the one that would be made anew, whatever was said meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings

from evidence.config import ScreeningSettings, Settings
from evidence.entries import Entry
from evidence.judgements import Phase
from evidence.state import ReviewFold
from evidence.ui.screening.worklist import KeptWorklist, select, worklist_of
from tests.evidence.random_log import logs
from tests.evidence.report_factory import make_manifest
from tests.evidence.screening.two_reviewers import ONE, TWO, found, said

COMPARING = TWO.model_copy(update={"calibration_records": 2})


@pytest.mark.parametrize(
    "screening", [ScreeningSettings(), ONE, COMPARING], ids=["machine", "one", "two"]
)
@settings(deadline=None)  # the first example also imports
@given(parts=logs)
def test_a_kept_worklist_is_as_one_that_is_made_anew(
    screening: ScreeningSettings, parts: list[list[Entry]]
) -> None:
    manifest = make_manifest().model_copy(update={"settings": Settings(screening=screening)})
    folded = ReviewFold(screening)
    phases: tuple[Phase | None, ...] = (None, *get_args(Phase))
    kept = [KeptWorklist(manifest, "Ada", phase) for phase in phases]
    states = []
    for part in parts:
        folded.take(part)
        states.append(folded.state())
    # Forward as the log grows, then back: another session may ask with an older state.
    for state in (*states, *reversed(states)):
        for phase, each in zip(phases, kept, strict=True):
            now, anew = each.at(state), worklist_of(state, manifest, "Ada", phase)
            assert now.rows == anew.rows
            assert now.counts == anew.counts


def test_only_what_was_decided_is_drawn_anew(tmp_path: Path) -> None:
    folded = ReviewFold(ONE)
    folded.take(found(*(f"r{n}" for n in range(50))))
    manifest = make_manifest().model_copy(update={"settings": Settings(screening=ONE)})
    kept = KeptWorklist(manifest, "Ada", "title_abstract")
    before = kept.at(folded.state())
    assert kept.at(folded.state()).rows == before.rows
    folded.take([said("Ada", "include", "r7")])
    after = kept.at(folded.state())
    new = [row for row, old in zip(after.rows, before.rows, strict=True) if row is not old]
    assert [(row.record_id, row.due) for row in new] == [("r7", False)]


def test_what_the_order_does_not_know_comes_after_it() -> None:
    folded = ReviewFold(ONE)
    folded.take(found("r0", "r1", "r2", "r3"))
    manifest = make_manifest().model_copy(update={"settings": Settings(screening=ONE)})
    rows = worklist_of(folded.state(), manifest, "Ada", "title_abstract").rows
    shown = select(rows, order="Most relevant first", reading=("gone", "r3", "r1"))
    assert [row.record_id for row in shown] == ["r3", "r1", "r0", "r2"]
