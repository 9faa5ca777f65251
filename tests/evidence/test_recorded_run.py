"""The shipped run of a small language model, replayed whole: without a model, twice the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.cli import app
from evidence.config import ReplayEngine, Settings
from evidence.demo import (
    STANDS_IN,
    build_demo_store,
    demo_settings,
    keep_recorded_run,
    recorded_run,
    recorded_until,
    replay_settings,
)
from evidence.errors import SettingsError
from evidence.judgements import RecommendationEdit, ScreeningDecision
from evidence.llm.call_archive import (
    ARCHIVE,
    CHECKSUMS,
    archived_calls,
    checksum_problems,
    write_checksums,
)
from evidence.llm.recorded_calls import RecordedCalls
from evidence.project import Project
from evidence.verification import verify

AGAIN = (
    "a prompt, a schema or what a prompt shows has changed since the run was recorded; record it "
    "again with the command in data/recorded_run/README.md"
)


def judgements(project: Project) -> list[dict[str, object]]:
    """Every line of the log without its time."""
    told = []
    for line in project.lines():
        entry = line.entry.model_dump(mode="json")
        entry["provenance"].pop("at")
        told.append(entry)
    return told


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two folders of the demo, each replayed from the shipped calls."""
    store = tmp_path_factory.mktemp("store") / "store"
    build_demo_store(store)
    folders = []
    for name in ("one", "two"):
        folder = tmp_path_factory.mktemp(name)
        shutil.copytree(store, folder / "store")
        ran = CliRunner().invoke(app, ["demo", "--engine", "llm", "--out", str(folder), "--json"])
        assert ran.exit_code == 0, ran.output
        folders.append(folder)
    return folders[0], folders[1]


def test_every_call_is_among_the_recorded_ones(replayed: tuple[Path, Path]) -> None:
    project = Project.open(replayed[0] / "project")
    text = json.dumps(judgements(project))
    assert "no recorded call" not in text, AGAIN
    answers = archived_calls(recorded_run())
    asked = [d for d in project.entries(ScreeningDecision) if d.provenance.engine != "offline"]
    assert len(asked) == sum(b"ScreeningAnswer" in call for call in answers.values()), AGAIN


def test_the_shipped_calls_are_as_they_were_recorded() -> None:
    calls = RecordedCalls(recorded_run())
    assert (recorded_run() / CHECKSUMS).is_file()
    assert checksum_problems(recorded_run()) == []
    assert list(calls.problems()) == []
    assert calls.n_without_digest() == 0
    assert len(calls.digests()) == len(archived_calls(recorded_run()))


def test_two_replays_give_the_same_judgements_and_report(replayed: tuple[Path, Path]) -> None:
    one, two = (Project.open(folder / "project") for folder in replayed)
    assert judgements(one) == judgements(two)
    for name in ("report.html", "report.json"):
        assert (replayed[0] / name).read_bytes() == (replayed[1] / name).read_bytes(), name
    assert list(verify(one)) == []


def test_the_log_names_the_model_and_where_the_rules_stood_in(replayed: tuple[Path, Path]) -> None:
    project = Project.open(replayed[0] / "project")
    engine = project.manifest.settings.engine
    assert isinstance(engine, ReplayEngine)
    decisions = project.entries(ScreeningDecision)
    by_model = [d for d in decisions if d.provenance.engine == "language_model"]
    stood_in = [d for d in decisions if d.provenance.engine == "offline"]
    assert {d.provenance.model for d in by_model} == {engine.model}
    assert {d.provenance.reason for d in stood_in} == {STANDS_IN}
    left = {d.record_id for d in by_model if d.phase == "full_text" and d.verdict == "unclear"}
    assert {d.record_id for d in stood_in} == left
    last = project.entries(RecommendationEdit)[-1]
    by = "language_model" if recorded_until(project.manifest.settings) == "recommend" else "offline"
    assert last.provenance.engine == by


def test_a_run_is_kept_with_its_settings(replayed: tuple[Path, Path], tmp_path: Path) -> None:
    project = Project.open(replayed[0] / "project")
    calls = project.path / "calls"
    calls.mkdir(exist_ok=True)
    shutil.copyfile(recorded_run() / "engine.json", calls / "engine.json")
    for digest, call in archived_calls(recorded_run()).items():
        (calls / f"{digest}.json").write_bytes(call)
    n_calls = keep_recorded_run(project, recorded_run() / "settings.toml", tmp_path)
    shutil.rmtree(calls)
    assert n_calls == len(archived_calls(recorded_run()))
    for name in (ARCHIVE, CHECKSUMS, "engine.json", "run.json", "settings.toml"):
        kept, shipped = ((folder / name).read_bytes() for folder in (tmp_path, recorded_run()))
        assert (json.loads(kept) == json.loads(shipped)) if name == "run.json" else kept == shipped


def test_settings_of_a_demo_go_together(tmp_path: Path) -> None:
    shipped = demo_settings("llm", None, None)
    assert shipped == demo_settings("llm", None, recorded_run()) == replay_settings(recorded_run())
    assert isinstance(shipped.engine, ReplayEngine)
    assert demo_settings("offline", None, None) == Settings()
    live = recorded_run() / "settings.toml"
    assert demo_settings("llm", live, None).engine.kind == "openai"
    offline = tmp_path / "offline.toml"
    offline.write_text('[engine]\nkind = "offline"\n')
    for engine, settings, replay, told in (
        ("gpt", None, None, "expected offline or llm"),
        ("offline", live, None, "add --engine llm"),
        ("llm", live, recorded_run(), "name one"),
        ("llm", offline, None, "a language model"),
        ("llm", None, tmp_path, "no settings.toml"),
    ):
        with pytest.raises(SettingsError, match=told):
            demo_settings(engine, settings, replay)


def test_a_folder_holds_one_demo(replayed: tuple[Path, Path]) -> None:
    ran = CliRunner().invoke(app, ["demo", "--out", str(replayed[1])])
    assert "holds the demo with another engine (replay)" in str(ran.exception)
    alone = CliRunner().invoke(app, ["demo", "--engine", "llm", "--record", str(replayed[1])])
    assert alone.exit_code == 2


def test_a_recorded_run_says_how_far_the_model_went(tmp_path: Path) -> None:
    for path in recorded_run().iterdir():
        shutil.copyfile(path, tmp_path / path.name)
    (tmp_path / "run.json").write_text('{"until": "dinner"}')
    write_checksums(tmp_path)
    with pytest.raises(SettingsError, match=r"run\.json: expected"):
        recorded_until(replay_settings(tmp_path))
    assert recorded_until(demo_settings("llm", recorded_run() / "settings.toml", None)) == (
        "recommend"
    )
