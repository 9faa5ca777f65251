"""Where a review stands: the log read once, from its first line to its last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from evidence.duplicates.links import DuplicateEntry, DuplicateLinks, weigh
from evidence.judgements import (
    CertaintyRating,
    DuplicateMarked,
    DuplicateRefuted,
    DuplicateSuspected,
    Entry,
    ExtractedOutcome,
    Phase,
    RecommendationEdit,
    RecordIdentified,
    ReportSought,
    RiskOfBiasJudgement,
    ScreeningDecision,
    SearchRun,
    StageCompleted,
    StudyCharacteristics,
)
from evidence.project import Project
from indexers.records import Record, abstract_document

Fate = Literal[
    "duplicate",
    "to_screen",
    "excluded_title_abstract",
    "to_retrieve",
    "not_retrieved",
    "to_assess",
    "excluded_full_text",
    "awaiting",
    "included",
]


@dataclass
class ReviewState:
    """What the log says now.

    Of several judgements on one thing a person's last one counts, else a machine's last one.
    `records` keeps the order of the search; `extracted` and `risk_of_bias` go by record_id;
    `duplicate_words` hold all that was said about duplicates, `duplicate_links` what follows.
    """

    searches: list[SearchRun] = field(default_factory=list)
    records: dict[str, RecordIdentified] = field(default_factory=dict)
    duplicate_words: list[DuplicateEntry] = field(default_factory=list)
    duplicate_links: DuplicateLinks = field(default_factory=DuplicateLinks)
    decisions: dict[tuple[str, Phase], ScreeningDecision] = field(default_factory=dict)
    machine_decisions: dict[tuple[str, Phase], ScreeningDecision] = field(default_factory=dict)
    reports: dict[str, ReportSought] = field(default_factory=dict)
    characteristics: dict[str, StudyCharacteristics] = field(default_factory=dict)
    extracted: dict[str, list[ExtractedOutcome]] = field(default_factory=dict)
    risk_of_bias: dict[str, dict[str, RiskOfBiasJudgement]] = field(default_factory=dict)
    certainty: dict[str, CertaintyRating] = field(default_factory=dict)
    recommendation: RecommendationEdit | None = None
    completed: dict[str, str] = field(default_factory=dict)

    @property
    def duplicates(self) -> Mapping[str, str]:
        """The records that are left out as duplicates, each with the one that stays."""
        return self.duplicate_links.kept

    def fate(self, record_id: str) -> Fate:
        """How far a record has come; `awaiting` is a person's task."""
        if record_id in self.duplicates:
            return "duplicate"
        first = self.decisions.get((record_id, "title_abstract"))
        second = self.decisions.get((record_id, "full_text"))
        if second is not None and second.verdict != "unclear":
            return "included" if second.verdict == "include" else "excluded_full_text"
        if first is None:
            return "to_screen"
        if first.verdict == "exclude":
            return "excluded_title_abstract"
        if second is not None:
            return "awaiting"
        report = self.reports.get(record_id)
        if report is None:
            return "to_retrieve"
        return "to_assess" if report.document_digest else "not_retrieved"

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
    """The state of a review, computed from its log alone."""
    return fold(line.entry for line in project.lines())


def fold(entries: Iterable[Entry]) -> ReviewState:
    """The state after these entries."""
    state = ReviewState()
    for entry in entries:
        _apply(state, entry)
    state.duplicate_links = weigh(state.duplicate_words, state.records)
    return state


def _apply(state: ReviewState, entry: Entry) -> None:
    match entry:
        case SearchRun():
            state.searches.append(entry)
        case RecordIdentified():
            state.records.setdefault(entry.record.record_id, entry)
        case DuplicateMarked() | DuplicateSuspected() | DuplicateRefuted():
            state.duplicate_words.append(entry)
        case ScreeningDecision():
            key = (entry.record_id, entry.phase)
            if not entry.provenance.by_person:
                state.machine_decisions[key] = entry
            earlier = state.decisions.get(key)
            if earlier is None or _counts_over(entry, earlier):
                state.decisions[key] = entry
        case ReportSought():
            state.reports[entry.record_id] = entry
        case StudyCharacteristics():
            state.characteristics[entry.record_id] = entry
        case ExtractedOutcome():
            state.extracted.setdefault(entry.record_id, []).append(entry)
        case RiskOfBiasJudgement():
            domains = state.risk_of_bias.setdefault(entry.record_id, {})
            if entry.domain not in domains or _counts_over(entry, domains[entry.domain]):
                domains[entry.domain] = entry
        case CertaintyRating():
            rated = state.certainty.get(entry.outcome)
            if rated is None or _counts_over(entry, rated):
                state.certainty[entry.outcome] = entry
        case RecommendationEdit():
            state.recommendation = entry
        case StageCompleted():
            state.completed[entry.stage] = entry.inputs_digest


def _counts_over(
    later: ScreeningDecision | RiskOfBiasJudgement | CertaintyRating,
    earlier: ScreeningDecision | RiskOfBiasJudgement | CertaintyRating,
) -> bool:
    return later.provenance.by_person or not earlier.provenance.by_person
