"""A file becomes a record's full text: a document in the project, and a line of the log.

A later file replaces an earlier one; both texts stay in the project, so every quote keeps its
source. What was screened from the earlier text is screened again in the next run.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evidence.duplicates.answers import signed
from evidence.errors import ProjectError
from evidence.events import ReportSought
from evidence.judgements import MACHINE, Provenance
from evidence.project import Project
from evidence.reports.matching import by_title, contradicts
from evidence.reports.reading import Form, ReadReport, read_report, with_title
from evidence.reports.requests import SOUGHT, had
from evidence.state import ReviewState, read_state
from indexers.records import Document, Frozen

_FORM_NAMES: dict[Form, str] = {
    "jats": "JATS XML",
    "pdf": "PDF",
    "html": "HTML",
    "text": "plain text",
}
_NOT_YET = {
    "to_screen": "screen its title and abstract first",
    "not_screened": "screening stopped before its title and abstract were read",
    "conflict_title_abstract": "its reviewers disagree on title and abstract; settle that first",
    "excluded_title_abstract": "its title and abstract are excluded; include it first",
}


class AttachedReport(Frozen):
    """What became of a file; `notices` are what a person should look at."""

    record_id: str
    file: str
    form: Form
    outcome: Literal["attached", "replaced", "already attached"]
    document_digest: str
    n_characters: int
    n_sections: int
    n_tables: int
    notices: tuple[str, ...] = ()


def attach(
    project: Project, record_id: str, path: Path, *, by: str = "", sure: bool = False
) -> AttachedReport:
    """Attach a file to a record.

    Args:
        project: The review.
        record_id: A record that went on from titles and abstracts.
        path: A PDF with text, JATS XML, HTML or plain text.
        by: Who attaches it; without a name the line is the program's.
        sure: Attach it though it seems to be the report of another record.

    Raises:
        ProjectError: The record is unknown or not sought, or the file seems to be another's.
        SourceError: The file cannot be read as a full text.
    """
    state = read_state(project)
    require_sought(state, record_id)
    return write_report(project, state, record_id, path, read_report(path, record_id), by, sure)


def write_report(
    project: Project,
    state: ReviewState,
    record_id: str,
    path: Path,
    read: ReadReport,
    by: str,
    sure: bool,
) -> AttachedReport:
    """Append a file that was read, unless it is the record's text already.

    Raises:
        ProjectError: See `attach`.
    """
    made = ready_report(state, record_id, path.name, read, by, sure)
    if made.line is not None:
        project.append(made.line, documents=[made.document])
    return made.told


@dataclass(frozen=True)
class ReadyReport:
    """A file that may be attached; `line` is None where it is the record's text already."""

    told: AttachedReport
    document: Document
    line: ReportSought | None


def ready_report(
    state: ReviewState, record_id: str, name: str, read: ReadReport, by: str, sure: bool
) -> ReadyReport:
    """What attaching a file writes; nothing is written here.

    Raises:
        ProjectError: See `attach`.
    """
    require_sought(state, record_id)
    record = state.records[record_id].record
    document = with_title(read.document, record.title) if read.form != "jats" else read.document
    document = document.model_copy(update={"record_id": record_id})
    digest = document.document_digest
    before = state.reports.get(record_id)
    earlier = before.document_digest if before else None
    line = None
    if earlier != digest:
        if not sure:
            _refuse_anothers(state, record_id, read)
        reason = f"attached {name} ({_FORM_NAMES[read.form]}, sha256 {read.sha256})"
        who = signed(by, reason) if by else _program(reason)
        line = ReportSought(record_id=record_id, document_digest=digest, provenance=who)
    outcome: Literal["attached", "replaced"] = "replaced" if earlier else "attached"
    told = AttachedReport(
        record_id=record_id,
        file=name,
        form=read.form,
        outcome="already attached" if earlier == digest else outcome,
        document_digest=digest,
        n_characters=len(document.text),
        n_sections=len(document.sections),
        n_tables=len(document.tables),
        notices=tuple(_notices(state, record_id, read, earlier, digest)),
    )
    return ReadyReport(told, document, line)


def mark_missing(project: Project, record_id: str, *, reason: str, by: str) -> ReportSought:
    """Say that a report cannot be had; returns the line of the log.

    Raises:
        ProjectError: The record is unknown, not sought or had; or name or reason is empty.
    """
    line = missing_line(read_state(project), record_id, reason, by)
    project.append(line)
    return line


def missing_line(state: ReviewState, record_id: str, reason: str, by: str) -> ReportSought:
    """The line that says so; nothing is written here.

    Raises:
        ProjectError: See `mark_missing`.
    """
    require_sought(state, record_id)
    provenance = signed(by, reason)
    if not provenance.reason:
        raise ProjectError(f"{record_id}: expected a reason why its report cannot be had")
    if had(state, record_id, state.fate(record_id)):
        raise ProjectError(
            f"{record_id}: expected a report that is not had, its full text is in the project or "
            "was judged; attach the right file, or screen it"
        )
    return ReportSought(record_id=record_id, document_digest=None, provenance=provenance)


def require_sought(state: ReviewState, record_id: str) -> None:
    """Refuse a record whose report is not sought.

    Raises:
        ProjectError: The record is unknown, a duplicate, not screened or excluded.
    """
    if record_id not in state.records:
        raise ProjectError(f"record {record_id!r}: expected one of the project's records")
    kept = state.duplicates.get(record_id)
    if kept is not None:
        raise ProjectError(f"{record_id}: expected no duplicate; it is left out for {kept}")
    fate = state.fate(record_id)
    if fate not in SOUGHT:
        why = _NOT_YET.get(fate, f"it is {fate.replace('_', ' ')}")
        raise ProjectError(f"{record_id}: expected a record whose report is sought; {why}")


def _program(reason: str) -> Provenance:
    return Provenance(actor=MACHINE, engine="program", reason=reason)


def _refuse_anothers(state: ReviewState, record_id: str, read: ReadReport) -> None:
    record = state.records[record_id].record
    told = contradicts(read.citation, record) if read.citation else None
    if told is None:
        digest = read.document.document_digest
        others = [r for r, report in state.reports.items() if report.document_digest == digest]
        others = [r for r in others if r not in state.duplicates]
        told = f"it is the full text of {', '.join(others)} already" if others else None
    if told is not None:
        raise ProjectError(f"{record_id}: expected its own report, but {told}; --yes overrules")


def _notices(
    state: ReviewState, record_id: str, read: ReadReport, earlier: str | None, digest: str
) -> list[str]:
    notices = []
    if read.form != "jats" and not by_title(read.beginning, [state.records[record_id].record]):
        notices.append("the record's title is not at its beginning: check that it is the report")
    decision = state.decisions.get((record_id, "full_text"))
    if earlier != digest and decision is not None and decision.provenance.by_person:
        who = decision.provenance.actor
        notices.append(f"{who} judged the full text before; that stands until it is judged again")
    return notices
