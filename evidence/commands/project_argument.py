"""PROJECT as commands take it: a folder, or the address of a project in PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evidence.databases.address import project_folder

PROJECT_HELP = (
    "The project's folder, or postgresql://USER@HOST/DATABASE?project=NAME; a password comes from "
    "PGPASSWORD or ~/.pgpass."
)
ProjectPath = Annotated[
    Path, typer.Argument(metavar="PROJECT", help=PROJECT_HELP, parser=project_folder)
]
ProjectPaths = Annotated[
    list[Path], typer.Argument(metavar="PROJECT...", help=PROJECT_HELP, parser=project_folder)
]
