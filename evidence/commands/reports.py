"""`evidence reports`: which full texts are still to be had, and attaching those that came."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import typer

from evidence.commands.project_argument import ProjectPath
from evidence.console import JsonFlag, plain, show
from evidence.writing import write_whole

if TYPE_CHECKING:
    from evidence.reports.attach import AttachedReport
    from evidence.reports.folder import FolderOutcome

reports_app = typer.Typer(
    no_args_is_help=True, help="Full texts: list what is missing, attach what came."
)


@reports_app.command("list")
def list_requests(
    project: ProjectPath,
    request_format: Annotated[
        str,
        typer.Option("--format", help="csv, ris (for document delivery) or md."),
    ] = "md",
    out: Annotated[Path | None, typer.Option(help="The file to write; else printed.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List the reports that are sought and not had, with the addresses to look at."""
    from evidence.project import Project
    from evidence.reports.request_files import (
        RequestFormat,
        as_values,
        counts_line,
        written,
    )
    from evidence.reports.requests import request_list

    if request_format not in get_args(RequestFormat):
        raise typer.BadParameter(f"--format {request_format!r}: expected csv, ris or md")
    found = request_list(Project.open(project))
    text = written(found, request_format)  # type: ignore[arg-type] # checked above
    value = as_values(found)
    if out is None:
        show(as_json, value, text.rstrip("\n"))
        return
    write_whole(out, text.encode())
    show(as_json, {"file": str(out), **value}, f"{counts_line(found)}: {out}")


@reports_app.command()
def attach(
    project: ProjectPath,
    record: Annotated[
        str | None, typer.Argument(metavar="RECORD", help="The record's id; not with --folder.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Its report: PDF with text, JATS XML, HTML or text."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Match the files of a folder to records.")
    ] = None,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who attaches; goes into the log.")] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Attach suggested matches, and what is in doubt, too.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Attach a full text to a record, or the files of a folder to theirs.

    `evidence run` then screens them. Exit code 1 when a file of the folder was not attached.
    """
    from evidence.project import Project
    from evidence.reports.attach import attach as attach_file
    from evidence.reports.folder import attach_folder

    if (folder is None) == (record is None) or (record is None) != (file is None):
        raise typer.BadParameter("expected RECORD and FILE, or --folder DIR")
    opened = Project.open(project)
    if folder is not None:
        outcome = attach_folder(opened, folder, by=by, sure=yes)
        show(as_json, outcome.model_dump(mode="json"), "\n".join(_folder_lines(outcome, project)))
        if outcome.suggested or outcome.left:
            raise typer.Exit(1)
        return
    assert record is not None and file is not None  # noqa: S101 - checked above
    done = attach_file(opened, record, file, by=by, sure=yes)
    lines = [*_attached_lines(done), f"go on with `evidence run {project}`"]
    show(as_json, done.model_dump(mode="json"), "\n".join(lines))


@reports_app.command()
def missing(
    project: ProjectPath,
    record: Annotated[str, typer.Argument(metavar="RECORD", help="The record's id.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why it cannot be had.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who says so; goes into the log.")],
    as_json: JsonFlag = False,
) -> None:
    """Say that a report cannot be had: it counts as not retrieved, and is requested no more."""
    from evidence.project import Project
    from evidence.reports.attach import mark_missing

    line = mark_missing(Project.open(project), record, reason=reason, by=by)
    value: dict[str, Any] = {"record_id": record, "reason": line.provenance.reason}
    value["by"] = line.provenance.actor
    show(as_json, value, f"{record}: not retrieved ({line.provenance.reason}): logged")


@reports_app.command()
def calibrate(
    marked: Annotated[
        Path,
        typer.Argument(
            metavar="MARKED.jsonl",
            help="What people marked: document (a file's name), criterion, quotes.",
        ),
    ],
    articles: Annotated[Path, typer.Option(metavar="DIR", help="The JATS files it names.")],
    alpha: Annotated[float, typer.Option(help="Largest mean share of evidence missed.")] = 0.2,
    delta: Annotated[float, typer.Option(help="Largest chance of being wrong.")] = 0.1,
    out: Annotated[
        Path,
        typer.Option(
            help="The certificate; a project uses contexts.json in its folder for criteria and "
            "contexts_results.json for results."
        ),
    ] = Path("contexts.json"),
    asked: Annotated[
        Literal["criteria", "results"],
        typer.Option(
            "--for", help="criteria of eligibility, or results of the outcomes named in criterion."
        ),
    ] = "criteria",
    as_json: JsonFlag = False,
) -> None:
    """Certify how many passages a criterion, or an outcome, a model is shown of a long report.

    Exit code 1 when no number can be certified: decisions then say that theirs is not calibrated.
    """
    from evidence.console import progress_bars
    from evidence.extraction.by_model.contexts import FOR_RESULTS, result_query
    from evidence.reading.marked_reports import certify_passages
    from evidence.reading.passage_counts import FOR_CRITERIA
    from evidence.stages.screen_contexts import criterion_query

    with progress_bars(as_json) as progress:
        certificate = certify_passages(
            marked,
            articles,
            alpha,
            delta,
            out,
            lambda done, total: progress("calibrate", done, total),
            asked=FOR_RESULTS if asked == "results" else FOR_CRITERIA,
            query=result_query if asked == "results" else criterion_query,
        )
    each = "an outcome" if asked == "results" else "a criterion"
    words = f"no number of passages can be certified (n = {certificate.n_calibration} reports)"
    if certificate.k is not None:
        words = (
            f"k = {certificate.k} {each} certified: at most {alpha:g} of the evidence is "
            f"missed on average, with confidence {1 - delta:g} (n = {certificate.n_calibration} "
            "reports)"
        )
    value = {"file": str(out), **certificate.model_dump(mode="json")}
    show(as_json, value, f"{words}: {out}")
    if certificate.abstains:
        raise typer.Exit(1)


def _attached_lines(done: AttachedReport) -> list[str]:
    counts = f"{done.n_characters:,} characters, {done.n_sections} sections, {done.n_tables} tables"
    return [
        f"{done.record_id}: {done.outcome}, {plain(done.file)} ({counts})",
        *(f"      {notice}" for notice in done.notices),
    ]


def _folder_lines(outcome: FolderOutcome, project: Path) -> list[str]:
    lines = [f"{len(outcome.attached)} attached"]
    lines += [f"  {line}" for done in outcome.attached for line in _attached_lines(done)]
    if outcome.suggested:
        lines += ["", f"{len(outcome.suggested)} suggested; look, then add --yes"]
    for item in outcome.suggested:
        how = f"{item.likeness:g} % alike" if item.by == "title" else f"{item.by} alone, no title"
        lines.append(f"  {plain(item.file)}: {item.record_id}? ({how})")
        lines.append(f"      {plain(item.title)}")
    if outcome.left:
        lines += ["", f"{len(outcome.left)} not attached"]
    lines += [f"  {plain(item.file)}: {plain(item.reason)}" for item in outcome.left]
    if outcome.spare:
        lines += ["", f"{len(outcome.spare)} for records that have a full text"]
    lines += [f"  {plain(item.file)}: {plain(item.reason)}" for item in outcome.spare]
    if outcome.other:
        lines += ["", f"{len(outcome.other)} other entries of the folder were not looked at"]
    lines += [f"  {plain(item.file)}: {plain(item.reason)}" for item in outcome.other]
    return [*lines, "", f"go on with `evidence run {project}`"]
