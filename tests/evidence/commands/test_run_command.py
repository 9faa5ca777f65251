"""`evidence run` with a server to ask: the cost is told first, and nothing is asked twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.cli import app
from evidence.config import Engine, OfflineEngine, ScreeningSettings, SearchSettings, Settings
from evidence.demo import build_demo_store, demo_question
from evidence.engines import build_engines
from evidence.judgements import ScreeningDecision
from evidence.project import Project
from evidence.question import load_question
from evidence.review import new_project, run
from tests.evidence.llm.openai_server import FakeServer, Turn, completion, serving

N_RECORDS = 6
UNDECIDED = completion({"criteria": []})
PRICES = {"price_per_million_prompt_tokens": 1.0, "price_per_million_completion_tokens": 4.0}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run_command") / "store"
    build_demo_store(path)
    return path


def project_of(
    path: Path, store: Path, engine: Engine, screening: ScreeningSettings | None = None
) -> Project:
    settings = Settings(
        engine=engine,
        search=SearchSettings(limit=N_RECORDS),
        screening=screening or ScreeningSettings(),
    )
    return new_project(path, load_question(demo_question()), settings, store)


def n_asked(fake: FakeServer) -> int:
    return len(fake.requests)


def test_what_screening_costs_is_told_before_the_first_call(tmp_path: Path, store: Path) -> None:
    with serving(UNDECIDED) as fake:
        project = project_of(tmp_path / "p", store, fake.engine(**PRICES))
        told = CliRunner().invoke(app, ["run", str(project.path), "--estimate", "--json"])
        assert told.exit_code == 0, told.output
        assert n_asked(fake) == 0
        estimate = json.loads(told.stdout)["estimate"]
        assert estimate["title_abstract"]["n_calls"] == N_RECORDS
        assert estimate["title_abstract"]["price_most"] > 0
        assert estimate["full_text"]["n_calls"] == 0
        words = CliRunner().invoke(app, ["run", str(project.path), "--estimate"])
        line = f"titles and abstracts (full texts come on top): {N_RECORDS} calls to fake-model"
        assert line in words.stdout
        assert "USD" in words.stdout
        ran = CliRunner().invoke(app, ["run", str(project.path), "--until", "screen", "--json"])
        assert ran.exit_code == 0, ran.output
        assert line in ran.stderr
        assert f"full texts at hand: {n_asked(fake) - N_RECORDS} calls" in ran.stderr
        both = json.loads(ran.stdout)["estimate"]
        assert both["title_abstract"] == estimate["title_abstract"]
        for phase, sent in (
            ("title_abstract", fake.prompts[:N_RECORDS]),
            ("full_text", fake.prompts[N_RECORDS:]),
        ):
            n_bytes = sum(len(text.encode()) for text in sent)
            assert both[phase]["n_calls"] == len(sent) > 0
            assert n_bytes / 4 <= both[phase]["prompt_tokens"] < n_bytes / 4 + len(sent)
        again = CliRunner().invoke(app, ["run", str(project.path), "--until", "screen"])
        assert "calls to" not in again.output


def test_searching_tells_no_cost_and_the_offline_engine_has_none(
    tmp_path: Path, store: Path
) -> None:
    with serving(UNDECIDED) as fake:
        project = project_of(tmp_path / "p", store, fake.engine())
        ran = CliRunner().invoke(app, ["run", str(project.path), "--until", "deduplicate"])
        assert ran.exit_code == 0
        assert "calls to" not in ran.output
        wrong = CliRunner().invoke(
            app, ["run", str(project.path), "--until", "search", "--estimate"]
        )
        assert wrong.exit_code == 2
        assert n_asked(fake) == 0
    offline = project_of(tmp_path / "q", store, OfflineEngine())
    ran = CliRunner().invoke(app, ["run", str(offline.path), "--until", "screen", "--json"])
    assert ran.stderr == ""
    assert json.loads(ran.stdout)["estimate"] is None
    told = CliRunner().invoke(app, ["run", str(offline.path), "--estimate"])
    assert told.exit_code == 0
    assert "nothing to pay" in told.stdout


@pytest.mark.parametrize("n_at_once", [1, 3])
def test_a_killed_run_asks_nothing_again_that_was_answered(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch, n_at_once: int
) -> None:
    with serving(UNDECIDED) as fake:
        project = project_of(tmp_path / "p", store, fake.engine(n_at_once=n_at_once))
        engines = build_engines(project.manifest.settings.engine, project.path / "calls")
        run(project, engines, until="deduplicate")
        order = _records(project)
        append = Project.append
        written: list[object] = []

        def killed_at_the_third(self: Project, *entries: object, **more: object) -> None:
            if isinstance(entries[0], ScreeningDecision):
                if len(written) == 2:
                    raise KeyboardInterrupt
                written.append(entries[0])
            append(self, *entries, **more)  # type: ignore[arg-type]

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(Project, "append", killed_at_the_third)
            run(project, engines, until="screen")
        asked = n_asked(fake)
        assert 3 <= asked <= 3 + 2 * n_at_once
        assert len(list((project.path / "calls").glob("*.json"))) == asked + 1  # and their settings
        assert [d.record_id for d in project.entries(ScreeningDecision)] == order[:2]
        fresh = build_engines(project.manifest.settings.engine, project.path / "calls")
        run(project, fresh, until="screen")
        assert len(set(fake.prompts)) == len(fake.prompts)
        first = [d for d in project.entries(ScreeningDecision) if d.phase == "title_abstract"]
        assert [d.record_id for d in first] == order


def _records(project: Project) -> list[str]:
    from evidence.state import read_state

    state = read_state(project)
    return [record_id for record_id in state.records if record_id not in state.duplicates]


def test_where_people_decide_a_run_says_how_they_go_on(tmp_path: Path, store: Path) -> None:
    people = ScreeningSettings(decided_by="people")
    project = project_of(tmp_path / "p", store, OfflineEngine(), people)
    path = str(project.path)
    ran = CliRunner().invoke(app, ["run", path])
    assert ran.exit_code == 0, ran.output
    assert f"{N_RECORDS} titles and abstracts for people to screen" in ran.stdout
    assert f"`evidence screening next {path} --by NAME`" in ran.stdout
    assert f"`evidence serve {path}`" in ran.stdout
    first, *others = _records(project)
    for record_id in others:
        decided = ["screening", "decide", path, record_id, "exclude", "--by", "Ada"]
        assert CliRunner().invoke(app, decided).exit_code == 0
    decided = ["screening", "decide", path, first, "include", "--by", "Ada"]
    assert CliRunner().invoke(app, decided).exit_code == 0
    told = CliRunner().invoke(app, ["run", path, "--until", "screen"])
    assert "for people to screen" not in told.stdout
    assert "1 full texts for people to assess" in told.stdout
    decided = ["screening", "decide", path, first, "include", "--by", "Ada"]
    assert CliRunner().invoke(app, decided).exit_code == 0
    done = CliRunner().invoke(app, ["run", path])
    assert done.exit_code == 0, done.output
    assert "1 included" in done.stdout
    assert "evidence screening next" not in done.stdout


def test_a_run_stops_at_its_budget_and_the_next_goes_on(tmp_path: Path, store: Path) -> None:
    assert isinstance(UNDECIDED.body, dict)
    usage = {"prompt_tokens": 1500, "completion_tokens": 100}
    with serving(Turn(UNDECIDED.body | {"usage": usage})) as fake:
        # 1,600 tokens a call leave room for some calls and not for all.
        engine = fake.engine(n_at_once=1, max_total_tokens=6000)
        project = project_of(tmp_path / "p", store, engine)
        first = CliRunner().invoke(app, ["run", str(project.path), "--until", "screen", "--json"])
        assert first.exit_code == 1, first.output
        told = json.loads(first.stdout)
        n_first = n_asked(fake)
        assert n_first > 0
        assert "max_total_tokens = 6,000" in told["stopped"]
        assert told["calls"]["n_calls"] == n_first
        assert len(list(project.entries(ScreeningDecision))) == n_first < N_RECORDS
        while (again := CliRunner().invoke(app, ["run", str(project.path)])).exit_code == 1:
            assert "the budget of this run ends here" in again.stdout
        assert again.exit_code == 0, again.output
        assert "\nmodel        " in again.stdout
        judged = [d.record_id for d in project.entries(ScreeningDecision)]
        assert len(judged) == len(set(judged)) + sum(
            d.phase == "full_text" for d in project.entries(ScreeningDecision)
        )
