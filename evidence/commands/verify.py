"""`evidence verify`: whether a project is as it was written."""

from __future__ import annotations

import typer

from evidence.commands.project_argument import ProjectPath
from evidence.console import JsonFlag, show

verify_app = typer.Typer()


@verify_app.command()
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
