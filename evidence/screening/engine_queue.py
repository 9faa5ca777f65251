"""What an engine has still to screen, and the text it reads of each record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.errors import ProjectError
from evidence.judgements import Phase
from evidence.project import Project
from evidence.reports.changed_text import TEXT_ENTRIES, judged_by_another_text
from evidence.reports.requests import SOUGHT
from evidence.state import ReviewState
from indexers.records import Document, abstract_document


@dataclass(frozen=True)
class EngineQueue:
    """The records of a phase that have a text to read; `pending` are those to be screened now."""

    phase: Phase
    ready: tuple[str, ...]
    pending: tuple[str, ...]

    def documents(self, project: Project, state: ReviewState) -> Iterator[Document]:
        """The texts of the pending records, in their order, read one by one.

        Raises:
            ProjectError: A text is damaged or missing.
        """
        for record_id in self.pending:
            digest = _document_digest(state, record_id, self.phase)
            yield own_document(project, record_id, digest or "")


def engine_queue(project: Project, state: ReviewState, phase: Phase) -> EngineQueue:
    """What the engine screens in a phase: what it has not judged, or not by this text."""
    ready = tuple(r for r in state.records if _document_digest(state, r, phase) is not None)
    again: frozenset[str] = frozenset()
    if phase == "full_text":
        again = judged_by_another_text(line.entry for line in project.lines(*TEXT_ENTRIES))
    pending = (r for r in ready if (r, phase) not in state.machine_decisions or r in again)
    return EngineQueue(phase, ready, tuple(pending))


def own_document(project: Project, record_id: str, digest: str) -> Document:
    """A text as this record's own: records with one text, as duplicates have, share it.

    Raises:
        ProjectError: The text is damaged or missing.
    """
    document = project.document(digest)
    if document is None:
        raise ProjectError(f"{project.path}: a document of {record_id} is damaged or missing")
    return document.model_copy(update={"record_id": record_id})


def _document_digest(state: ReviewState, record_id: str, phase: Phase) -> str | None:
    """What is read of a record in a phase; None when the phase is not for it."""
    if phase == "title_abstract":
        if record_id in state.duplicates:
            return None
        return abstract_document(state.records[record_id].record).document_digest
    if state.fate(record_id) not in SOUGHT:
        return None
    report = state.reports.get(record_id)
    return report.document_digest if report else None
