"""Own files are screened whole; what a strategy leaves out is counted and named everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.cli import app
from evidence.config import SearchSettings, Settings
from evidence.engines import build_engines
from evidence.new_review import DroppedFile, NewStore, create_review
from evidence.prisma import count
from evidence.project import Project, canonical_json
from evidence.question import ClinicalQuestion, Pico, dump_question
from evidence.rendering.prisma_svg import flow_lines
from evidence.review import run
from evidence.searching.strategy_reach import Reach, left_out, reach
from evidence.state import read_state
from evidence.strategy.types import Concept, Strategy, StrategyTerm

RIS = b"".join(
    f"TY  - JOUR\nTI  - {title}\nAB  - We randomly assigned adults.\nER  - \n".encode()
    for title in ("Solvane for gleam fever", "Glint for gleam fever", "Solvane or placebo")
)
QUESTION = ClinicalQuestion(
    text="Does solvane help in gleam fever?",
    pico=Pico(population="gleam fever", intervention="solvane"),
    strategy=Strategy(
        concepts=(Concept(name="drug", terms=(StrategyTerm(text="solvane"),)),),
    ),
)


def make(folder: Path, *, by_strategy: bool) -> Project:
    files = NewStore((DroppedFile("mine.ris", RIS),), "static", by_strategy=by_strategy)
    return create_review(folder, QUESTION, Settings(), files)


def searched(project: Project) -> str:
    engines = build_engines(project.manifest.settings.engine, project.calls_folder())
    return run(project, engines, until="search")[0].summary


def test_own_files_are_screened_whole_and_keep_their_strategy(tmp_path: Path) -> None:
    project = make(tmp_path / "p", by_strategy=False)
    found = reach(project.manifest)
    assert found is not None
    assert (found.n_in_store, found.n_taken, found.by) == (3, 3, "all")
    assert searched(project) == "3 records identified"
    assert count(read_state(project)).not_found == 0
    assert project.manifest.question.strategy is not None
    assert searched(project) == "3 records identified"  # a second run finds nothing anew
    assert len(read_state(project).searches) == 1


def test_what_a_strategy_leaves_out_is_counted_and_named(tmp_path: Path) -> None:
    project = make(tmp_path / "p", by_strategy=True)
    found = reach(project.manifest)
    assert found is not None
    assert found.told == "3 records are ready; the search strategy finds 2 and 1 are left out."
    assert searched(project) == "2 records identified, 1 of the store not found by the search"
    state = read_state(project)
    assert any(
        "Of the store, not found by the search (n = 1)" in line for line in flow_lines(count(state))
    )
    assert [r.title for r in left_out(project.manifest, state, 9)] == ["Glint for gleam fever"]


def test_the_command_line_tells_it_and_can_screen_all(tmp_path: Path) -> None:
    store = make(tmp_path / "p", by_strategy=True).manifest.store
    (tmp_path / "q.toml").write_text(dump_question(QUESTION), encoding="utf-8")
    (tmp_path / "s.toml").write_text("[search]\nall_records = true\n", encoding="utf-8")

    def new(name: str, *more: str) -> str:
        asked = ["new", str(tmp_path / name), "--question", str(tmp_path / "q.toml")]
        done = CliRunner().invoke(app, [*asked, "--store", str(store), *more])
        assert done.exit_code == 0, done.output
        return done.output

    assert "finds 2 and 1 are left out" in new("a")
    assert "all_records = true" in new("b")
    assert "and all are screened" in new("c", "--settings", str(tmp_path / "s.toml"))
    assert json.loads(new("d", "--json"))["records"]["n_taken"] == 2


def test_settings_without_it_are_written_as_before() -> None:
    assert "all_records" not in canonical_json(SearchSettings())
    assert SearchSettings.model_validate_json(
        canonical_json(SearchSettings(all_records=True))
    ).all_records


@pytest.mark.parametrize(
    ("n_taken", "told"), [(3, "all are screened"), (1, "finds 1 and 2 are left out")]
)
def test_counts_are_told_before_and_after(n_taken: int, told: str) -> None:
    assert told in Reach(n_in_store=3, n_taken=n_taken, by="strategy").told
