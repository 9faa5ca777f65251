"""The tables of a project, step by step; Alembic keeps the order of the steps.

A project in SQLite that names no step is at the first: so were projects before there were steps.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from evidence.errors import ProjectError

if TYPE_CHECKING:
    from alembic.script import Script

FIRST = "0001"
STEPS = (FIRST,)
"""All that this program knows, the oldest first; the files in versions/ say the same."""
_TABLE = "alembic_version"


def make_tables(connection: Connection, schema: str | None = None) -> None:
    """Make the tables of a new project, in the schema that is current."""
    _take(connection, _scripts(), schema)


def step_of(connection: Connection, schema: str | None = None) -> str | None:
    """The step that the tables are at; None if a schema holds no tables of a project."""
    if not inspect(connection).has_table(_TABLE, schema=schema):
        return FIRST if schema is None else None
    return str(connection.execute(text(f"SELECT version_num FROM {_TABLE}")).scalar())  # noqa: S608


def check_step(step: str, place: str) -> None:
    """Refuse tables of another version of the program.

    Raises:
        ProjectError: They are.
    """
    if step == STEPS[-1]:
        return
    if step in STEPS:
        raise ProjectError(f"{place}: its tables are older; run `evidence migrate` on it first")
    raise ProjectError(
        f"{place}: its tables are at step {step}, made by a newer version of this program, which "
        f"knows {STEPS[-1]} at most; update it"
    )


def migrate(connection: Connection, schema: str | None = None) -> list[str]:
    """Take the steps that the tables lack; gives their numbers."""
    scripts = _scripts()
    numbers = [script.revision for script in scripts]
    at = step_of(connection, schema) or FIRST
    lacking = scripts[numbers.index(at) + 1 :] if at in numbers else []
    _take(connection, lacking, schema)
    return [script.revision for script in lacking]


def _take(connection: Connection, scripts: list[Script], schema: str | None) -> None:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    options = {"version_table": _TABLE, "version_table_schema": schema}
    context = MigrationContext.configure(connection, opts=options)
    with Operations.context(context):
        for script in scripts:
            script.module.upgrade()
    if scripts and (schema is not None or scripts[-1].revision != FIRST):
        context.stamp(ScriptDirectory(str(_FOLDER)), scripts[-1].revision)


def _scripts() -> list[Script]:
    from alembic.script import ScriptDirectory

    return list(ScriptDirectory(str(_FOLDER)).walk_revisions())[::-1]


_FOLDER = Path(__file__).resolve().parent
