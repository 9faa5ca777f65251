"""The report of a review: one value that every export prints, without time stamps."""

from __future__ import annotations

from operator import not_
from typing import get_args

from pydantic import Field

from evidence.ai_use import AiUse, ai_use
from evidence.appraisal.answers import Tool
from evidence.config import OfflineEngine
from evidence.decision.versions import Version, author, versions
from evidence.duplicates.filled import with_filled_records
from evidence.duplicates.listing import ListedDuplicate, merged_records, open_pairs
from evidence.events import SearchRun
from evidence.extraction.by_person import each_once
from evidence.factuality.examined import Examination
from evidence.factuality.verdicts import ClaimCheck
from evidence.findings import Recommendation, SummaryOfFindingsRow
from evidence.judgements import (
    CriterionVerdict,
    ExtractedOutcome,
    Phase,
    RecommendationEdit,
    RiskOfBiasJudgement,
    RobinsIJudgement,
    StatedDirection,
    StudyCharacteristics,
    Verdict,
)
from evidence.llm.models import engine_words
from evidence.prisma import PrismaCounts, count
from evidence.project import Project
from evidence.question import ClinicalQuestion
from evidence.screening.reported import ReportedScreening, reported_screening
from evidence.screening.reviewing import conflicts
from evidence.state import Fate, ReviewState, read_state, study_label
from evidence.summary import of_study, summary_rows
from evidence.timeless import timeless
from indexers.records import Frozen, Record


class ReportedStudy(Frozen):
    """An included study with all that was judged of it; provenance is without time.

    `risk_of_bias` is by RoB 2, and empty where `tool` is ROBINS-I; else `tool` and `robins_i` are
    left out.
    """

    study: str
    record: Record
    document_digest: str | None
    criteria: tuple[CriterionVerdict, ...]
    characteristics: StudyCharacteristics | None
    outcomes: tuple[ExtractedOutcome, ...]
    risk_of_bias: tuple[RiskOfBiasJudgement, ...]
    tool: Tool = Field(default="rob-2", exclude_if="rob-2".__eq__)
    robins_i: tuple[RobinsIJudgement, ...] = Field(default=(), exclude_if=not_)
    directions: tuple[StatedDirection, ...] = ()


class ScreenedRecord(Frozen):
    """A record that is not included: excluded with its reason, or awaiting a person."""

    record: Record
    phase: Phase
    verdict: Verdict
    reason: str
    criteria: tuple[CriterionVerdict, ...]
    decided_by: str


class ReportedDuplicate(Frozen):
    """A record that was left out as a duplicate, or that may be one; `kept` is the other record."""

    record_id: str
    title: str
    kept: str
    title_of_kept: str
    reason: str
    decided_by: str


class ReportedVersion(Frozen):
    """A version of the recommendation: who wrote it, why, and who signed what it says.

    `left_open` tells of each signer what was open in the review at that moment; `withdrawn` who
    withdrew a signature, and why.
    """

    number: int
    by: str
    reason: str
    signed_by: tuple[str, ...]
    left_open: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()


class Report(Frozen):
    """Everything that a reader gets; the same log gives the same bytes.

    `rows` hold the summary of findings in the order of the question's outcomes; `sentence_checks`
    the verdicts on the recommendation's sentences against their quotes, in their order, where a
    language model or a person worded them (templates say what they cite). `examination`
    is what a language model said of the recommendation, where the settings ask for it.
    `signed_off_by` are those who signed the recommendation as it stands, the last of
    `recommendation_versions`.
    """

    program_version: str
    question: ClinicalQuestion
    engine: str
    index_digest: str
    encoder: str
    searches: tuple[SearchRun, ...]
    prisma: PrismaCounts
    screening: ReportedScreening
    included: tuple[ReportedStudy, ...]
    awaiting: tuple[ScreenedRecord, ...]
    excluded: tuple[ScreenedRecord, ...]
    rows: tuple[SummaryOfFindingsRow, ...]
    recommendation: Recommendation | None
    recommendation_by: str | None
    recommendation_versions: tuple[ReportedVersion, ...] = ()
    signed_off_by: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sentence_checks: tuple[ClaimCheck, ...] = ()
    examination: Examination | None = None
    duplicates: tuple[ReportedDuplicate, ...] = ()
    suspected_duplicates: tuple[ReportedDuplicate, ...] = ()
    ai_use: AiUse = AiUse()


def build_report(project: Project) -> Report:
    """The report of a project as its log stands now."""
    state = with_filled_records(read_state(project))
    manifest = project.manifest
    edit = state.recommendation
    rows = summary_rows(project)
    examined = state.examinations.get(edit.content_digest) if edit else None
    return Report(
        program_version=manifest.program_version,
        question=manifest.question,
        engine=engine_words(manifest.settings.engine),
        index_digest=manifest.index_digest,
        encoder=manifest.encoder,
        ai_use=ai_use(project, state),
        searches=tuple(timeless(run) for run in state.searches),
        prisma=count(state),
        screening=reported_screening(state, manifest),
        included=tuple(_study(project, state, r) for r in state.with_fate("included")),
        awaiting=(
            *_in_conflict(state),
            *_screened(state, "awaiting", "not_retrieved", "to_assess", "to_retrieve"),
        ),
        excluded=_screened(state, "excluded_full_text", "excluded_title_abstract"),
        rows=tuple(rows),
        recommendation=edit.recommendation if edit else None,
        recommendation_by=author(edit.provenance) if edit else None,
        recommendation_versions=tuple(map(_version, versions(state))),
        signed_off_by=state.signed_off_by,
        notes=_notes(state, project),
        sentence_checks=_sentence_checks(edit),
        examination=examined.examination if examined else None,
        duplicates=tuple(map(_duplicate, merged_records(state))),
        suspected_duplicates=tuple(map(_duplicate, open_pairs(state))),
    )


def _sentence_checks(edit: RecommendationEdit | None) -> tuple[ClaimCheck, ...]:
    if edit is None or edit.provenance.engine == "offline":
        return ()
    from evidence.factuality.sentences import sentence_checks

    return sentence_checks(edit.recommendation.every_sentence)


def _duplicate(listed: ListedDuplicate) -> ReportedDuplicate:
    return ReportedDuplicate(
        record_id=listed.record.record_id,
        title=listed.record.title,
        kept=listed.other.record_id,
        title_of_kept=listed.other.title,
        reason=listed.reason,
        decided_by=listed.decided_by if listed.by_person else f"{listed.decided_by} engine",
    )


def _study(project: Project, state: ReviewState, record_id: str) -> ReportedStudy:
    record = state.records[record_id].record
    document = project.document(state.text_digest(record_id))
    characteristics = state.characteristics.get(record_id)
    brought = of_study(state, record_id)
    return ReportedStudy(
        study=study_label(record),
        record=record,
        document_digest=document.document_digest if document else None,
        criteria=_criteria(state, record_id, "full_text"),
        characteristics=timeless(characteristics) if characteristics else None,
        outcomes=tuple(timeless(o) for o in each_once(state.extracted.get(record_id, ()))),
        risk_of_bias=tuple(map(timeless, brought.risk_of_bias)),
        tool="rob-2" if brought.robins_i is None else "robins-i",
        robins_i=tuple(map(timeless, brought.robins_i or ())),
        directions=tuple(timeless(d) for d in state.directions.get(record_id, {}).values()),
    )


def _criteria(state: ReviewState, record_id: str, phase: Phase) -> tuple[CriterionVerdict, ...]:
    """What people answered criterion by criterion on the way to the verdict, else the engine."""
    key = (record_id, phase)
    decision, said = state.decisions.get(key), state.verdicts.get(key)
    if decision is not None and said is not None:
        for word in (decision, *said.reviewers.values()):
            if word.provenance.by_person and word.verdict == decision.verdict and word.criteria:
                return word.criteria
    machine = state.machine_decisions.get(key)
    return machine.criteria if machine else ()


def _screened(state: ReviewState, *fates: Fate) -> tuple[ScreenedRecord, ...]:
    """Records with one of these fates, those with the first fate first."""
    return tuple(
        _screened_record(state, record_id) for fate in fates for record_id in state.with_fate(fate)
    )


def _screened_record(state: ReviewState, record_id: str) -> ScreenedRecord:
    second = state.decisions.get((record_id, "full_text"))
    decision = second or state.decisions[record_id, "title_abstract"]
    if state.fate(record_id) == "not_retrieved":
        reason = "the full text is not in the store"
    else:
        reason = decision.exclusion_reason or decision.provenance.reason
    return ScreenedRecord(
        record=state.records[record_id].record,
        phase=decision.phase,
        verdict=decision.verdict,
        reason=reason,
        criteria=_criteria(state, record_id, decision.phase),
        decided_by=state.decided_by(record_id, decision.phase),
    )


def _in_conflict(state: ReviewState) -> tuple[ScreenedRecord, ...]:
    """Records that two reviewers judged differently, those on full text first."""
    return tuple(
        ScreenedRecord(
            record=conflict.record,
            phase=phase,
            verdict="unclear",
            reason="the reviewers disagree: "
            + ", ".join(f"{v.provenance.actor} {v.verdict}" for v in conflict.verdicts),
            criteria=(),
            decided_by=" and ".join(v.provenance.actor for v in conflict.verdicts),
        )
        for phase in reversed(get_args(Phase))
        for conflict in conflicts(state, phase)
        if conflict.about == "verdict"
    )


def _notes(state: ReviewState, project: Project) -> tuple[str, ...]:
    notes = []
    retracted = [
        study_label(state.records[r].record)
        for r in state.with_fate("included")
        if state.records[r].record.retracted
    ]
    if retracted:
        notes.append(f"Retracted: {', '.join(retracted)}.")
    if not isinstance(project.manifest.settings.engine, OfflineEngine):
        stood_in = sum(d.provenance.engine == "offline" for d in state.decisions.values())
        if stood_in:
            notes.append(
                f"On {stood_in} records the offline rules decided, because the language model left "
                "them to a person."
            )
    extractable = {r for r in state.with_fate("included") if r not in state.characteristics}
    if extractable:
        notes.append(
            f"{len(extractable)} included studies are not extracted yet; "
            f"run `evidence run {project.path.name}`."
        )
    return tuple(notes)


def _version(version: Version) -> ReportedVersion:
    return ReportedVersion(
        number=version.number,
        by=version.by,
        reason=version.edit.provenance.reason,
        signed_by=tuple(signature.name for signature in version.signatures),
        left_open=tuple(
            f"{s.name}: {'; '.join(s.left_open)}" for s in version.signatures if s.left_open
        ),
        withdrawn=tuple(f"{s.name}: {s.reason}" for s in version.withdrawn),
    )
