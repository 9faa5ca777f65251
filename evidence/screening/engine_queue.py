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
from evidence.unanswered import asks_again, screening_to_repeat
from indexers.records import Document, abstract_document


@dataclass(frozen=True)
class EngineQueue:
    """The records of a phase that have a text to read; `pending` are those to be screened now.

    `repeated` are those among the pending that were screened and lack an answer, because of a
    fault.
    """

    phase: Phase
    ready: tuple[str, ...]
    pending: tuple[str, ...]
    repeated: frozenset[str] = frozenset()

    def documents(self, project: Project, state: ReviewState) -> Iterator[Document]:
        """The texts of the pending records, in their order, read one by one.

        Raises:
            ProjectError: A text is damaged or missing.
        """
        for record_id in self.pending:
            digest = _document_digest(state, record_id, self.phase)
            yield own_document(project, record_id, digest or "")


def engine_queue(project: Project, state: ReviewState, phase: Phase) -> EngineQueue:
    """What the engine screens in a phase: what it has not judged, or not by this text.

    So it does where a language model gave no answer and nobody has judged the record since.
    """
    ready = tuple(r for r in state.records if _document_digest(state, r, phase) is not None)
    again: frozenset[str] = frozenset()
    if phase == "full_text":
        again = judged_by_another_text(line.entry for line in project.lines(*TEXT_ENTRIES))
    fresh = {r for r in ready if (r, phase) not in state.machine_decisions or r in again}
    repeated: frozenset[str] = frozenset()
    if asks_again(project):
        repeated = frozenset(r for r in ready if screening_to_repeat(state, r, phase)) - fresh
    pending = tuple(r for r in ready if r in fresh or r in repeated)
    return EngineQueue(phase, ready, pending, repeated)


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
