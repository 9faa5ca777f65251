"""`evidence export`: a review as a document."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evidence.commands.project_argument import ProjectPath
from evidence.console import JsonFlag, show

export_app = typer.Typer()


@export_app.command()
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
