"""Records whose full text changed: since a machine judged it, or while it was judging."""

from __future__ import annotations

from collections.abc import Iterable

from evidence.entries import Entry
from evidence.events import ReportSought
from evidence.judgements import ScreeningDecision
from evidence.project import Project

TEXT_ENTRIES = (ReportSought, ScreeningDecision)
"""The lines of the log that tell."""


def judged_by_another_text(entries: Iterable[Entry]) -> frozenset[str]:
    """The records whose full text changed since a machine last screened it.

    The log's order tells: a verdict without quotes names no text.
    """
    text: dict[str, str] = {}
    judged: dict[str, str | None] = {}
    for entry in entries:
        match entry:
            case ReportSought(document_digest=digest) if digest is not None:
                text[entry.record_id] = digest
            case ScreeningDecision(phase="full_text") if not entry.provenance.by_person:
                judged[entry.record_id] = text.get(entry.record_id)
            case _:
                pass
    return frozenset(r for r, digest in judged.items() if text.get(r) != digest)


class TextsMeanwhile:
    """What people say of reports while a machine is at work.

    A verdict on a text that a record has no more would count as one on the text that it has now.
    Made before the state is read that the machine works from.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._seen, _ = project.head()
        self._said: dict[str, ReportSought] = {}

    def of(self, record_id: str) -> ReportSought | None:
        """The last word on a record's report since then; None where nothing was said."""
        for line in self._project.lines(ReportSought, after=self._seen):
            if isinstance(line.entry, ReportSought):
                self._said[line.entry.record_id] = line.entry
            self._seen = line.seq
        return self._said.get(record_id)

    def changed(self, record_id: str, document_digest: str) -> bool:
        """Whether a record has another full text by now than the one that was read."""
        said = self.of(record_id)
        return said is not None and said.document_digest != document_digest
