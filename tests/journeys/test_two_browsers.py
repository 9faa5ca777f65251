"""Two reviewers who screen one project at once, each in a browser: no decision is lost."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from evidence.judgements import ScreeningDecision
from evidence.project import Project
from evidence.screening.reviewing import conflicts
from evidence.state import read_state
from tests.evidence.ui.people_factory import TWO, make_project
from tests.journeys.serving import ROOT, missing, served
from tests.journeys.two_browsers import PEOPLE, decide

EACH = 20


@pytest.mark.slow
def test_no_decision_is_lost_and_conflicts_are_listed(tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        missing("chromium")
    project = make_project(tmp_path / "p", TWO, EACH + 4)
    server = served(project.path, folder=ROOT)
    with server as (_, address), ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda who: decide(address, who, EACH), PEOPLE))
    assert [len(each.times) for each in found] == [EACH, EACH]

    log = Project.open(project.path)
    decisions = log.entries(ScreeningDecision)
    assert [sum(d.provenance.actor == who for d in decisions) for who in PEOPLE] == [EACH, EACH]
    assert log.chain_problems() == []
    state = read_state(log)
    said = [words for words in state.verdicts.values() if len(words.reviewers) == 2]
    assert said
    assert all(len(words.words) == 2 and not words.uncounted for words in said)
    differ = [words for words in said if len({d.verdict for d in words.reviewers.values()}) == 2]
    assert differ
    assert len(conflicts(state, "title_abstract")) == len(differ)
