"""What was written on the studies since a version of the recommendation."""

from __future__ import annotations

from evidence.audit import KIND_NAMES, audit_line, record_of, visible
from evidence.judgements import (
    CertaintyRating,
    ExtractedOutcome,
    RecommendationEdit,
    ResultRejected,
    RiskOfBiasJudgement,
    RobinsIJudgement,
    ScreeningDecision,
)
from evidence.project import Project
from evidence.state import ReviewState, study_label

_MOVING = (
    ExtractedOutcome,
    ResultRejected,
    RiskOfBiasJudgement,
    RobinsIJudgement,
    CertaintyRating,
    ScreeningDecision,
)
"""The lines that a recommendation is drafted from, or that decide which studies it rests on."""


def written_since(
    project: Project, state: ReviewState, version: RecommendationEdit, viewer: str
) -> tuple[str, ...]:
    """`Ada: Risk of bias, Kamya 2007: …`, the newest first; equal lines once.

    What a blind reviewer must not read yet is hidden from this viewer, as on the Audit page.

    Raises:
        ProjectError: The log cannot be read.
    """
    said, screening = version.content_digest, project.manifest.settings.screening
    places = [line.seq for line in project.lines(RecommendationEdit) if _says(line.entry, said)]
    found = []
    for line in project.lines(*_MOVING, after=places[-1] if places else 0):
        entry = line.entry
        if isinstance(entry, ScreeningDecision) and entry.phase != "full_text":
            continue
        (told,) = visible([audit_line(line)], state, screening, viewer)
        record = state.records.get(record_of(entry))
        study = f", {study_label(record.record)}" if record is not None else ""
        found.append(f"{told.who}: {KIND_NAMES[entry.kind]}{study}: {told.told}")
    return tuple(dict.fromkeys(reversed(found)))


def _says(entry: object, digest: str) -> bool:
    return isinstance(entry, RecommendationEdit) and entry.content_digest == digest
