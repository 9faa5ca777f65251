"""`evidence demo`: question to recommendation on the shipped trials."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.commands.new import SettingsPath
from evidence.commands.run import run_review, stages_run
from evidence.console import JsonFlag, say

if TYPE_CHECKING:
    from evidence.engines import Engines
    from evidence.project import Project
    from evidence.stage_outcome import StageOutcome
    from evidence.stage_runs import TellCalls

demo_app = typer.Typer()


@demo_app.command()
def demo(
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for store, project and report; evidence-demo, or evidence-demo-llm."
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option(help="offline, or llm: judged by a language model.")
    ] = "offline",
    replay: Annotated[
        Path | None,
        typer.Option(help="A recorded run that answers for the model; by default the shipped one."),
    ] = None,
    settings: SettingsPath = None,
    record: Annotated[
        Path | None,
        typer.Option(
            help="Keep the calls that --settings made here, for --replay; what is kept here "
            "already is not asked again."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Question to recommendation on the shipped trials, without network or key."""
    from evidence.demo import demo_project, demo_settings, keep_recorded_run

    if record is not None and settings is None:
        raise typer.BadParameter("--record keeps the calls of a model: add --settings FILE")
    chosen = demo_settings(engine, settings, replay)
    folder = out or Path("evidence-demo" if engine == "offline" else "evidence-demo-llm")
    say(as_json, f"Opening the shipped trials in {folder} …")
    project = demo_project(folder, chosen)
    say(as_json, project.manifest.question.text)
    run_stages = _stages_of_demo if engine == "llm" else None
    run_review(project, "recommend", as_json, folder, run_stages, earlier=record)
    if record is not None and settings is not None:
        say(as_json, f"{keep_recorded_run(project, settings, record)} calls kept in {record}")
    say(as_json, f"To look around in it: evidence serve {shlex.quote(str(project.path))}")


def _stages_of_demo(
    project: Project, engines: Engines, until: str, as_json: bool, tell: TellCalls
) -> list[StageOutcome]:
    """Nobody is there to judge what the model left to a person: the offline rules do.

    They also do what comes after screening where a recorded run has the model's screening alone.
    """
    from evidence.config import OfflineEngine
    from evidence.demo import let_offline_stand_in, recorded_until
    from evidence.engines import build_engines

    outcomes = stages_run(project, engines, "screen", as_json, tell)
    if n_records := let_offline_stand_in(project):
        say(as_json, f"{n_records} records left to a person by the model: offline rules stand in")
    if recorded_until(project.manifest.settings) == "screen":
        say(as_json, "the recorded model screened; offline rules do what follows")
        engines = build_engines(OfflineEngine(), project.calls_folder())
    return [*outcomes, *stages_run(project, engines, until, as_json, tell)[len(outcomes) :]]
