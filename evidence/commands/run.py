"""`evidence run`: a review as far as an engine can, and what its model calls will cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from evidence.commands.project_argument import ProjectPaths
from evidence.commands.ray import RayOption, WorkersOption
from evidence.console import JsonFlag, progress_bars, show

if TYPE_CHECKING:
    from evidence.engines import Engines
    from evidence.judgements import Phase
    from evidence.llm.cost import CostEstimate
    from evidence.llm.ledger import BudgetExceeded
    from evidence.project import Project
    from evidence.stage_outcome import StageOutcome
    from evidence.stage_runs import TellCalls

    RunStages = Callable[[Project, Engines, str, bool, TellCalls], list[StageOutcome]]

run_app = typer.Typer()


@run_app.command()
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
        run_review(opened, until, as_json, report_folder=project / "derived")
        return
    if until in ("search", "deduplicate"):
        raise typer.BadParameter(f"--until {until} ends before screening, which --estimate counts")
    _estimate(opened, as_json)


def run_review(
    project: Project,
    until: str,
    as_json: bool,
    report_folder: Path,
    run_stages: RunStages | None = None,
    earlier: Path | None = None,
) -> None:
    """Run a review, tell what came of it, and write its report behind the last stage.

    Args:
        project: The review.
        until: The last stage to run.
        as_json: Whether the outcome is told as JSON.
        report_folder: Takes the report.
        run_stages: How the stages run; as the project's engine can where None is given.
        earlier: A recording of a language model's calls to go on from.

    Raises:
        Exit: With 1, where the budget of the language model ended the run.
    """
    from evidence.llm.ledger import BudgetExceeded

    estimates: dict[str, Any] = {}

    def tell(phase: Phase, estimate: CostEstimate) -> None:
        from evidence.screening.calls_ahead import estimate_line

        estimates[phase] = estimate.model_dump()
        typer.echo(estimate_line(phase, estimate), err=as_json)

    engines = _engines(project, earlier)
    try:
        outcomes = (run_stages or stages_run)(project, engines, until, as_json, tell)
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


def stages_run(
    project: Project,
    engines: Engines,
    until: str,
    as_json: bool,
    tell: TellCalls | None = None,
) -> list[StageOutcome]:
    """What the stages gave, with a bar each; for errors see `evidence.review.run`."""
    from evidence.review import run as run_all

    with progress_bars(as_json) as progress:
        return run_all(project, engines, until=until, progress=progress, tell_calls=tell)


def _estimate(project: Project, as_json: bool) -> None:
    """What screening will cost, counted on what was found; nothing is asked."""
    from evidence.judgements import Phase
    from evidence.screening.calls_ahead import calls_ahead, estimate_line

    outcomes = stages_run(project, _engines(project), "deduplicate", as_json)
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
    from evidence.findings_text import finding_line, printed
    from evidence.state import read_state
    from evidence.summary import summary_rows

    edit = read_state(project).recommendation
    if edit is None:
        return []
    lines = ["", "Draft, for a person to decide on:"]
    lines += [f"  {sentence.text}" for sentence in edit.recommendation.sentences[:1]]
    lines += ["", "Summary of findings:"]
    lines += [f"  {printed(row, 'outcome')}: {finding_line(row)}" for row in summary_rows(project)]
    return lines
