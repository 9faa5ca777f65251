"""The command line: thin commands over the library. Heavy imports wait for the command."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from evidence.commands.add import add_app
from evidence.commands.appraise import appraise_app
from evidence.commands.copy import copy_app
from evidence.commands.doctor import doctor_app
from evidence.commands.duplicates import duplicates_app
from evidence.commands.files import QuestionPath, files_app
from evidence.commands.index import StorePath, index_app
from evidence.commands.people import people_app
from evidence.commands.pool import pool_app
from evidence.commands.project_argument import ProjectPath, ProjectPaths
from evidence.commands.ray import RayOption, WorkersOption
from evidence.commands.reports import reports_app
from evidence.commands.screening import screening_app
from evidence.commands.search import search_app
from evidence.commands.search_batch import batch_app
from evidence.commands.serve import serve_app
from evidence.commands.what_if import what_if_app
from evidence.console import JsonFlag, progress_bars, say, show

if TYPE_CHECKING:
    from evidence.engines import Engines
    from evidence.judgements import Phase
    from evidence.llm.cost import CostEstimate
    from evidence.llm.ledger import BudgetExceeded
    from evidence.project import Project
    from evidence.stage_outcome import StageOutcome
    from evidence.stage_runs import TellCalls

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="From a clinical question to a recommendation that can be checked line by line.",
    epilog="Decision support: a person decides. Start with `evidence demo`.",
)
app.add_typer(files_app)
app.add_typer(add_app)
app.add_typer(pool_app)
app.add_typer(search_app)
app.add_typer(batch_app)
app.add_typer(duplicates_app)
app.add_typer(appraise_app)
app.add_typer(doctor_app)
app.add_typer(copy_app)
app.add_typer(screening_app, name="screening")
app.add_typer(index_app, name="index")
app.add_typer(reports_app, name="reports")
app.add_typer(what_if_app)
app.add_typer(people_app, name="people")
app.add_typer(serve_app)

SettingsPath = Annotated[
    Path | None, typer.Option("--settings", help="Settings as TOML; the default is offline.")
]


@app.command()
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
    _run(project, "recommend", as_json, folder, standing_in=engine == "llm", earlier=record)
    if record is not None and settings is not None:
        say(as_json, f"{keep_recorded_run(project, settings, record)} calls kept in {record}")
    say(as_json, f"To look around in it: evidence serve {shlex.quote(str(project.path))}")


@app.command()
def new(
    project: ProjectPath,
    question: QuestionPath,
    store: StorePath,
    settings: SettingsPath = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a review project: question, settings and store are frozen in its manifest."""
    from evidence.config import Settings, load_settings
    from evidence.question import load_question
    from evidence.review import new_project
    from evidence.searching.strategy_reach import reach

    chosen = load_settings(settings) if settings else Settings()
    made = new_project(project, load_question(question), chosen, store)
    found = reach(made.manifest)
    told = f"{found.told}\n" if found is not None else ""
    if found is not None and found.n_left_out:
        told += "To screen all of them, make it with `all_records = true` under [search].\n"
    show(
        as_json,
        {
            "project": str(made.path),
            "index_digest": made.manifest.index_digest,
            "records": found.model_dump() if found is not None else None,
        },
        f"{told}{made.path}: ready; go on with `evidence run {made.path}`",
    )


@app.command()
def run(
    projects: ProjectPaths,
    until: Annotated[str, typer.Option(help="The last stage to run.")] = "recommend",
    estimate: Annotated[
        bool,
        typer.Option("--estimate", help="Search, tell what screening by a model costs, and stop."),
    ] = False,
    ray: RayOption = None,
    workers: WorkersOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Run a review as far as an engine can; a second run repeats nothing.

    Where a language model gave no answer (its server was away or broke off) the next run asks
    again: that alone, and nothing that a person has judged since.

    Before a language model is asked, the calls, tokens and their price are told. With --ray,
    several reviews run at once, a line each; the exit code is 1 when one failed or stopped.
    """
    if ray is not None:
        if estimate:
            raise typer.BadParameter("--estimate tells of one project: leave --ray out")
        from evidence.commands.run_many import run_many

        run_many(projects, until, ray, workers, as_json)
        return
    if len(projects) > 1 or workers is not None:
        raise typer.BadParameter("several projects at once, and --workers, need --ray local")
    from evidence.project import Project

    (project,) = projects
    opened = Project.open(project)
    if not estimate:
        _run(opened, until, as_json, report_folder=project / "derived")
        return
    if until in ("search", "deduplicate"):
        raise typer.BadParameter(f"--until {until} ends before screening, which --estimate counts")
    _estimate(opened, as_json)


def _run(
    project: Project,
    until: str,
    as_json: bool,
    report_folder: Path,
    standing_in: bool = False,
    earlier: Path | None = None,
) -> None:
    from evidence.llm.ledger import BudgetExceeded

    estimates: dict[str, Any] = {}

    def tell(phase: Phase, estimate: CostEstimate) -> None:
        from evidence.screening.calls_ahead import estimate_line

        estimates[phase] = estimate.model_dump()
        typer.echo(estimate_line(phase, estimate), err=as_json)

    engines = _engines(project, earlier)
    try:
        run_stages = _run_stages_of_demo if standing_in else _run_stages
        outcomes = run_stages(project, engines, until, as_json, tell)
    except BudgetExceeded as ended:
        # What was judged is in the log; a later run goes on behind it.
        _show_stopped(project, ended, engines, as_json)
        raise typer.Exit(1) from None
    calls = engines.ledger.made if engines.ledger else None
    report = None
    if until == "recommend":
        from evidence.export import write_report

        report = write_report(project, report_folder)
    lines = [f"{o.stage:<12} {o.summary}" for o in outcomes]
    if calls is not None:
        lines.append(f"{'model':<12} {calls.line}")
    show(
        as_json,
        {
            "stages": [o.model_dump() for o in outcomes],
            "estimate": estimates or None,
            "calls": calls.model_dump() if calls else None,
            "report": str(report) if report else None,
            "project": str(project.path),
        },
        "\n".join(
            [*lines, *_recommendation_lines(project)] + ([f"\nReport: {report}"] if report else [])
        ),
    )


def _show_stopped(project: Project, ended: BudgetExceeded, engines: Engines, as_json: bool) -> None:
    calls = engines.ledger.made if engines.ledger else None
    value = {
        "stopped": str(ended),
        "calls": calls.model_dump() if calls else None,
        "project": str(project.path),
    }
    show(as_json, value, "\n".join([str(ended), *([calls.line] if calls else [])]))


def _engines(project: Project, earlier: Path | None = None) -> Engines:
    from evidence.engines import build_engines

    settings = project.manifest.settings
    return build_engines(
        settings.engine, project.calls_folder(), settings.screening, settings.prompting, earlier
    )


def _run_stages(
    project: Project,
    engines: Engines,
    until: str,
    as_json: bool,
    tell: TellCalls | None = None,
) -> list[StageOutcome]:
    from evidence.review import run as run_stages

    with progress_bars(as_json) as progress:
        return run_stages(project, engines, until=until, progress=progress, tell_calls=tell)


def _run_stages_of_demo(
    project: Project, engines: Engines, until: str, as_json: bool, tell: TellCalls
) -> list[StageOutcome]:
    """Nobody is there to judge what the model left to a person: the offline rules do.

    They also do what comes after screening where a recorded run has the model's screening alone.
    """
    from evidence.config import OfflineEngine
    from evidence.demo import let_offline_stand_in, recorded_until
    from evidence.engines import build_engines

    outcomes = _run_stages(project, engines, "screen", as_json, tell)
    if n_records := let_offline_stand_in(project):
        say(as_json, f"{n_records} records left to a person by the model: offline rules stand in")
    if recorded_until(project.manifest.settings) == "screen":
        say(as_json, "the recorded model screened; offline rules do what follows")
        engines = build_engines(OfflineEngine(), project.calls_folder())
    return [*outcomes, *_run_stages(project, engines, until, as_json, tell)[len(outcomes) :]]


def _estimate(project: Project, as_json: bool) -> None:
    """What screening will cost, counted on what was found; nothing is asked."""
    from evidence.judgements import Phase
    from evidence.screening.calls_ahead import calls_ahead, estimate_line

    outcomes = _run_stages(project, _engines(project), "deduplicate", as_json)
    lines = [f"{o.stage:<12} {o.summary}" for o in outcomes]
    found = {phase: calls_ahead(project, phase=phase) for phase in get_args(Phase)}
    told = {phase: estimate for phase, estimate in found.items() if estimate is not None}
    lines += [estimate_line(phase, estimate) for phase, estimate in told.items()]
    if not told:
        kind = project.manifest.settings.engine.kind
        lines.append(f"the {kind} engine asks no server: nothing to pay")
    show(
        as_json,
        {
            "stages": [o.model_dump() for o in outcomes],
            "estimate": {phase: estimate.model_dump() for phase, estimate in told.items()} or None,
            "project": str(project.path),
        },
        "\n".join(lines),
    )


def _recommendation_lines(project: Project) -> list[str]:
    """The draft's first sentence and a line an outcome; the report has the rest."""
    from evidence.findings_text import printed
    from evidence.state import read_state
    from evidence.summary import summary_rows

    edit = read_state(project).recommendation
    if edit is None:
        return []
    lines = ["", "Draft, for a person to decide on:"]
    lines += [f"  {sentence.text}" for sentence in edit.recommendation.sentences[:1]]
    lines += ["", "Summary of findings:"]
    for row in summary_rows(project):
        effect = printed(row, "effect") if row.effect else "not pooled"
        certainty = f", {printed(row, 'certainty')} certainty" if row.certainty else ""
        lines.append(
            f"  {printed(row, 'outcome')}: {effect} ({printed(row, 'k_studies')}{certainty})"
        )
    return lines


@app.command()
def verify(project: ProjectPath, as_json: JsonFlag = False) -> None:
    """Check hash chain, quotes, stopping samples and certificates, and cited numbers."""
    from evidence.project import Project
    from evidence.verification import verify as problems_of

    opened = Project.open(project)
    problems = list(problems_of(opened))
    length, digest = opened.head()
    show(
        as_json,
        {"problems": problems, "lines": length, "head": digest},
        "\n".join(problems) if problems else f"{length} lines hold; the last is {digest}",
    )
    if problems:
        raise typer.Exit(1)


@app.command()
def export(
    project: ProjectPath,
    export_format: Annotated[
        str, typer.Option("--format", help="docx, html, pdf, md, csv, ris or json.")
    ] = "html",
    out: Annotated[Path | None, typer.Option(help="The file to write.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write the review as a document; refused when anything in it is not grounded."""
    from evidence.export import export as write
    from evidence.project import Project

    target = out or project / "derived" / f"report.{export_format}"
    written = write(Project.open(project), export_format, target)
    show(as_json, {"file": str(written)}, str(written))
