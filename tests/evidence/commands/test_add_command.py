"""`evidence add`: files and strategies into a project from the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.commands.add import add_app
from evidence.errors import ProjectError, SourceError
from evidence.events import SearchRun
from evidence.project import Project
from evidence.searching.adding import searched_on
from evidence.state import read_state
from indexers.references import write_records
from tests.evidence.searching.added_factory import make_project, make_store, record

RUN = CliRunner()
ADA = ("--by", "Ada Okoro")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("stores") / "store")


@pytest.fixture
def project(tmp_path: Path, store: Path) -> Project:
    return make_project(tmp_path / "p", store)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "embase.ris"
    write_records([record("e1"), record("e2", "kestrol")], path)
    path.write_text(path.read_text() + "TY  - JOUR\nTI  - no end\n")
    return path


def run(*arguments: object) -> str:
    done = RUN.invoke(add_app, [str(each) for each in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_file_is_added_with_source_date_and_strategy(
    tmp_path: Path, project: Project, file: Path
) -> None:
    (tmp_path / "s.txt").write_text("exp Fever/")
    said = run(
        *(project.path, file, "--source", "Embase (Ovid)", "--searched-on", "2026-03-01"),
        *("--strategy", tmp_path / "s.txt", *ADA),
    )
    assert "2 new of 2 found in Embase (Ovid)" in said
    assert f"{file}:" in said and "left out" in said
    (search,) = project.entries(SearchRun)
    assert (search.source, search.query) == ("Embase (Ovid)", "exp Fever/")
    assert str(searched_on(search)) == "2026-03-01"
    head = project.head()
    again = json.loads(
        run(
            *(project.path, file, "--source", "Embase (Ovid)", "--searched-on", "2026-03-01"),
            *("--strategy", tmp_path / "s.txt", *ADA, "--json"),
        )
    )
    assert again["searches"][0]["n_new"] == 0
    assert project.head() == head


def test_control_characters_are_dropped_and_counted(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    odd = record("e1").model_copy(update={"record_id": "e\x001", "title": "Solvane\x07 trial"})
    path.write_text(f"{odd.model_dump_json()}\n")
    said = run(project.path, path, *ADA)
    assert f"{path}: 2 control characters dropped" in said
    (added,) = read_state(project).records.values()
    assert (added.record.record_id, added.record.title) == ("e1", "Solvane trial")


def test_a_strategy_runs_on_the_projects_store(project: Project) -> None:
    said = run(project.path, "--query", "solvane[tiab] OR kestrol[tiab]", *ADA)
    assert "2 new of 2 found" in said
    assert list(read_state(project).records) == ["s0", "s3"]
    run(project.path, "--query", "brontil.ti.", "--syntax", "ovid", *ADA)
    assert list(read_state(project).records) == ["s0", "s3", "s2"]


def test_a_dry_run_writes_nothing_and_needs_no_name(project: Project, file: Path) -> None:
    assert "2 new of 2 found in embase" in run(project.path, file, "--dry-run")
    assert project.head()[0] == 0


def test_bad_input_is_refused_before_anything_is_written(
    tmp_path: Path, project: Project, file: Path
) -> None:
    for arguments in (
        (project.path,),
        (project.path, file, "--query", "x"),
        (project.path, "--query", "x", "--source", "y"),
    ):
        assert RUN.invoke(add_app, [str(each) for each in arguments]).exit_code == 2
    with pytest.raises(ProjectError, match="person's name"):
        run(project.path, file)
    with pytest.raises(SourceError, match="missing"):
        run(project.path, file, tmp_path / "missing.ris", *ADA)
    assert project.head()[0] == 0
