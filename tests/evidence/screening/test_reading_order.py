from pathlib import Path

import numpy as np
import pytest

from evidence.config import ScreeningSettings, Settings
from evidence.entries import Entry
from evidence.events import DuplicateMarked, StoppingSampleDrawn
from evidence.judgements import MACHINE, Verdict
from evidence.project import Manifest, Project
from evidence.screening.features import read_features
from evidence.screening.prioritise import (
    EXCLUDED,
    INCLUDED,
    NOT_SCREENED,
    screening_order,
)
from evidence.screening.reading_order import best_first, known_labels
from evidence.screening.reviewing import due_for, ordered, reading_list
from evidence.state import ReviewState, fold, read_state
from tests.evidence.screening.test_features import QUESTION, records
from tests.evidence.screening.test_kept_features import identified
from tests.evidence.screening.two_reviewers import BY_MACHINE, ONE, TWO, said
from tests.indexers.fake_encoder import FakeEncoder

GIVEN = records(40)
FEATURES = read_features(GIVEN, QUESTION, FakeEncoder())
SETTLED: list[Entry] = [
    *identified(GIVEN),
    *(said(who, "include", r) for r in ("r0", "r9", "r18") for who in ("Ada", "Ben")),
    *(said(who, "exclude", r) for r in ("r1", "r2", "r3") for who in ("Ada", "Ben")),
]


def order(state: ReviewState, who: str, settings: ScreeningSettings = TWO) -> list[str]:
    return best_first(FEATURES, state, due_for(state, settings, who, "title_abstract"), who)


@pytest.mark.parametrize("verdict", ["include", "exclude", "unclear"])
def test_a_blind_reviewers_list_tells_nothing_of_the_others_verdict(verdict: Verdict) -> None:
    before = fold(SETTLED, TWO)
    waiting = [said("Ben", verdict, f"r{n}") for n in range(20, 30)]
    after = fold([*SETTLED, *waiting], TWO)
    assert order(after, "Ada") == order(before, "Ada")
    assert order(after, "Cy") == order(before, "Cy")
    assert known_labels(after, "Ada") == known_labels(before, "Ada")


def test_ones_own_verdicts_and_the_settled_ones_teach() -> None:
    log = [*SETTLED, *(said("Ben", "include", f"r{n}") for n in range(20, 30))]
    state = fold(log, TWO)
    assert known_labels(state, " ben ") == known_labels(state, "Ada") | {
        f"r{n}": 1 for n in range(20, 30)
    }
    nobody_has_judged = [r for r in order(state, "Ada") if r in set(order(state, "Ben"))]
    assert nobody_has_judged != order(state, "Ben")
    in_conflict = fold([*log, said("Ada", "exclude", "r20")], TWO)
    assert known_labels(in_conflict, "Ada")["r20"] == 0
    assert known_labels(in_conflict, "Ben")["r20"] == 1
    assert "r20" not in known_labels(in_conflict, "Cy")


def test_only_peoples_verdicts_teach_and_unclear_goes_on() -> None:
    for settings in (ONE, ONE.model_copy(update={"decided_by": "machine"})):
        log: list[Entry] = [*identified(GIVEN), said(MACHINE, "include", "r0")]
        log += [said("Ada", "unclear", "r1"), said("Ada", "exclude", "r2")]
        assert known_labels(fold(log, settings), "Ada") == {"r1": 1, "r2": 0}


def test_what_was_decided_moves_what_is_like_it() -> None:
    like = [n for n in range(1, 40) if GIVEN[n].abstract == GIVEN[5].abstract and n != 5]
    log: list[Entry] = [*identified(GIVEN), said("Ada", "include", "r5")]
    log += [said("Ada", "exclude", f"r{n}") for n in (1, 2, 3)]
    state = fold(log, ONE)
    first = order(state, "Ada", ONE)
    assert set(first) == set(due_for(state, ONE, "Ada", "title_abstract"))
    untaught = order(fold(identified(GIVEN), ONE), "Ada", ONE)
    rank = {record_id: place for place, record_id in enumerate(first)}
    rank_before = {r: place for place, r in enumerate(r for r in untaught if r in rank)}
    moved = [rank_before[f"r{n}"] - rank[f"r{n}"] for n in like if f"r{n}" in rank]
    assert moved
    assert sum(moved) > 0


def test_duplicates_are_neither_read_nor_examples() -> None:
    marked = DuplicateMarked(record_id="r39", duplicate_of="r0", provenance=BY_MACHINE)
    state = fold([*SETTLED, said("Ada", "exclude", "r39"), marked], TWO)
    assert "r39" not in known_labels(state, "Ada")
    without = FEATURES.only(np.arange(39))
    labels = np.full(39, NOT_SCREENED, dtype=np.int8)
    labels[[0, 9, 18]], labels[[1, 2, 3]] = INCLUDED, EXCLUDED
    assert order(state, "Ada") == [f"r{row}" for row in screening_order(without, labels)]


def make_project(path: Path, screening: ScreeningSettings) -> Project:
    manifest = Manifest(
        program_version="test",
        question=QUESTION,
        settings=Settings(screening=screening),
        store=path / "none",
        index_digest="0",
        encoder="none",
    )
    project = Project.create(path, manifest)
    project.append(*SETTLED)
    return project


def test_an_open_sample_then_calibration_then_the_learners_order(tmp_path: Path) -> None:
    settings = TWO.model_copy(update={"calibration_records": 4})
    project = make_project(tmp_path / "p", settings)
    learned = reading_list(project, read_state(project), "Ada", "title_abstract")
    unscreened = read_state(project).stopping.unscreened
    sample = tuple(sorted(unscreened, reverse=True)[:6])
    project.append(
        StoppingSampleDrawn(
            record_ids=sample,
            n_unscreened=len(unscreened),
            seed=1,
            attempt=1,
            target_recall=0.95,
            confidence=0.95,
            provenance=BY_MACHINE,
        )
    )
    state = read_state(project)
    assert state.stopping.sample is not None
    found = reading_list(project, state, "Ada", "title_abstract")
    assert tuple(found[:6]) == sample
    calibrating = [r for r in learned[:4] if r not in sample]
    assert found[6 : 6 + len(calibrating)] == calibrating
    rest = [r for r in learned[4:] if r not in sample]
    assert found[6 + len(calibrating) :] == rest
    assert rest != sorted(rest, key=lambda r: int(r[1:]))
    assert reading_list(project, state, "Ada", "full_text") == []


def test_nothing_and_a_single_record_need_no_reading(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", TWO)
    state = read_state(project)
    assert ordered(project, state, "title_abstract", []) == []
    assert ordered(project, state, "full_text", ["r0"]) == ["r0"]
    assert not list((project.path / "derived").iterdir())
    both = ordered(project, state, "full_text", ["r0", "r9"], features=FEATURES)
    assert sorted(both) == ["r0", "r9"]
    assert not list((project.path / "derived").iterdir())
