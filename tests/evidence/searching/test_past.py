"""The searches so far and their PRISMA-S report: the numbers are those of the PRISMA flow."""

from datetime import date
from pathlib import Path

import pytest

from evidence.events import RecordIdentified, SearchRun
from evidence.prisma import count
from evidence.project import Project
from evidence.searching.adding import STORE, add
from evidence.searching.past import past_searches, search_report
from evidence.searching.prisma_s import to_markdown
from evidence.state import read_state
from tests.evidence.screening_project_factory import make_screening_project
from tests.evidence.searching.added_factory import found, record

ADA = "Ada Okoro"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_screening_project(tmp_path / "p", n_records=6)


def test_every_search_tells_who_when_and_what_was_new(project: Project) -> None:
    one, two = record("e1"), record("e2", "kestrol")
    add(project, found(one, searched_on=date(2026, 3, 1), query="#1. gleam\n#2. #1"), ADA)
    add(project, found(one, two, source="CENTRAL", remark="file c.ris"), "Per Lind")
    first, second, third = past_searches(project)
    assert (first.added_by, first.n_found, first.n_new) == ("the program", 6, 6)
    assert (second.source, second.added_by, second.searched_on) == (
        "Embase (Ovid)",
        ADA,
        date(2026, 3, 1),
    )
    assert (third.added_by, third.n_found, third.n_new) == ("Per Lind", 2, 1)
    assert third.searched_on is None
    assert third.is_file and not third.is_strategy
    counts = count(read_state(project))
    assert counts.identified == sum(s.n_new for s in past_searches(project)) == 8


def test_a_record_that_is_written_twice_is_new_once(project: Project) -> None:
    """The first `evidence run` writes all that its search finds, whatever was added before it."""
    (first,) = project.entries(SearchRun)
    project.append(first, *project.entries(RecordIdentified))
    assert [search.n_new for search in past_searches(project)] == [6, 0]


def test_the_report_gives_strategies_dates_and_the_flows_numbers(project: Project) -> None:
    copy = record("e2", doi="10.5555/e1", title=record("e1").title, abstract="")
    strategy = "gleam[tiab] AND #9"
    add(project, found(record("e1"), searched_on=date(2026, 3, 1), query=strategy), ADA)
    add(project, found(copy, source="ClinicalTrials.gov", how="clinicaltrials"), ADA)
    state = read_state(project)
    report = search_report(project.manifest, state, past_searches(project))
    assert report is not None and report.deduplication is not None
    assert report.n_total == report.deduplication.n_before == count(state).identified == 8
    assert report.deduplication.n_removed == count(state).duplicates == 1
    assert [search.kind for search in report.searches] == ["database", "database", "register"]
    text = to_markdown(report)
    assert strategy in text
    assert "2026-03-01" in text
    assert "Embase \\(Ovid\\)" in text or "Embase (Ovid)" in text


def test_a_strategy_is_looked_over_in_its_own_syntax(project: Project) -> None:
    given = found(record("e1"), source="store abc", how=STORE, query="exp Asthma/", syntax="ovid")
    add(project, given, ADA)
    last = past_searches(project)[-1]
    assert last.is_strategy and last.syntax == "ovid"
    report = search_report(project.manifest, read_state(project), past_searches(project))
    assert report is not None
    assert all("syntax" not in review.outcome for review in report.peer_reviews)


def test_there_is_no_report_without_a_search(project: Project) -> None:
    assert search_report(project.manifest, read_state(project), ()) is None
