"""`evidence screening`: what is to be read, a person's decisions, conflicts, agreement, status."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from evidence.commands.project_argument import ProjectPath
from evidence.commands.stopping import stopping_app
from evidence.console import JsonFlag, progress_bars, show

if TYPE_CHECKING:
    from evidence.judgements import Phase, Provenance, ScreeningDecision
    from evidence.project import Project
    from evidence.state import ReviewState

screening_app = typer.Typer(no_args_is_help=True, help="Screen records, alone or two by two.")
screening_app.add_typer(stopping_app)
By = Annotated[str, typer.Option("--by", help="Who decides; goes into the log.")]
PhaseName = Literal["title_abstract", "full_text"]


@screening_app.command("next")
def next_records(
    project: ProjectPath,
    by: By,
    phase: Annotated[
        PhaseName | None,
        typer.Option("--phase", help="Default: title and abstract while one of them is due."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many records are shown.")] = 5,
    as_json: JsonFlag = False,
) -> None:
    """Show what a person has to screen next, best first.

    A calibration round and the records of a stopping sample come before the others.
    """
    from evidence.screening.lines import record_lines
    from evidence.screening.reviewing import calibration_round, reading_list, visible_decisions
    from evidence.screening.verdicts import phase_name

    opened, state = _opened(project)
    screening, seed = opened.manifest.settings.screening, opened.manifest.seed
    name = _signed(by, "").actor
    of: Phase = phase or "title_abstract"
    with progress_bars(as_json) as progress:
        due = reading_list(opened, state, name, of, progress=progress)
        if not due and phase is None:
            of = "full_text"
            due = reading_list(opened, state, name, of, progress=progress)
    on_title = of == "title_abstract"
    drawn = calibration_round(state, screening, seed) if on_title else ()
    sample = state.stopping.sample
    sampled = set(sample.drawn.record_ids) if on_title and sample is not None else set()
    lines = [f"{len(due):,} due to {name} on {phase_name(of)}"]
    shown = []
    for number, record_id in enumerate(due[:limit], 1):
        record = state.records[record_id].record
        visible = visible_decisions(state, screening, record_id, of, name)
        of_round, of_sample = record_id in drawn, record_id in sampled
        value: dict[str, Any] = {"record": record.model_dump(mode="json")}
        value |= {"calibration": of_round, "stopping_sample": of_sample}
        shown.append(value | {"decisions": [d.model_dump(mode="json") for d in visible]})
        mark = "calibration round" if of_round else "stopping sample" if of_sample else ""
        lines += ["", *record_lines(number, record, visible, mark)]
    if due:
        options = f'include|exclude|unclear --by "{name}" --phase {of}'
        lines += ["", f"decide with `evidence screening decide {project} RECORD {options}`"]
    show(as_json, {"by": name, "phase": of, "due": len(due), "records": shown}, "\n".join(lines))


@screening_app.command()
def decide(
    project: ProjectPath,
    record: Annotated[str, typer.Argument(metavar="RECORD", help="The record's id.")],
    verdict: Annotated[Literal["include", "exclude", "unclear"], typer.Argument()],
    by: By,
    reason: Annotated[
        str, typer.Option(help="Why it is excluded: a criterion's id, or words of your own.")
    ] = "",
    phase: Annotated[
        PhaseName | None,
        typer.Option("--phase", help="Default: full text once there is one, else the abstract."),
    ] = None,
    adjudicate: Annotated[
        bool, typer.Option("--adjudicate", help="Settle what two reviewers judged differently.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write a decision on a record; it is on disk before this command ends."""
    from evidence.judgements import ScreeningDecision
    from evidence.screening.allowed import check_decision
    from evidence.screening.reviewing import phase_reached
    from evidence.screening.verdicts import phase_name
    from evidence.state import read_state

    opened, state = _opened(project)
    of = phase or phase_reached(state, record)
    words = _exclusion_words(opened, reason) if verdict == "exclude" else None
    decision = ScreeningDecision(
        record_id=record,
        phase=of,
        verdict=verdict,
        role="adjudicator" if adjudicate else "reviewer",
        exclusion_reason=words,
        provenance=_signed(by, "" if words else reason),
    )
    check_decision(state, opened.manifest.settings.screening, decision)
    opened.append(decision)
    after = read_state(opened)
    fate = after.fate(record)
    why = _overtaken(after, decision)
    now = f"but it does not count: {why}" if why else f"it is now: {fate.replace('_', ' ')}"
    told = f"{record}: {verdict} on {phase_name(of)}, logged; {now}"
    value = {"record_id": record, "phase": of, "verdict": verdict, "fate": fate}
    show(as_json, value | {"does_not_count": why}, told)


def _overtaken(state: ReviewState, decision: ScreeningDecision) -> str | None:
    """Why a decision that was just written does not count: others wrote theirs meanwhile."""
    for lost in state.verdicts[decision.record_id, decision.phase].uncounted:
        stamped = lost.decision.provenance.model_copy(update={"at": None})
        if lost.decision.model_copy(update={"provenance": stamped}) == decision:
            return lost.why
    return None


@screening_app.command()
def undo(
    project: ProjectPath,
    by: By,
    record: Annotated[
        str, typer.Option("--record", help="Your last decision on this record, not on any.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why; goes into the log.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Take your last decision back; it stays in the log, as if it had not been made.

    Refused once both reviewers have judged the record: then decide again instead.
    """
    from evidence.errors import ProjectError
    from evidence.screening.undo import take_back, times_said
    from evidence.screening.verdicts import phase_name
    from evidence.state import read_state

    opened, state = _opened(project)
    line, taken = take_back(state, _signed(by, reason), record)
    about = (taken.record_id, taken.phase, line.provenance.actor, taken.role)
    opened.append(line)
    after = read_state(opened)
    if times_said(after, *about) == times_said(state, *about):
        raise ProjectError(
            f"{taken.record_id}: not taken back, another verdict came in first; decide again"
        )
    fate = after.fate(taken.record_id)
    on = phase_name(taken.phase)
    now = fate.replace("_", " ")
    told = f"{taken.record_id}: {taken.verdict} on {on} is taken back; it is now: {now}"
    value = {"record_id": taken.record_id, "phase": taken.phase, "verdict": taken.verdict}
    show(as_json, value | {"fate": fate}, told)


@screening_app.command("import")
def import_labels(
    project: ProjectPath,
    labels: Annotated[Path, typer.Argument(metavar="LABELS.csv", help="record_id, verdict, …")],
    by: By,
    phase: Annotated[PhaseName, typer.Option("--phase")] = "title_abstract",
    as_json: JsonFlag = False,
) -> None:
    """Write a person's verdicts from a file; one bad line, and nothing is written.

    Columns: record_id, verdict (include, exclude, unclear, 1 or 0) and exclusion_reason.
    """
    from evidence.screening.labels import decisions_from

    opened, state = _opened(project)
    settings = opened.manifest.settings.screening
    signed = _signed(by, f"imported from {labels.name}")
    found = decisions_from(labels, state, settings, phase, signed)
    opened.append(*found.decisions)
    value = {
        "new": len(found.decisions),
        "known": found.n_known,
        "duplicates": list(found.duplicates),
    }
    told = f"{len(found.decisions):,} new, {found.n_known:,} already in the log"
    if found.duplicates:
        told += f", {len(found.duplicates):,} of duplicates passed over"
    show(as_json, value, told)


@screening_app.command("conflicts")
def list_conflicts(project: ProjectPath, as_json: JsonFlag = False) -> None:
    """List what two reviewers judged differently, with both verdicts and reasons."""
    from typing import get_args

    from evidence.judgements import Phase
    from evidence.screening.lines import conflict_lines
    from evidence.screening.reviewing import conflicts

    _, state = _opened(project)
    found = [conflict for phase in get_args(Phase) for conflict in conflicts(state, phase)]
    lines = [f"{len(found):,} for an adjudicator"]
    for number, conflict in enumerate(found, 1):
        lines += conflict_lines(number, conflict)
    value = [
        {
            "record_id": conflict.record.record_id,
            "title": conflict.record.title,
            "phase": conflict.phase,
            "about": conflict.about,
            "verdicts": [verdict.model_dump(mode="json") for verdict in conflict.verdicts],
            "reason_that_counts": conflict.counted and conflict.counted.exclusion_reason,
        }
        for conflict in found
    ]
    show(as_json, {"conflicts": value}, "\n".join(lines))


@screening_app.command("agreement")
def show_agreement(project: ProjectPath, as_json: JsonFlag = False) -> None:
    """Tell how well two reviewers agree: Cohen's kappa and PABAK with 95 % intervals."""
    from dataclasses import asdict

    from evidence.screening.agreement import agreements
    from evidence.screening.lines import agreement_lines

    opened, state = _opened(project)
    manifest = opened.manifest
    found = agreements(state, manifest.settings.screening, manifest.seed)
    lines = [line for item in found for line in agreement_lines(item)]
    show(
        as_json,
        {"agreement": [asdict(item) for item in found]},
        "\n".join(lines) or "no record was judged by two reviewers yet",
    )


@screening_app.command("status")
def show_status(project: ProjectPath, as_json: JsonFlag = False) -> None:
    """Tell where screening stands, who did what, whether it may stop, and what to do next."""
    from evidence.screening.lines import status_lines, stopping_lines
    from evidence.screening.status import screening_status

    opened, state = _opened(project)
    status = screening_status(state, opened.manifest.settings.screening)
    lines = status_lines(status)
    if status.decided_by == "people" or status.stopping.attempts or status.stopping.certificate:
        lines += stopping_lines(status.stopping)
    lines.append(f"next: {status.next_step}")
    show(as_json, status.model_dump(mode="json"), "\n".join(lines))


def _opened(path: Path) -> tuple[Project, ReviewState]:
    from evidence.project import Project
    from evidence.state import read_state

    opened = Project.open(path)
    return opened, read_state(opened)


def _signed(by: str, reason: str) -> Provenance:
    from evidence.duplicates.answers import signed

    return signed(by, reason)


def _exclusion_words(project: Project, reason: str) -> str | None:
    """A reason as it stands in the flow of records: a criterion's words when it names one."""
    from evidence.eligibility import exclusion_reason

    wanted = " ".join(reason.split())
    for criterion in project.manifest.question.criteria:
        if criterion.criterion_id == wanted:
            return exclusion_reason(criterion)
    return wanted or None
