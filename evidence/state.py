"""Where a review stands: the log read once, and from then on its new lines alone."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from evidence.appraisal.answers import Tool
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
from evidence.fates import Fate, fate_of
from evidence.judgements import (
    CertaintyRating,
    DecisionTakenBack,
    ExtractedOutcome,
    Phase,
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
    Verdict,
)
from evidence.project import Project
from evidence.question import ClinicalQuestion
from evidence.screening.standing import StoppingFold, StoppingStanding
from evidence.screening.verdicts import PhaseVerdicts, Rules, person_key
from evidence.study_fold import StudyFold, text_digest
from indexers.records import Record

__all__ = [
    "Fate",
    "ReviewFold",
    "ReviewState",
    "changed_records",
    "fold",
    "read_state",
    "study_label",
]


_LABEL = 40  # characters of a title that stands for authors


@dataclass(frozen=True)
class ReviewState:
    """What the log says now; nobody may change it, for many read one state.

    Of several judgements on one thing a person's last one counts, else a machine's last one; who
    decides in screening is a setting, and `verdicts` hold what each said. `records` keeps the order
    of the search, and so do `fates`; `sources` count them. `extracted`, `directions`,
    `risk_of_bias` (RoB 2) and `robins_i` go by record_id, and so do `chosen_tools`, the tool of a
    person's last judgement on risk of bias; `duplicate_words` hold all that was said about
    duplicates, `duplicate_links` what follows. What a person rejected is in `rejected`, not in
    `extracted`; `rejections` hold the last word on a result by its digest. `recommendations` hold
    every version, the last one last; `sign_offs` the signatures that stand, `withdrawn` those that
    do not any more; `notes` the last note on a record of each person, by `person_key`.
    """

    searches: list[SearchRun] = field(default_factory=list)
    records: dict[str, RecordIdentified] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    fates: dict[str, Fate] = field(default_factory=dict)
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
    robins_i: dict[str, dict[str, RobinsIJudgement]] = field(default_factory=dict)
    chosen_tools: dict[str, Tool] = field(default_factory=dict)
    certainty: dict[str, CertaintyRating] = field(default_factory=dict)
    recommendations: list[RecommendationEdit] = field(default_factory=list)
    sign_offs: list[RecommendationSignedOff] = field(default_factory=list)
    withdrawn: list[SignatureWithdrawn] = field(default_factory=list)
    examinations: dict[str, RecommendationExamined] = field(default_factory=dict)
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
        """How far a record has come; an unknown one waits for its screening."""
        return self.fates.get(record_id, "to_screen")

    def decided_by(self, record_id: str, phase: Phase) -> str:
        """Who made the decision that counts, two reviewers by both names; empty without one."""
        said = self.verdicts.get((record_id, phase))
        return " and ".join(said.deciders) if said is not None else ""

    def text_digest(self, record_id: str) -> str:
        """The text that a record is read by: its report's if there is one, else its abstract's."""
        return text_digest(self.records[record_id], self.reports.get(record_id))

    def with_fate(self, *fates: Fate) -> list[str]:
        """The records with one of these fates, in the order of the search."""
        return [record_id for record_id, fate in self.fates.items() if fate in fates]


def study_label(record: Record) -> str:
    """A study's short name: first author's surname or the title's first words, and the year.

    A record that has neither goes by its id.
    """
    surname = record.authors[0].split(",")[0] if record.authors else ""
    name = surname.strip() or textwrap.shorten(record.title, _LABEL, placeholder=" …")
    if not name:
        return record.record_id
    return f"{name} {record.year}" if record.year else name


def changed_records(before: ReviewState, after: ReviewState) -> list[str] | None:
    """The records on which something was said between two states of one log.

    Returns:
        Each once; None where it may be any: records, duplicates or the end of screening changed,
        `after` is the earlier one, or the states are of two foldings, whose values are not the
        same objects.
    """
    alike = before.records is after.records and before.duplicate_links is after.duplicate_links
    earlier = len(after.verdicts) < len(before.verdicts) or len(after.reports) < len(before.reports)
    if earlier or not alike or before.stopping.stopped != after.stopping.stopped:
        return None
    said, reports = before.verdicts.get, before.reports.get
    changed = [key[0] for key, words in after.verdicts.items() if said(key) is not words]
    changed += [r for r, report in after.reports.items() if reports(r) is not report]
    return list(dict.fromkeys(changed))


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
    """The state after these entries; for the arguments see `ReviewFold`."""
    folded = ReviewFold(screening, question)
    folded.take(entries)
    return folded.state()


class ReviewFold:
    """Takes the log in line by line; the states that it gave out stay as they were.

    Lines cost what they change, and a state the copying of some dictionaries. Only new records,
    words on duplicates, and the end of screening make all fates be told anew.

    Args:
        screening: Who decides on a record.
        question: Of two reasons to exclude a report, its first criterion's is the one that counts.
    """

    def __init__(
        self, screening: ScreeningSettings, question: ClinicalQuestion | None = None
    ) -> None:
        criteria = question.criteria if question is not None else ()
        self._rules = Rules(screening, tuple(map(exclusion_reason, criteria)))
        self._records: dict[str, RecordIdentified] = {}
        self._verdicts: dict[tuple[str, Phase], PhaseVerdicts] = {}
        self._decisions: dict[tuple[str, Phase], ScreeningDecision] = {}
        self._machine_decisions: dict[tuple[str, Phase], ScreeningDecision] = {}
        self._studies = StudyFold(self._records)
        self._stopping = StoppingFold(self._title_abstract_verdict)
        self._notes: dict[str, dict[str, RecordNote]] = {}
        self._completed: dict[str, str] = {}
        self._duplicate_words: list[DuplicateEntry] = []
        self._searches: list[SearchRun] = []
        self._recommendations: list[RecommendationEdit] = []
        self._sign_offs: list[RecommendationSignedOff] = []
        self._withdrawn: list[SignatureWithdrawn] = []
        self._examinations: dict[str, RecommendationExamined] = {}
        self._given = ReviewState()

    def take(self, entries: Iterable[Entry]) -> None:
        """Take the next lines of the log in."""
        for entry in entries:
            if isinstance(entry, ScreeningDecision | DecisionTakenBack):
                self._hear(entry)
            else:
                self._apply(entry)
            self._stopping.apply(entry)

    def _title_abstract_verdict(self, record_id: str) -> Verdict | None:
        decision = self._decisions.get((record_id, "title_abstract"))
        return decision.verdict if decision is not None else None

    def _hear(self, entry: ScreeningDecision | DecisionTakenBack) -> None:
        key = (entry.record_id, entry.phase)
        said = self._verdicts.get(key)
        # A copy: what was heard before may be part of a state that was given out.
        said = PhaseVerdicts() if said is None else replace(said, reviewers=dict(said.reviewers))
        if isinstance(entry, ScreeningDecision):
            said.hear(entry, self._rules)
        else:
            said = said.without_last_of(entry.provenance.actor, entry.role, self._rules)
        self._verdicts[key] = said
        if said.machine is not None:
            self._machine_decisions[key] = said.machine
        if said.decision is not None:
            self._decisions[key] = said.decision
        else:
            self._decisions.pop(key, None)

    def _apply(self, entry: Entry) -> None:
        match entry:
            case SearchRun():
                self._searches.append(entry)
            case RecordIdentified():
                self._records.setdefault(entry.record.record_id, entry)
            case DuplicateMarked() | DuplicateSuspected() | DuplicateRefuted():
                self._duplicate_words.append(entry)
            case RecommendationEdit():
                self._recommendations.append(entry)
            case RecommendationSignedOff():
                self._sign_offs.append(entry)
            case SignatureWithdrawn():
                self._withdraw(entry)
            case RecommendationExamined():
                self._examinations[entry.recommendation_digest] = entry
            case RecordNote():
                notes = self._notes.get(entry.record_id, {})
                name = person_key(entry.provenance.actor)
                self._notes[entry.record_id] = {**notes, name: entry}
            case StageCompleted():
                self._completed[entry.stage] = entry.inputs_digest
            case _:
                self._studies.take(entry)

    def _withdraw(self, entry: SignatureWithdrawn) -> None:
        signed = (entry.recommendation_digest, person_key(entry.provenance.actor))
        stand = [
            s
            for s in self._sign_offs
            if (s.recommendation_digest, person_key(s.provenance.actor)) != signed
        ]
        if len(stand) < len(self._sign_offs):
            self._sign_offs = stand
            self._withdrawn.append(entry)

    def state(self) -> ReviewState:
        """The state after the lines so far."""
        given, studies = self._given, self._studies
        # The log only grows, so numbers tell whether there is anything new.
        alike = len(given.records) == len(self._records)
        records = given.records if alike else dict(self._records)
        links = given.duplicate_links
        if not alike or len(given.duplicate_words) < len(self._duplicate_words):
            links = weigh(self._duplicate_words, records)
        extracted, rejected = studies.extracted_and_rejected()
        state = ReviewState(
            searches=list(self._searches),
            records=records,
            sources=given.sources if alike else _sources(records),
            duplicate_words=list(self._duplicate_words),
            duplicate_links=links,
            decisions=dict(self._decisions),
            machine_decisions=dict(self._machine_decisions),
            verdicts=dict(self._verdicts),
            stopping=self._stopping.standing(links.kept),
            reports=dict(studies.reports),
            characteristics=dict(studies.characteristics),
            extracted=extracted,
            rejected=rejected,
            rejections=dict(studies.rejections),
            directions=dict(studies.directions),
            risk_of_bias=dict(studies.risk_of_bias),
            robins_i=dict(studies.robins_i),
            chosen_tools=dict(studies.chosen_tools),
            certainty=dict(studies.certainty),
            recommendations=list(self._recommendations),
            sign_offs=list(self._sign_offs),
            withdrawn=list(self._withdrawn),
            examinations=dict(self._examinations),
            notes=dict(self._notes),
            completed=dict(self._completed),
        )
        self._given = replace(state, fates=_fates(given, state))
        return self._given


def _sources(records: Mapping[str, RecordIdentified]) -> dict[str, int]:
    return dict(Counter(found.record.source for found in records.values()))


def _fates(before: ReviewState, now: ReviewState) -> dict[str, Fate]:
    """The fate of each record, told anew where something was said since the state before."""
    changed = changed_records(before, now)
    fates = {} if changed is None else dict(before.fates)
    for record_id in now.records if changed is None else changed:
        if record_id in now.records:
            fates[record_id] = fate_of(
                record_id,
                now.decisions,
                now.verdicts,
                now.reports,
                now.duplicates,
                now.stopping.stopped,
            )
    return fates
