"""The commands on reports, and what they say of a project."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner

from evidence.commands.reports import reports_app
from evidence.engines import build_engines
from evidence.project import Project
from evidence.review import run
from evidence.state import read_state


def screen(project: Project) -> int:
    engines = build_engines(project.manifest.settings.engine, project.path / "calls")
    return run(project, engines, until="screen")[-1].judged


def reports(*arguments: object, exit_code: int = 0) -> str:
    result = CliRunner().invoke(reports_app, [*map(str, arguments)])
    if exit_code in (0, 1) and (
        result.exception is None or isinstance(result.exception, SystemExit)
    ):
        assert result.exit_code == exit_code, result.output
        return result.output
    assert exit_code == 2, result.exception
    return f"{result.output}{result.exception}"


def listed(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(reports("list", project.path, "--json"))
    return found


def requested(project: Project) -> list[str]:
    return sorted(request["record_id"] for request in listed(project)["requests"])


def fate(project: Project, record_id: str) -> str:
    return read_state(project).fate(record_id)
