"""Verification of a whole project, by reading all of it again."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.errors import GroundingError
from evidence.findings import SummaryOfFindingsRow
from evidence.findings_text import printed
from evidence.grounding import entry_problems
from evidence.project import Project
from evidence.screening.stopping_checks import StoppingCheck
from evidence.state import read_state
from evidence.summary import summary_rows


def verify(project: Project) -> Iterator[str]:
    """Every fault of a project: the chain, quotes, stopping certificates, cited values."""
    yield from project.chain_problems()
    stopping = StoppingCheck(project.manifest.settings.screening)
    for line in project.lines():
        for problem in entry_problems(line.entry, project.document):
            yield f"log line {line.seq}: {problem}"
        problem = stopping.problem(line.entry)
        if problem:
            yield f"log line {line.seq}: {problem}"
    edit = read_state(project).recommendation
    if edit is None:
        return
    rows = {row.row_id: row for row in summary_rows(project)}
    for sentence in edit.recommendation.every_sentence:
        for value in sentence.computed:
            row = rows.get(value.row_id)
            if row is None or _printed(row, value.field) != value.text:
                yield (
                    f"recommendation: {value.text!r} is not the {value.field} of "
                    f"{value.row_id} any more; run `evidence run` to draft it again"
                )


def _printed(row: SummaryOfFindingsRow, field: str) -> str | None:
    """The field as it is printed now; None when the row has no such field."""
    try:
        return printed(row, field)
    except GroundingError:
        return None
