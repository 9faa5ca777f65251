"""Records brought into a project: nothing twice, nothing half, nobody's study lost."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from filelock import FileLock

from evidence.engines import build_engines
from evidence.errors import ProjectError
from evidence.events import DuplicateMarked, RecordIdentified, SearchRun
from evidence.judgements import MACHINE, Provenance, ScreeningDecision
from evidence.prisma import count
from evidence.project import Project
from evidence.review import run
from evidence.searching import adding
from evidence.searching.adding import add, open_store, outcome_words, plan, searched_on
from evidence.state import read_state
from evidence.verification import verify
from indexers.records import Record
from tests.evidence.searching.added_factory import (
    STORED,
    found,
    make_project,
    make_store,
    record,
)
from tests.evidence.trial_factory import NOON

ADA = "Ada Okoro"
ONE, TWO, THREE = record("e1", "solvane"), record("e2", "kestrol"), record("e3", "ostrane")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("stores") / "store")


@pytest.fixture
def project(tmp_path: Path, store: Path) -> Project:
    return make_project(tmp_path / "p", store)


def test_a_search_and_its_records_enter_the_log_under_the_persons_name(project: Project) -> None:
    added = add(project, found(ONE, TWO, searched_on=date(2026, 3, 1), query="gleam"), ADA)
    assert (added.n_found, added.n_new, added.n_known) == (2, 2, 0)
    (search,) = project.entries(SearchRun)
    assert (search.source, search.query, search.n_records) == ("Embase (Ovid)", "gleam", 2)
    assert search.provenance.actor == ADA
    assert searched_on(search) == date(2026, 3, 1)
    state = read_state(project)
    assert list(state.records) == ["e1", "e2"]
    assert count(state).sources == {"Embase (Ovid)": 2}
    assert all(project.document(state.text_digest(name)) for name in state.records)
    assert list(verify(project)) == []


def test_the_same_act_again_writes_nothing(project: Project) -> None:
    given = found(ONE, TWO, remark="file a.ris")
    add(project, given, ADA)
    head = project.head()
    again = add(project, given, ADA)
    assert (again.n_found, again.n_new, again.n_known) == (2, 0, 2)
    assert project.head() == head


def test_what_is_known_is_counted_and_not_written_again(project: Project) -> None:
    add(project, found(ONE, TWO), ADA)
    added = add(project, found(TWO, THREE, ONE, source="CENTRAL"), ADA)
    assert (added.n_found, added.n_new, added.n_known) == (3, 1, 2)
    assert [e.record.record_id for e in project.entries(RecordIdentified)] == ["e1", "e2", "e3"]
    counts = count(read_state(project))
    assert counts.identified == sum(counts.sources.values()) == 3
    assert "2 were in the project already" in outcome_words(added)


def test_a_revised_record_of_the_same_id_and_pmid_is_known(project: Project) -> None:
    add(project, found(record("77", pmid="77")), ADA)
    revised = record("77", pmid="77", abstract="Corrected abstract.")
    assert add(project, found(revised, source="PubMed"), ADA).n_known == 1


def test_other_records_of_a_taken_id_get_ids_of_their_own(project: Project) -> None:
    add(project, found(record("1", "solvane")), ADA)
    other, third = record("1", "kestrol", doi="10.1/x"), record("1", "varaxin", doi="10.1/y")
    given = found(other, third, source="Scopus")
    added = add(project, given, ADA)
    assert (added.n_new, added.n_renamed) == (2, 2)
    held = read_state(project).records
    assert list(held) == ["1", "1-2", "1-3"]
    assert held["1-2"].record.doi == "10.1/x"
    assert add(project, given, ADA).n_known == 2


def test_an_id_of_the_store_is_never_given_to_another_record(project: Project) -> None:
    """The store's full text of `s1` must not become the text of somebody else's `s1`."""
    opened = open_store(project)
    stranger = record("s1", "lumetin", doi="10.1/other")
    planned = plan(found(stranger, STORED[2]), read_state(project), opened)
    assert [each.record_id for each in planned.new] == ["s1-2", "s2"]
    assert planned.renamed == {"s1-2": "s1"}


def test_the_record_that_people_know_stays_when_a_fuller_copy_comes(project: Project) -> None:
    bare = record("old", "pelidor", abstract="", journal=None, doi="10.5555/same", year=None)
    fuller = record("new", "pelidor", title=bare.title, doi="10.5555/same", pmid="9")
    add(project, found(bare), ADA)
    project.append(
        *(
            ScreeningDecision(
                record_id="old",
                phase=phase,
                verdict="include",
                provenance=Provenance(actor=ADA, engine="person"),
            )
            for phase in ("title_abstract", "full_text")
        )
    )
    added = add(project, found(fuller, source="PubMed"), ADA)
    assert added.n_duplicates == 1
    (mark,) = project.entries(DuplicateMarked)
    assert (mark.record_id, mark.duplicate_of, mark.provenance.actor) == ("new", "old", MACHINE)
    state = read_state(project)
    assert state.with_fate("included") == ["old"]
    assert count(state).duplicates == 1
    add(project, found(ONE), ADA)  # the same two are compared again
    assert read_state(project).with_fate("included") == ["old"]


def test_a_cluster_keeps_its_oldest_record(project: Project) -> None:
    same = {"title": "Solvane for gleam fever in Lund", "doi": "10.5555/same"}
    first, second = record("a", abstract="", year=None, **same), record("b", abstract="", **same)
    add(project, found(first, second), ADA)
    kept = next(n for n in ("a", "b") if n not in read_state(project).duplicates)
    add(project, found(record("c", pmid="3", pmcid="PMC3", **same), source="PubMed"), ADA)
    state = read_state(project)
    assert [n for n in ("a", "b", "c") if n not in state.duplicates] == [kept]


def test_an_act_that_was_killed_left_nothing_and_can_be_done_again(
    tmp_path: Path, store: Path
) -> None:
    make_project(tmp_path / "p", store).close()
    ticks = iter(range(3))

    def clock() -> datetime:
        if next(ticks, None) is None:
            raise KeyboardInterrupt
        return datetime(2026, 1, 1, tzinfo=UTC)

    dying = Project.open(tmp_path / "p", clock)
    with pytest.raises(KeyboardInterrupt):
        add(dying, found(ONE, TWO, THREE), ADA)
    assert dying.head()[0] == 0
    assert dying.documents("e1") == []
    again = Project.open(tmp_path / "p", lambda: NOON)
    assert add(again, found(ONE, TWO, THREE), ADA).n_new == 3
    assert again.head()[0] == 4


def test_two_cannot_add_at_once(project: Project) -> None:
    with (
        FileLock(project.path / ".adding.lock"),
        pytest.raises(ProjectError, match="somebody is adding records now"),
    ):
        add(project, found(ONE), ADA)
    assert project.head()[0] == 0


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [("", "Embase", "person's name"), ("Machine", "Embase", "person's name"), (ADA, " ", "source")],
)
def test_nothing_is_written_without_a_name_and_a_source(
    project: Project, name: str, source: str, said: str
) -> None:
    with pytest.raises(ProjectError, match=said):
        add(project, found(ONE, source=source), name)
    assert project.head()[0] == 0


def test_too_many_records_are_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "MOST_AT_ONCE", 2)
    with pytest.raises(ProjectError, match="3 records found: expected at most 2"):
        add(project, found(ONE, TWO, THREE), ADA)


def test_a_files_name_cannot_pretend_a_day(project: Project) -> None:
    add(project, found(ONE, remark="file searched on 1999-01-01.ris"), ADA)
    (search,) = project.entries(SearchRun)
    assert searched_on(search) is None


def test_a_run_reads_added_records_from_the_project_alone(project: Project) -> None:
    """The store never saw them: screening has to find their text in the project."""
    add(project, found(ONE, TWO), ADA, open_store(project))
    engines = build_engines(
        project.manifest.settings.engine,
        project.path / "calls",
        project.manifest.settings.screening,
        project.manifest.settings.prompting,
    )
    run(project, engines, until="screen")
    state = read_state(project)
    assert {"e1", "e2", "s0"} <= set(state.records)
    assert {("e1", "title_abstract"), ("e2", "title_abstract")} <= set(state.machine_decisions)
    assert list(verify(project)) == []


def test_records_keep_their_own_source_where_they_tell_it(project: Project) -> None:
    told: Record = record("e9", source="pubmed")
    add(project, found(told, source="store abc", keeps_source=True), ADA)
    assert count(read_state(project)).sources == {"pubmed": 1}
