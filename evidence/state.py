"""Where a review stands: the log read once, from its first line to its last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar, get_args

from evidence.collector import collector_paused
from evidence.config import ScreeningSettings
from evidence.duplicates.links import DuplicateEntry, DuplicateLinks, weigh
from evidence.eligibility import exclusion_reason
from evidence.entries import Entry
from evidence.events import (
    DuplicateMarked,
    DuplicateRefuted,
    DuplicateSuspected,
    RecordIdentified,
    ReportSought,
    SearchRun,
    StageCompleted,
)
from evidence.judgements import (
    CertaintyRating,
    DecisionTakenBack,
    ExtractedOutcome,
    Phase,
    RecommendationEdit,
    RecommendationSignedOff,
    RecordNote,
    ResultRejected,
    RiskOfBiasJudgement,
    ScreeningDecision,
    StatedDirection,
    StudyCharacteristics,
    Verdict,
)
from evidence.project import Project
from evidence.question import ClinicalQuestion
from evidence.screening.standing import StoppingFold, StoppingStanding
from evidence.screening.verdicts import PhaseVerdicts, Rules, person_key
from indexers.records import Record, abstract_document

Overruled = StatedDirection | RiskOfBiasJudgement | CertaintyRating
T = TypeVar("T", StatedDirection, RiskOfBiasJudgement)
Fate = Literal[
    "duplicate",
    "not_screened",
    "to_screen",
    "conflict_title_abstract",
    "excluded_title_abstract",
    "to_retrieve",
    "not_retrieved",
    "to_assess",
    "conflict_full_text",
    "excluded_full_text",
    "awaiting",
    "included",
]


@dataclass
class ReviewState:
    """What the log says now.

    Of several judgements on one thing a person's last one counts, else a machine's last one; who
    decides in screening is a setting, and `verdicts` hold what each said. `records` keeps the order
    of the search; `extracted`, `directions` and `risk_of_bias` go by record_id; `duplicate_words`
    hold all that was said about duplicates, `duplicate_links` what follows. What a person rejected
    is in `rejected`, not in `extracted`; `rejections` hold the last word on a result by its digest.
    `recommendations` hold every version, the last one last; `notes` the last note on a record of
    each person, by `person_key`.
    """

    searches: list[SearchRun] = field(default_factory=list)
    records: dict[str, RecordIdentified] = field(default_factory=dict)
    duplicate_words: list[DuplicateEntry] = field(default_factory=list)
    duplicate_links: DuplicateLinks = field(default_factory=DuplicateLinks)
    decisions: dict[tuple[str, Phase], ScreeningDecision] = field(default_factory=dict)
    machine_decisions: dict[tuple[str, Phase], ScreeningDecision] = field(default_factory=dict)
    verdicts: dict[tuple[str, Phase], PhaseVerdicts] = field(default_factory=dict)
    stopping: StoppingStanding = field(default_factory=lambda: StoppingStanding((), (), ()))
    reports: dict[str, ReportSought] = field(default_factory=dict)
    characteristics: dict[str, StudyCharacteristics] = field(default_factory=dict)
    extracted: dict[str, list[ExtractedOutcome]] = field(default_factory=dict)
    rejected: dict[str, list[ExtractedOutcome]] = field(default_factory=dict)
    rejections: dict[str, dict[str, ResultRejected]] = field(default_factory=dict)
    directions: dict[str, dict[str, StatedDirection]] = field(default_factory=dict)
    risk_of_bias: dict[str, dict[str, RiskOfBiasJudgement]] = field(default_factory=dict)
    certainty: dict[str, CertaintyRating] = field(default_factory=dict)
    recommendations: list[RecommendationEdit] = field(default_factory=list)
    sign_offs: list[RecommendationSignedOff] = field(default_factory=list)
    notes: dict[str, dict[str, RecordNote]] = field(default_factory=dict)
    completed: dict[str, str] = field(default_factory=dict)

    @property
    def recommendation(self) -> RecommendationEdit | None:
        """The last version of the recommendation."""
        return self.recommendations[-1] if self.recommendations else None

    @property
    def signed_off_by(self) -> tuple[str, ...]:
        """Who signed the last version, in the order of signing, each once."""
        if self.recommendation is None:
            return ()
        digest = self.recommendation.content_digest
        signed = (s.provenance.actor for s in self.sign_offs if s.recommendation_digest == digest)
        return tuple({person_key(name): name for name in signed}.values())

    @property
    def duplicates(self) -> Mapping[str, str]:
        """The records that are left out as duplicates, each with the one that stays."""
        return self.duplicate_links.kept

    def fate(self, record_id: str) -> Fate:
        """How far a record has come; `awaiting` and the conflicts are tasks of persons."""
        if record_id in self.duplicates:
            return "duplicate"
        first = self.decisions.get((record_id, "title_abstract"))
        second = self.decisions.get((record_id, "full_text"))
        if second is not None and second.verdict != "unclear":
            return "included" if second.verdict == "include" else "excluded_full_text"
        if self._in_conflict(record_id, "full_text"):
            return "conflict_full_text"
        if first is None:
            return self._fate_unsettled(record_id)
        if first.verdict == "exclude":
            return "excluded_title_abstract"
        if second is not None:
            return "awaiting"
        report = self.reports.get(record_id)
        if report is None:
            return "to_retrieve"
        return "to_assess" if report.document_digest else "not_retrieved"

    def _fate_unsettled(self, record_id: str) -> Fate:
        """The fate of a record whose title and abstract nobody has settled.

        A certificate leaves out what no person has looked at: a reviewer's verdict that waits for
        the second one is not lost by it.
        """
        if self._in_conflict(record_id, "title_abstract"):
            return "conflict_title_abstract"
        return "to_screen" if self._seen(record_id) or not self.stopping.stopped else "not_screened"

    def _in_conflict(self, record_id: str, phase: Phase) -> bool:
        said = self.verdicts.get((record_id, phase))
        return said is not None and said.in_conflict

    def _seen(self, record_id: str) -> bool:
        heard = (self.verdicts.get((record_id, phase)) for phase in get_args(Phase))
        return any(said is not None and said.reviewers for said in heard)

    def decided_by(self, record_id: str, phase: Phase) -> str:
        """Who made the decision that counts, two reviewers by both names; empty without one."""
        said = self.verdicts.get((record_id, phase))
        return " and ".join(said.deciders) if said is not None else ""

    def title_abstract_verdict(self, record_id: str) -> Verdict | None:
        """The settled verdict on title and abstract."""
        decision = self.decisions.get((record_id, "title_abstract"))
        return decision.verdict if decision is not None else None

    def text_digest(self, record_id: str) -> str:
        """The text that a record is read by: its report's if there is one, else its abstract's."""
        report = self.reports.get(record_id)
        if report is not None and report.document_digest is not None:
            return report.document_digest
        return abstract_document(self.records[record_id].record).document_digest

    def with_fate(self, *fates: Fate) -> list[str]:
        """The records with one of these fates, in the order of the search."""
        return [record_id for record_id in self.records if self.fate(record_id) in fates]


def study_label(record: Record) -> str:
    """A study's short name: first author's surname and year, else the record's id."""
    if not record.authors:
        return record.record_id
    surname = record.authors[0].split(",")[0].strip()
    return f"{surname} {record.year}" if record.year else surname


def read_state(project: Project) -> ReviewState:
    """The state of a review, computed from its log and its frozen settings alone."""
    manifest = project.manifest
    entries = (line.entry for line in project.lines())
    with collector_paused():
        return fold(entries, manifest.settings.screening, manifest.question)


def fold(
    entries: Iterable[Entry],
    screening: ScreeningSettings = ScreeningSettings(),  # noqa: B008 - frozen
    question: ClinicalQuestion | None = None,
) -> ReviewState:
    """The state after these entries.

    Args:
        entries: The log in its order.
        screening: Who decides on a record.
        question: Of two reasons to exclude a report, its first criterion's is the one that counts.
    """
    criteria = question.criteria if question is not None else ()
    rules = Rules(screening, tuple(map(exclusion_reason, criteria)))
    state = ReviewState()
    stopping = StoppingFold(state.title_abstract_verdict)
    for entry in entries:
        if isinstance(entry, ScreeningDecision | DecisionTakenBack):
            _hear(state, entry, rules)
        else:
            _apply(state, entry)
        stopping.apply(entry)
    _set_rejected_aside(state)
    state.duplicate_links = weigh(state.duplicate_words, state.records)
    state.stopping = stopping.standing(state.duplicates)
    return state


def _hear(state: ReviewState, entry: ScreeningDecision | DecisionTakenBack, rules: Rules) -> None:
    key = (entry.record_id, entry.phase)
    said = state.verdicts.get(key)
    if said is None:
        said = state.verdicts[key] = PhaseVerdicts()
    if isinstance(entry, ScreeningDecision):
        said.hear(entry, rules)
    else:
        said = said.without_last_of(entry.provenance.actor, entry.role, rules)
        state.verdicts[key] = said
    if said.machine is not None:
        state.machine_decisions[key] = said.machine
    if said.decision is not None:
        state.decisions[key] = said.decision
    else:
        state.decisions.pop(key, None)


def _apply(state: ReviewState, entry: Entry) -> None:
    match entry:
        case SearchRun():
            state.searches.append(entry)
        case RecordIdentified():
            state.records.setdefault(entry.record.record_id, entry)
        case DuplicateMarked() | DuplicateSuspected() | DuplicateRefuted():
            state.duplicate_words.append(entry)
        case ReportSought():
            _take_report(state, entry)
        case StudyCharacteristics():
            state.characteristics[entry.record_id] = entry
        case ExtractedOutcome():
            _take_result(state, entry)
        case ResultRejected():
            state.rejections.setdefault(entry.record_id, {})[entry.result_digest] = entry
        case StatedDirection():
            stated = state.directions.setdefault(entry.record_id, {})
            if entry.outcome not in stated or _counts_over(entry, stated[entry.outcome]):
                stated[entry.outcome] = entry
        case RiskOfBiasJudgement():
            domains = state.risk_of_bias.setdefault(entry.record_id, {})
            if entry.domain not in domains or _counts_over(entry, domains[entry.domain]):
                domains[entry.domain] = entry
        case CertaintyRating():
            rated = state.certainty.get(entry.outcome)
            if rated is None or _counts_over(entry, rated):
                state.certainty[entry.outcome] = entry
        case RecommendationEdit():
            state.recommendations.append(entry)
        case RecommendationSignedOff():
            state.sign_offs.append(entry)
        case RecordNote():
            notes = state.notes.setdefault(entry.record_id, {})
            notes[person_key(entry.provenance.actor)] = entry
        case StageCompleted():
            state.completed[entry.stage] = entry.inputs_digest


def _take_result(state: ReviewState, result: ExtractedOutcome) -> None:
    """A person who gives a result again after it was rejected has the last word; no engine has."""
    state.extracted.setdefault(result.record_id, []).append(result)
    if result.provenance.by_person and result.record_id in state.rejections:
        state.rejections[result.record_id].pop(result.content_digest, None)


def _set_rejected_aside(state: ReviewState) -> None:
    for record_id, words in state.rejections.items():
        found = state.extracted.get(record_id, [])
        out = [(word := words.get(r.content_digest)) is not None and word.rejected for r in found]
        state.extracted[record_id] = [r for r, is_out in zip(found, out, strict=True) if not is_out]
        state.rejected[record_id] = [r for r, is_out in zip(found, out, strict=True) if is_out]


def _keep_rejections_of(
    results: list[ExtractedOutcome],
    rejections: dict[str, dict[str, ResultRejected]],
    record_id: str,
) -> None:
    """What was read in the text before is gone, and so is what was said about it."""
    digests = {result.content_digest for result in results}
    words = rejections.pop(record_id, {})
    kept = {digest: word for digest, word in words.items() if digest in digests}
    if kept:
        rejections[record_id] = kept


def _take_report(state: ReviewState, report: ReportSought) -> None:
    """Another text voids what machines read in the one before it; people's judgements stay."""
    record_id = report.record_id
    before = state.text_digest(record_id) if record_id in state.records else None
    state.reports[record_id] = report
    if before is None or state.text_digest(record_id) == before:
        return
    read = state.characteristics.get(record_id)
    if read is not None and not read.provenance.by_person:
        del state.characteristics[record_id]
    if record_id in state.extracted:
        by_people = [o for o in state.extracted[record_id] if o.provenance.by_person]
        state.extracted[record_id] = by_people
        _keep_rejections_of(by_people, state.rejections, record_id)
    _keep_those_by_people(state.directions, record_id)
    _keep_those_by_people(state.risk_of_bias, record_id)


def _keep_those_by_people(judged: dict[str, dict[str, T]], record_id: str) -> None:
    by_people = {k: j for k, j in judged.pop(record_id, {}).items() if j.provenance.by_person}
    if by_people:
        judged[record_id] = by_people


def _counts_over(later: Overruled, earlier: Overruled) -> bool:
    return later.provenance.by_person or not earlier.provenance.by_person
