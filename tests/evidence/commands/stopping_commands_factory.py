"""A review of some hundred records, and what the commands of stopping say of it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from evidence.commands.screening import screening_app
from evidence.entries import Entry
from evidence.events import StoppingSampleDrawn
from evidence.project import Project
from tests.evidence.commands.test_screening_commands import make_project
from tests.evidence.screening.two_reviewers import ONE, said

N_RECORDS, N_INCLUDED, N_EXCLUDED = 240, 40, 60


def ids(start: int, end: int) -> list[str]:
    return [f"r{number}" for number in range(start, end)]


def screened(record_ids: Iterable[str], verdict: Any = "exclude", who: str = "Ada") -> list[Entry]:
    return [said(who, verdict, record_id) for record_id in record_ids]


def stopping_review(folder: Path) -> Project:
    """A review in which one person found 40 of the first 40, and none of the next 60."""
    made = make_project(folder, ONE, N_RECORDS)
    made.append(*screened(ids(0, N_INCLUDED), "include"))
    made.append(*screened(ids(N_INCLUDED, N_INCLUDED + N_EXCLUDED)))
    return made


def answer(*words: object, code: int = 0) -> str:
    result = CliRunner().invoke(screening_app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def value(*words: object, code: int = 0) -> dict[str, Any]:
    answered: dict[str, Any] = json.loads(answer(*words, "--json", code=code))
    return answered


def sampled(project: Project) -> list[str]:
    """Draw a sample; its records."""
    record_ids: list[str] = value("sample", project.path, "--by", "Ada")["record_ids"]
    return record_ids


def stopped(project: Project) -> StoppingSampleDrawn:
    """Draw, screen and stop; the sample."""
    project.append(*screened(sampled(project)))
    assert value("stop", project.path, "--by", "Ada")["stopped"]
    return project.entries(StoppingSampleDrawn)[-1]
