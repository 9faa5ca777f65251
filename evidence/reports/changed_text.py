"""Records that a machine judged by another full text than the one they have now."""

from __future__ import annotations

from collections.abc import Iterable

from evidence.entries import Entry
from evidence.events import ReportSought
from evidence.judgements import ScreeningDecision

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
