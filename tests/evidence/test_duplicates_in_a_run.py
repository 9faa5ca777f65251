"""Duplicates through whole runs and the command line: merged, listed, undone, confirmed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.cli import app
from evidence.config import Settings
from evidence.engines import build_engines
from evidence.events import DuplicateMarked, DuplicateRefuted, DuplicateSuspected, StageCompleted
from evidence.judgements import ScreeningDecision
from evidence.project import Project
from evidence.report import build_report
from evidence.review import new_project, run
from evidence.searching.adding import FoundRecords, add
from evidence.state import read_state
from evidence.verification import verify
from indexers.encoders import named_encoder
from indexers.store import Store
from tests.evidence.duplicates_factory import RECORDS, make_duplicates_project, marked, record
from tests.evidence.trial_factory import QUESTION

TEAM = ("Okoro A", "Lind P", "Sato M")
FOUND = (
    record("whole", pmid="101"),
    record("same pmid", pmid="101", doi=None, abstract="", title="Solvane for acute gleam fever"),
    record("same doi", doi="10.5555/whole", year=None, abstract="", authors=TEAM),
    record("later", title=RECORDS[0].title.replace("acute", "chronic"), doi=None),
    RECORDS[3],
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store") / "store"
    Store.build(folder, FOUND, named_encoder("static"))
    return folder


@pytest.fixture
def project(tmp_path: Path, store: Path) -> Project:
    return new_project(tmp_path / "p", QUESTION, Settings(), store)


def run_all(project: Project) -> dict[str, int]:
    engines = build_engines(project.manifest.settings.engine, project.path / "calls")
    return {outcome.stage: outcome.judged for outcome in run(project, engines)}


def evidence(*arguments: object, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, [*map(str, arguments)])
    if exit_code == 0:
        assert result.exit_code == 0, result.output
    else:
        assert result.exit_code != 0
    return result.output if result.exception is None else f"{result.output}{result.exception}"


def listed(project: Project) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads(
        evidence("duplicates", project.path, "--json")
    )
    return found


def screened(project: Project) -> list[str]:
    return [d.record_id for d in project.entries(ScreeningDecision)]


def test_merges_and_pairs_are_written_once(project: Project) -> None:
    judged = run_all(project)
    assert {m.record_id for m in project.entries(DuplicateMarked)} == {"same pmid", "same doi"}
    pairs = {(s.record_id, s.duplicate_of) for s in project.entries(DuplicateSuspected)}
    assert pairs == {("later", "whole"), ("abstract", "whole")}
    assert judged["deduplicate"] == 4
    assert set(screened(project)) == {"whole", "later", "abstract"}
    before = project.head()
    assert set(run_all(project).values()) == {0}
    assert project.head() == before


def test_merges_and_pairs_are_headed_by_title_author_and_year(project: Project) -> None:
    run_all(project)
    told = evidence("duplicates", project.path).splitlines()
    first = next(place for place, line in enumerate(told) if line.endswith(FOUND[1].title))
    named = "Okoro 2019 (same pmid) is left out for Okoro 2019 (whole)"
    assert told[first + 1].strip() == named
    pair = next(place for place, line in enumerate(told) if "Solvane for chronic" in line)
    assert told[pair + 1].strip() == RECORDS[0].title
    assert told[pair + 2].strip().startswith("Okoro 2019 (later); Journal of Things")
    assert told[pair + 3].strip().startswith("Okoro 2019 (whole); Journal of Things")


def test_an_undone_merge_is_screened_in_the_next_run_and_nothing_else(project: Project) -> None:
    run_all(project)
    before = screened(project)
    options = ("--because", "another trial", "--by", "Ada Okoro")
    told = evidence("duplicates", project.path, "--refute", "same pmid", *options)
    assert "same pmid is another report than whole: logged" in told
    (entry,) = project.entries(DuplicateRefuted)
    assert (entry.provenance.actor, entry.provenance.reason) == ("Ada Okoro", "another trial")
    assert read_state(project).fate("same pmid") == "to_screen"
    run_all(project)
    assert screened(project)[: len(before)] == before
    assert set(screened(project)[len(before) :]) == {"same pmid"}
    assert list(read_state(project).duplicates) == ["same doi"]
    marks = [(m.record_id, m.duplicate_of) for m in project.entries(DuplicateMarked)]
    assert sorted(marks) == [("same doi", "whole"), ("same pmid", "whole")]
    head = project.head()
    run_all(project)
    assert project.head() == head
    assert list(verify(project)) == []


def test_a_confirmed_pair_drops_out_and_what_depends_on_it_is_done_again(
    project: Project,
) -> None:
    run_all(project)
    n_completed = len(project.entries(StageCompleted))
    before = build_report(project).prisma
    told = evidence("duplicates", project.path, "--confirm", "later", "whole", "--by", "Ada")
    assert "later is the same report as whole: logged" in told
    assert "left out" not in told
    judged = run_all(project)
    assert judged["deduplicate"] == judged["screen"] == 0
    assert len(project.entries(StageCompleted)) == n_completed
    counts = build_report(project).prisma
    assert (counts.duplicates, counts.duplicates_by_person) == (3, 1)
    assert counts.suspected_duplicates == before.suspected_duplicates - 1 == 1
    assert counts.screened == before.screened - 1


def test_an_answered_pair_costs_no_second_deduplication(project: Project) -> None:
    run_all(project)
    n_completed = len(project.entries(StageCompleted))
    evidence(
        *("duplicates", project.path, "--refute", "later", "--because", "follow-up", "--by", "Ada")
    )
    assert set(run_all(project).values()) == {0}
    assert len(project.entries(StageCompleted)) == n_completed
    assert [item["record_id"] for item in listed(project)["for_a_person"]] == ["abstract"]


def test_the_list_tells_merges_with_reasons_and_pairs_in_order(project: Project) -> None:
    run_all(project)
    found = listed(project)
    assert [item["number"] for item in found["merged"]] == [1, 2]
    assert all(item["reason"] and item["by"] == "offline" for item in found["merged"])
    assert {str(item["duplicate_of"]) for item in found["merged"]} == {"whole"}
    assert [item["number"] for item in found["for_a_person"]] == [1, 2]
    words = evidence("duplicates", project.path)
    assert "2 merged" in words
    assert "2 for a person" in words
    for item in (*found["merged"], *found["for_a_person"]):
        assert str(item["reason"]) in words


def test_a_log_without_the_newer_lines_still_reads(tmp_path: Path) -> None:
    project = make_duplicates_project(tmp_path / "p")
    assert [item["record_id"] for item in listed(project)["merged"]] == ["copy"]
    assert all(item["duplicate_of"] for item in listed(project)["for_a_person"])
    project.append(marked("abstract", "whole"))  # a machine's later word on its own pair
    assert len(listed(project)["for_a_person"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--refute", "copy", "--by", "Ada"), "reason"),
        (("--refute", "copy", "--because", "x"), "person's name"),
        (("--refute", "copy", "--because", "x", "--by", "machine"), "person's name"),
        (("--refute", "whole", "--because", "x", "--by", "Ada"), "stands in 2"),
        (("--confirm", "copy", "whole", "--by", "Ada"), "not merged yet"),
        (("--confirm", "copy", "nothing", "--by", "Ada"), "'nothing'"),
        (("--because", "x"), "expected --confirm or --refute"),
        (("--confirm", "a", "b", "--refute", "a"), "not both"),
    ],
)
def test_a_word_that_cannot_be_taken_writes_nothing(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    project = make_duplicates_project(tmp_path / "p")
    before = project.head()
    assert message in evidence("duplicates", project.path, *arguments, exit_code=2)
    assert project.head() == before


def test_the_other_record_can_be_named(tmp_path: Path) -> None:
    project = make_duplicates_project(tmp_path / "p")
    options = ("--because", "x", "--by", "Ada")
    evidence("duplicates", project.path, "--refute", "whole", "--from", "later", *options)
    (entry,) = project.entries(DuplicateRefuted)
    assert (entry.record_id, entry.duplicate_of) == ("whole", "later")


def test_a_terminal_is_not_driven_by_a_title(tmp_path: Path) -> None:
    project = make_duplicates_project(tmp_path / "p")
    from evidence.events import RecordIdentified
    from tests.evidence.trial_factory import OFFLINE

    evil = record("evil", title="A trial\x1b[2J\x07 of\nnothing")
    project.append(
        RecordIdentified(record=evil, score=1, ranks={}, provenance=OFFLINE),
        marked("evil", "whole"),
    )
    words = evidence("duplicates", project.path)
    assert "\x1b" not in words
    assert "A trial [2J of nothing" in words


def test_a_run_does_not_turn_round_what_was_settled_when_a_fuller_copy_was_added(
    tmp_path: Path, store: Path
) -> None:
    project = new_project(tmp_path / "p", QUESTION, Settings(), store)
    bare = record("bare", doi="10.5555/bare", abstract="", year=None, authors=TEAM)
    fuller = record("fuller", doi="10.5555/bare", pmid="777", authors=TEAM)
    for records in ((bare,), (fuller,)):
        found = FoundRecords(source="Embase", query="", how="file", records=records)
        add(project, found, "Ada")
    assert read_state(project).duplicates == {"fuller": "bare"}
    run(project, build_engines(Settings().engine, tmp_path / "calls"), until="deduplicate")
    assert read_state(project).duplicates["fuller"] == "bare"
    assert "bare" not in read_state(project).duplicates
