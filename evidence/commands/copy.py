"""`evidence copy` and `evidence migrate`: where a project is kept, and in which form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evidence.commands.project_argument import ProjectPath
from evidence.console import JsonFlag, show
from evidence.databases.address import project_folder

copy_app = typer.Typer()


@copy_app.command()
def copy(
    project: ProjectPath,
    other: Annotated[
        Path,
        typer.Argument(
            metavar="OTHER",
            help="A new folder, or an address without a project.",
            parser=project_folder,
        ),
    ],
    as_json: JsonFlag = False,
) -> None:
    """Copy a project between a folder and PostgreSQL; the log's hashes stay the same.

    Refused if the log is damaged. What is in derived/ is made again there.
    """
    from evidence.databases.copying import copy_project
    from evidence.project import Project

    source = Project.open(project)
    copied = copy_project(source, other)
    words = (
        f"{copied.lines} lines, {copied.documents} documents and {copied.files} files copied; "
        f"the last line is {copied.head}"
    )
    show(as_json, copied._asdict(), words)


@copy_app.command("migrate")
def migrate_tables(project: ProjectPath, as_json: JsonFlag = False) -> None:
    """Bring a project that an older version of this program made to the form of this one."""
    from evidence.databases.places import migrate_database

    steps = migrate_database(project)
    words = f"steps taken: {', '.join(steps)}" if steps else "nothing to do"
    show(as_json, {"steps": steps}, words)
