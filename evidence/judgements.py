"""Judgements and events: everything that the log of a review project can hold.

A judgement is somebody's verdict, human or machine, with its provenance and its quotes. An event
is a fact of the process (a search ran, a record was found). Later lines overrule earlier ones;
none is ever changed.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from evidence.appraisal.answers import SignallingAnswer
from evidence.appraisal.rob2_questions import Domain
from evidence.findings import (
    Certainty,
    DomainRating,
    OutcomeData,
    OutcomeDirection,
    Recommendation,
)
from indexers.records import Frozen, Quote, Record, text_digest

Verdict = Literal["include", "exclude", "unclear"]
Phase = Literal["title_abstract", "full_text"]
Stage = Literal[
    "formulate", "search", "deduplicate", "screen", "extract", "appraise", "synthesise", "recommend"
]


class Provenance(Frozen):
    """Who judged, with what, and why.

    `actor` is `machine` or a person's name. The project stamps `at` when it writes the line.
    """

    actor: str
    engine: str
    reason: str = ""
    model: str | None = None
    prompt_digest: str | None = None
    at: datetime | None = None

    @property
    def by_person(self) -> bool:
        """Whether a person, not an engine, made the judgement."""
        return self.actor != MACHINE


MACHINE = "machine"


class CriterionVerdict(Frozen):
    """How a record stands to one criterion.

    `met` means that what the criterion's text says is true of the record, for exclusion criteria
    too. `met` and `not_met` need a quote; where nothing decides, the verdict is `unclear`.
    """

    criterion_id: str
    verdict: Literal["met", "unclear", "not_met"]
    quotes: tuple[Quote, ...] = ()
    reason: str = ""


Role = Literal["reviewer", "adjudicator"]


class ScreeningDecision(Frozen):
    """Somebody's verdict on a record in one phase of screening.

    An adjudicator's verdict settles what two reviewers judged differently.
    """

    kind: Literal["screening_decision"] = "screening_decision"
    record_id: str
    phase: Phase
    verdict: Verdict
    role: Role = "reviewer"
    criteria: tuple[CriterionVerdict, ...] = ()
    exclusion_reason: str | None = None
    score: float | None = None
    provenance: Provenance


class StoppingCertificate(Frozen):
    """Why screening may stop: the recall that is reached, and how sure that is.

    `certified` rests on a random sample that was fixed in advance (`n_sampled`, `seed`): an exact
    bound. `quick` is a test on the order of screening, not strictly guaranteed under repeated
    looks. `n_screened` and `n_included` count all records of the phase that were judged, those of
    the sample among them; `recall_low` is the lower confidence bound of recall. `confidence` is the
    level of this attempt, higher than the project's, so that all attempts together keep the
    project's; where no sample was needed, and in the quick mode, it is the project's.
    """

    target_recall: float = Field(gt=0, lt=1)
    confidence: float = Field(gt=0, lt=1)
    p_value: float = Field(ge=0, le=1)
    n_records: int = Field(gt=0)
    n_screened: int = Field(ge=0)
    n_included: int = Field(ge=0)
    recall_low: float = Field(ge=0, le=1)
    method: Literal["certified", "quick"]
    n_sampled: int = 0
    n_included_in_sample: int = 0
    attempt: int = 1
    seed: int | None = None


class Arm(Frozen):
    """A group of a trial as the report names it."""

    name: str
    abbreviations: tuple[str, ...] = ()
    role: Literal["intervention", "comparator", "other"] = "other"
    size: int | None = None
    quotes: tuple[Quote, ...] = ()


class Characteristic(Frozen):
    """One characteristic of a study, such as design, country or follow-up."""

    field: str
    value: str
    quotes: tuple[Quote, ...] = Field(min_length=1)


class StudyCharacteristics(Frozen):
    """Design, arms and setting of a study as far as the report tells them."""

    kind: Literal["study_characteristics"] = "study_characteristics"
    record_id: str
    characteristics: tuple[Characteristic, ...] = ()
    arms: tuple[Arm, ...] = ()
    provenance: Provenance


class ValueEvidence(Frozen):
    """Where one number comes from.

    Without `derivation` the number stands in a quote; with it, the words say how it was computed
    from numbers that stand in the quotes.
    """

    field: str
    quotes: tuple[Quote, ...] = Field(min_length=1)
    derivation: str | None = None


class ExtractedOutcome(Frozen):
    """One result of a study for one outcome of the question.

    `flags` name what a person must settle before the result is pooled (a percentage that does not
    fit, a second result in the same report); `notes` what a reader should know (a footnote).
    """

    kind: Literal["extracted_outcome"] = "extracted_outcome"
    record_id: str
    outcome: str
    reported_as: str
    intervention: str
    comparator: str
    time_point: str | None = None
    time_point_days: float | None = None
    analysis_population: str | None = None
    data: OutcomeData
    evidence: tuple[ValueEvidence, ...] = Field(min_length=1)
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    provenance: Provenance

    @property
    def content_digest(self) -> str:
        """Names this result in the log: SHA-256 of all it holds but the time it was written.

        Fields at their default are left out, so that a field of a later version changes no digest.
        """
        content = self.model_dump(
            mode="json", exclude_defaults=True, exclude={"provenance": {"at"}}
        )
        return text_digest(json.dumps(content, sort_keys=True, ensure_ascii=False))


class ResultRejected(Frozen):
    """A result that a person sets aside: it is not pooled and waits for nobody.

    `result_digest` is the `content_digest` of the result. The last word counts: with `rejected`
    false the result is taken back.
    """

    kind: Literal["result_rejected"] = "result_rejected"
    record_id: str
    outcome: str
    result_digest: str
    rejected: bool = True
    provenance: Provenance


class StatedDirection(Frozen):
    """Which way an outcome of the question went, as a report tells it in words.

    It shows a person where to look and stands beside what has no numbers; it is never pooled and
    never counted. `score` is what the engine's heads give the direction, in [0, 1]; it is not a
    calibrated probability.
    """

    kind: Literal["stated_direction"] = "stated_direction"
    record_id: str
    outcome: str
    direction: OutcomeDirection
    score: float | None = Field(default=None, ge=0, le=1)
    quotes: tuple[Quote, ...] = ()
    provenance: Provenance


class RiskOfBiasJudgement(Frozen):
    """A judgement on one domain of RoB 2; `unclear` leaves it to a person.

    `judgement` is what the algorithm of RoB 2 makes of `answers`, in the order of the signalling
    questions; a question that nobody answered is left out. Lines of earlier versions have none.
    """

    kind: Literal["risk_of_bias_judgement"] = "risk_of_bias_judgement"
    record_id: str
    domain: Domain
    judgement: Literal["low", "some_concerns", "high", "unclear"]
    answers: tuple[SignallingAnswer, ...] = ()
    quotes: tuple[Quote, ...] = ()
    provenance: Provenance


class CertaintyRating(Frozen):
    """The certainty of the evidence for one outcome, domain by domain."""

    kind: Literal["certainty_rating"] = "certainty_rating"
    outcome: str
    start: Certainty
    domains: tuple[DomainRating, ...]
    certainty: Certainty
    provenance: Provenance


class RecommendationEdit(Frozen):
    """A version of the recommendation: a draft by an engine or an edit by a person.

    `inputs_digest` names the summary of findings it was written from.
    """

    kind: Literal["recommendation_edit"] = "recommendation_edit"
    recommendation: Recommendation
    inputs_digest: str
    provenance: Provenance


Judgement = Annotated[
    ScreeningDecision
    | StudyCharacteristics
    | ExtractedOutcome
    | ResultRejected
    | StatedDirection
    | RiskOfBiasJudgement
    | CertaintyRating
    | RecommendationEdit,
    Field(discriminator="kind"),
]


class SearchRun(Frozen):
    """A search that was run: what was asked of which source, and how many records came back."""

    kind: Literal["search_run"] = "search_run"
    query: str
    source: str
    retrievers: tuple[str, ...]
    n_records: int
    provenance: Provenance


class RecordIdentified(Frozen):
    """A record that a search found, frozen as it was found; ranks are 1-based per retriever."""

    kind: Literal["record_identified"] = "record_identified"
    record: Record
    score: float
    ranks: dict[str, int]
    provenance: Provenance


class DuplicateMarked(Frozen):
    """A record that tells of the same report as another, which stays.

    By a person it confirms a suspected pair, or joins two records that nobody suspected.
    """

    kind: Literal["duplicate_marked"] = "duplicate_marked"
    record_id: str
    duplicate_of: str
    provenance: Provenance


class DuplicateSuspected(Frozen):
    """Two records that may tell of one report: a machine lists them, a person decides.

    `duplicate_of` is the one that would stay.
    """

    kind: Literal["duplicate_suspected"] = "duplicate_suspected"
    record_id: str
    duplicate_of: str
    provenance: Provenance


class DuplicateRefuted(Frozen):
    """Two records that tell of different reports: a merge undone, or a suspected pair answered.

    It holds for the pair, whichever of the two is named first.
    """

    kind: Literal["duplicate_refuted"] = "duplicate_refuted"
    record_id: str
    duplicate_of: str
    provenance: Provenance


class ReportSought(Frozen):
    """A full text that was asked for; `document_digest` is None when it could not be had."""

    kind: Literal["report_sought"] = "report_sought"
    record_id: str
    document_digest: str | None
    provenance: Provenance


class StoppingSampleDrawn(Frozen):
    """A random sample of the records that nobody has screened, fixed before any of it is read.

    `record_ids` is the whole sample in the order it is screened. `attempt` counts from 1, and
    `confidence` is this attempt's share: every further attempt has to be surer, so that all of
    them together err no more often than the project allows.
    """

    kind: Literal["stopping_sample_drawn"] = "stopping_sample_drawn"
    record_ids: tuple[str, ...] = Field(min_length=1)
    n_unscreened: int = Field(gt=0)
    target_recall: float = Field(gt=0, lt=1)
    confidence: float = Field(gt=0, lt=1)
    attempt: int = Field(gt=0)
    seed: int
    provenance: Provenance


class ScreeningStopped(Frozen):
    """Screening of titles and abstracts ended; what nobody screened counts as not relevant."""

    kind: Literal["screening_stopped"] = "screening_stopped"
    certificate: StoppingCertificate
    provenance: Provenance


class ScreeningReopened(Frozen):
    """Screening goes on: certificates before this line are void, and so are drawn samples."""

    kind: Literal["screening_reopened"] = "screening_reopened"
    provenance: Provenance


class StageCompleted(Frozen):
    """A stage that ran to its end over inputs with this digest."""

    kind: Literal["stage_completed"] = "stage_completed"
    stage: Stage
    inputs_digest: str
    provenance: Provenance


Event = Annotated[
    SearchRun
    | RecordIdentified
    | DuplicateMarked
    | DuplicateSuspected
    | DuplicateRefuted
    | ReportSought
    | StoppingSampleDrawn
    | ScreeningStopped
    | ScreeningReopened
    | StageCompleted,
    Field(discriminator="kind"),
]
Entry = Annotated[
    ScreeningDecision
    | StudyCharacteristics
    | ExtractedOutcome
    | ResultRejected
    | StatedDirection
    | RiskOfBiasJudgement
    | CertaintyRating
    | RecommendationEdit
    | SearchRun
    | RecordIdentified
    | DuplicateMarked
    | DuplicateSuspected
    | DuplicateRefuted
    | ReportSought
    | StoppingSampleDrawn
    | ScreeningStopped
    | ScreeningReopened
    | StageCompleted,
    Field(discriminator="kind"),
]
