"""A review that is followed: as if the log were read anew, however it grows, for all at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings

from evidence.config import ScreeningSettings
from evidence.entries import Entry
from evidence.errors import ProjectError
from evidence.fates import fate_of
from evidence.followed import FollowedReview
from evidence.project import Project
from evidence.state import ReviewFold, changed_records, fold, read_state
from tests.evidence.random_log import logs
from tests.evidence.screening.two_reviewers import ONE, TWO
from tests.evidence.ui.people_factory import make_project, says

MACHINE = ScreeningSettings()
every_setting = pytest.mark.parametrize(
    "screening", [MACHINE, ONE, TWO], ids=["machine", "one", "two"]
)


@every_setting
@settings(deadline=None)  # the first example also imports
@given(parts=logs)
def test_a_state_is_the_same_in_however_many_parts_the_log_was_read(
    screening: ScreeningSettings, parts: list[list[Entry]]
) -> None:
    folded = ReviewFold(screening)
    given_out = []
    for part in parts:
        folded.take(part)
        given_out.append(folded.state())
    # All at the end: what was given out must not change with the lines after it.
    for state, log in zip(given_out, accumulate(parts), strict=True):
        assert state == fold(log, screening)
        assert list(state.fates.items()) == [
            (
                r,
                fate_of(
                    r,
                    state.decisions,
                    state.verdicts,
                    state.reports,
                    state.duplicates,
                    state.stopping.stopped,
                ),
            )
            for r in state.records
        ]


@settings(deadline=None)  # the first example also imports
@given(parts=logs)
def test_what_did_not_change_is_told(parts: list[list[Entry]]) -> None:
    folded = ReviewFold(TWO)
    before = folded.state()
    for part in parts:
        folded.take(part)
        after = folded.state()
        changed = changed_records(before, after)
        if changed is not None:
            for record_id in after.records.keys() - set(changed):
                assert before.fates[record_id] == after.fates[record_id]
        assert changed_records(after, fold([])) is None
        before = after


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "p", TWO, 30)


def test_only_new_lines_are_read(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    review = FollowedReview(project)
    first = review.now()
    assert first.head == project.head()
    assert review.now() is first
    read = []
    lines = project.lines
    monkeypatch.setattr(
        project,
        "lines",
        lambda *types, after=0: (read.append(after), lines(*types, after=after))[1],
    )
    other = Project.open(project.path)  # as another process would write
    other.append(says("Ada", "include", "r3"))
    second = review.now()
    assert read == [first.head[0]]
    assert second.head == project.head()
    assert second.state == read_state(other)
    assert "Ada" not in str(first.state.verdicts)


def test_another_log_in_its_place_is_read_from_its_start(project: Project, tmp_path: Path) -> None:
    review = FollowedReview(project)
    project.append(says("Ada", "include", "r3"))
    review.now()
    other = make_project(tmp_path / "other", TWO, 4)
    other.append(*(says("Ben", "exclude", f"r{n % 4}") for n in range(40)))
    project.database = other.database
    assert review.now().state == read_state(other)


def test_a_damaged_line_is_told_and_leaves_the_state_whole(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = FollowedReview(project)
    before = review.now()
    project.append(says("Ada", "include", "r3"), says("Ada", "include", "r4"))
    entry = project._entry

    def damaged(seq: int, body: str) -> Entry:
        if "r4" in body:
            raise ProjectError("damaged")
        return entry(seq, body)

    monkeypatch.setattr(project, "_entry", damaged)
    with pytest.raises(ProjectError, match="damaged"):
        review.now()
    assert before.state.verdicts == {}
    monkeypatch.undo()
    assert review.now().state == read_state(project)


def test_many_who_write_and_read_at_once_see_whole_states(project: Project) -> None:
    review = FollowedReview(project)

    def work(who: str) -> list[bool]:
        seen = []
        for number in range(30):
            project.append(says(who, "include", f"r{number}"))
            (length, _), state = review.now()
            words = sum(len(said.words) for said in state.verdicts.values())
            own = [said for said in state.verdicts.values() if who.casefold() in said.reviewers]
            # Lines are: a search, 30 records, and from then on decisions.
            seen.append(words == length - 31 and len(own) == number + 1)
        return seen

    with ThreadPoolExecutor(2) as pool:
        assert all(all(seen) for seen in pool.map(work, ("Ada", "Ben")))
    assert review.now().state == read_state(project)
    assert project.chain_problems() == []
