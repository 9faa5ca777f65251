"""`evidence new`: a review project from a question, settings and a store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evidence.commands.files import QuestionPath
from evidence.commands.index import StorePath
from evidence.commands.project_argument import ProjectPath
from evidence.console import JsonFlag, show

new_app = typer.Typer()

SettingsPath = Annotated[
    Path | None, typer.Option("--settings", help="Settings as TOML; the default is offline.")
]


@new_app.command()
def new(
    project: ProjectPath,
    question: QuestionPath,
    store: StorePath,
    settings: SettingsPath = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a review project: question, settings and store are frozen in its manifest."""
    from evidence.config import Settings
    from evidence.question import load_question
    from evidence.review import new_project
    from evidence.searching.strategy_reach import reach
    from evidence.settings_toml import load_settings

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
