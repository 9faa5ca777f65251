"""The log for a reader: who did what, to which record, and why, in one line each.

What is told is enough to find a line and to understand it; the line itself stays in the log. Where
two reviewers are blind, nobody learns from here what they must not know yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, assert_never

from evidence.appraisal import robins_i
from evidence.appraisal.rob2_questions import DOMAIN_TITLES
from evidence.config import ScreeningSettings
from evidence.entries import Entry
from evidence.events import (
    DuplicateMarked,
    DuplicateRefuted,
    DuplicateSuspected,
    RecordIdentified,
    ReportSought,
    ScreeningReopened,
    ScreeningStopped,
    SearchRun,
    StageCompleted,
    StoppingSampleDrawn,
)
from evidence.findings_text import short_name
from evidence.judgements import (
    CertaintyRating,
    DecisionTakenBack,
    ExtractedOutcome,
    Judgement,
    Phase,
    Provenance,
    RecommendationEdit,
    RecommendationExamined,
    RecommendationSignedOff,
    RecordNote,
    ResultRejected,
    RiskOfBiasJudgement,
    RobinsIJudgement,
    ScreeningDecision,
    SignatureWithdrawn,
    StatedDirection,
    StudyCharacteristics,
)
from evidence.project import LogLine
from evidence.screening.notes import notes_are_open
from evidence.screening.verdicts import person_key, phase_name
from evidence.state import ReviewState

KIND_NAMES = {
    "screening_decision": "Screening decision",
    "decision_taken_back": "Decision taken back",
    "record_note": "Note",
    "study_characteristics": "Study characteristics",
    "extracted_outcome": "Extracted result",
    "result_rejected": "Result set aside",
    "stated_direction": "Direction in words",
    "risk_of_bias_judgement": "Risk of bias",
    "robins_i_judgement": "Risk of bias (ROBINS-I)",
    "certainty_rating": "Certainty",
    "recommendation_edit": "Recommendation",
    "recommendation_signed_off": "Signature",
    "signature_withdrawn": "Signature withdrawn",
    "recommendation_examined": "Examination",
    "search_run": "Search",
    "record_identified": "Record found",
    "duplicate_marked": "Duplicate",
    "duplicate_suspected": "Possible duplicate",
    "duplicate_refuted": "No duplicate",
    "report_sought": "Full text",
    "stopping_sample_drawn": "Stopping sample",
    "screening_stopped": "Screening stopped",
    "screening_reopened": "Screening reopened",
    "stage_completed": "Stage completed",
}
HIDDEN = "hidden until both reviewers have judged the record"
_STAGES = {
    "formulate": "formulation",
    "search": "search",
    "deduplicate": "de-duplication",
    "screen": "screening",
    "extract": "extraction",
    "appraise": "risk of bias",
    "synthesise": "synthesis",
    "recommend": "recommendation",
}


class AuditLine(NamedTuple):
    """A line of the log in words.

    `who` is a person's name or an engine's; `phase` that of a screening decision, or of one taken
    back.
    """

    seq: int
    at: datetime | None
    who: str
    by_person: bool
    kind: str
    record_id: str
    told: str
    why: str
    phase: Phase | None = None


def audit_line(line: LogLine) -> AuditLine:
    """One line of the log in words."""
    entry, made = line.entry, line.entry.provenance
    return AuditLine(
        seq=line.seq,
        at=made.at,
        who=_who(made),
        by_person=made.by_person,
        kind=KIND_NAMES[entry.kind],
        record_id=record_of(entry),
        told=told(entry),
        why=made.reason,
        phase=entry.phase if isinstance(entry, ScreeningDecision | DecisionTakenBack) else None,
    )


def _who(made: Provenance) -> str:
    if made.by_person:
        return made.actor
    if made.engine == "program":
        return "the program"
    return f"{made.engine} engine" + (f" ({made.model})" if made.model else "")


def visible(
    lines: Iterable[AuditLine], state: ReviewState, screening: ScreeningSettings, viewer: str
) -> list[AuditLine]:
    """The lines with the words blanked that this person must not read yet.

    Of two blind reviewers nobody reads the other's words on a record before both have judged it in
    the phase that they are about; what was taken back since tells as much as what stands.
    """
    name = person_key(viewer)
    return [
        line._replace(told=HIDDEN, why="")
        if line.kind in _BLINDED and _is_hidden(line, state, screening, name)
        else line
        for line in lines
    ]


_BLINDED = {
    KIND_NAMES["screening_decision"],
    KIND_NAMES["decision_taken_back"],
    KIND_NAMES["record_note"],
}


def _is_hidden(
    line: AuditLine, state: ReviewState, screening: ScreeningSettings, name: str
) -> bool:
    if not line.by_person:
        return screening.hide_machine
    if screening.reviewers == 1 or not screening.blind or person_key(line.who) == name:
        return False
    if line.phase is None:
        return not notes_are_open(state, screening, line.record_id)
    said = state.verdicts.get((line.record_id, line.phase))
    return said is None or said.independent is None


def record_of(entry: Entry) -> str:
    """The record that an entry is about; empty for what is about the whole review."""
    match entry:
        case RecordIdentified():
            return entry.record.record_id
        case (
            SearchRun()
            | CertaintyRating()
            | RecommendationEdit()
            | RecommendationSignedOff()
            | SignatureWithdrawn()
            | RecommendationExamined()
            | StoppingSampleDrawn()
            | ScreeningStopped()
            | ScreeningReopened()
            | StageCompleted()
        ):
            return ""
        case _:
            return entry.record_id


def told(entry: Entry) -> str:
    """What an entry says, without who and why."""
    match entry:
        case SearchRun():
            return f"{entry.n_records:,} records from {entry.source}: {entry.query}"
        case RecordIdentified():
            return entry.record.title
        case DuplicateMarked():
            return f"the same report as {entry.duplicate_of}"
        case DuplicateSuspected():
            return f"may be the same report as {entry.duplicate_of}"
        case DuplicateRefuted():
            return f"another report than {entry.duplicate_of}"
        case ReportSought():
            return "the full text is there" if entry.document_digest else "no full text was found"
        case StoppingSampleDrawn():
            return (
                f"{len(entry.record_ids):,} of {entry.n_unscreened:,} unscreened records, "
                f"attempt {entry.attempt}"
            )
        case ScreeningStopped(certificate=found):
            return (
                f"{found.method} certificate: recall at least {found.recall_low:.3g} with "
                f"confidence {found.confidence:.3g} after {found.n_screened:,} of "
                f"{found.n_records:,} records"
            )
        case ScreeningReopened():
            return "screening goes on"
        case StageCompleted():
            return _STAGES[entry.stage]
        case _:
            return _judgement(entry)


def _judgement(entry: Judgement) -> str:
    match entry:
        case ScreeningDecision():
            role = " (adjudication)" if entry.role == "adjudicator" else ""
            reason = f": {entry.exclusion_reason}" if entry.exclusion_reason else ""
            return f"{entry.verdict} on {phase_name(entry.phase)}{role}{reason}"
        case DecisionTakenBack():
            return f"the last decision on {phase_name(entry.phase)}"
        case RecordNote():
            labels = f"[{', '.join(entry.labels)}] " if entry.labels else ""
            return f"{labels}{entry.text}".strip() or "note taken away"
        case StudyCharacteristics():
            return f"{len(entry.characteristics)} characteristics, {len(entry.arms)} arms"
        case ExtractedOutcome():
            at = f", {entry.time_point}" if entry.time_point else ""
            return (
                f"{short_name(entry.outcome)}{at}: {entry.intervention} against {entry.comparator}"
            )
        case ResultRejected():
            return (
                f"{short_name(entry.outcome)}: {'set aside' if entry.rejected else 'counts again'}"
            )
        case StatedDirection():
            return f"{short_name(entry.outcome)}: {entry.direction.replace('_', ' ')}"
        case RiskOfBiasJudgement():
            return f"{DOMAIN_TITLES[entry.domain]}: {entry.judgement.replace('_', ' ')}"
        case RobinsIJudgement():
            title = robins_i.DOMAIN[entry.domain].title
            return f"{title}: {entry.judgement.replace('_', ' ')}"
        case CertaintyRating():
            return f"{short_name(entry.outcome)}: {entry.certainty.replace('_', ' ')}"
        case RecommendationEdit():
            return _recommendation(entry)
        case RecommendationSignedOff():
            left = f"; left open: {'; '.join(entry.left_open)}" if entry.left_open else ""
            return f"version {entry.recommendation_digest[:8]}{left}"
        case SignatureWithdrawn():
            return f"version {entry.recommendation_digest[:8]}"
        case RecommendationExamined():
            doubted = len(entry.examination.unsupported)
            return f"version {entry.recommendation_digest[:8]}: {doubted} sentences doubted"
        case _:
            assert_never(entry)


def _recommendation(entry: RecommendationEdit) -> str:
    draft = entry.recommendation
    which = f"version {entry.content_digest[:8]}"
    if draft.abstained:
        return f"{which}: no recommendation"
    return f"{which}: {draft.direction}, {draft.strength}, {len(draft.every_sentence)} sentences"
