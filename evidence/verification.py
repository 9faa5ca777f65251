"""Verification of a whole project, by reading all of it again."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.config import OfflineEngine, OpenAIEngine, ReplayEngine, TransformersEngine
from evidence.errors import EngineError, GroundingError
from evidence.findings import SummaryOfFindingsRow
from evidence.findings_text import printed
from evidence.grounding import entry_problems
from evidence.project import Project
from evidence.screening.stopping_checks import StoppingCheck
from evidence.state import read_state
from evidence.summary import summary_rows


def verify(project: Project) -> Iterator[str]:
    """Every fault of a project: of its log, and of the calls to a language model it rests on."""
    yield from verify_log(project)
    yield from _call_problems(project)


def _call_problems(project: Project) -> Iterator[str]:
    """Recorded calls that were changed: the project's own, and those that a replay reads."""
    settings = project.manifest.settings
    match settings.engine:
        case OfflineEngine():
            return
        case ReplayEngine() as replay:
            folder = replay.calls
        case OpenAIEngine() | TransformersEngine():
            folder = project.calls_folder()
    from evidence.llm.call_archive import ENGINE_FILE
    from evidence.llm.models import folder_of_run
    from evidence.llm.recorded_calls import RecordedCalls

    for run in range(settings.prompting.runs):
        own = folder_of_run(folder, run)
        if not (own / ENGINE_FILE).is_file():
            continue  # nothing was asked yet, or the recording is elsewhere by now
        try:
            yield from RecordedCalls(own).problems()
        except EngineError as error:
            yield str(error)


def verify_log(project: Project) -> Iterator[str]:
    """Every fault of the log: the chain, quotes, stopping certificates, cited values."""
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
