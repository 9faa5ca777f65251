"""Judgements: somebody's verdict, human or machine, with its provenance and its quotes.

Later lines of the log overrule earlier ones; none is ever changed.
"""

from __future__ import annotations

import json
from datetime import datetime
from operator import not_
from typing import Annotated, Literal

from pydantic import Field, field_validator

from evidence.appraisal import robins_i
from evidence.appraisal.answers import SignallingAnswer
from evidence.appraisal.rob2_questions import Domain
from evidence.factuality.examined import Examination
from evidence.findings import (
    Certainty,
    DomainRating,
    OutcomeData,
    OutcomeDirection,
    Recommendation,
)
from indexers.records import Frozen, Quote, text_digest

Verdict = Literal["include", "exclude", "unclear"]
Phase = Literal["title_abstract", "full_text"]
Stage = Literal[
    "formulate", "search", "deduplicate", "screen", "extract", "appraise", "synthesise", "recommend"
]


class Provenance(Frozen):
    """Who judged, with what, and why.

    `actor` is `machine` or a person's name. The project stamps `at` when it writes the line.
    `unanswered` names what a language model was asked for this judgement and, by a fault, gave no
    usable answer to: a later run asks again. It is left out of a line that has none.
    """

    actor: str
    engine: str
    reason: str = ""
    model: str | None = None
    prompt_digest: str | None = None
    at: datetime | None = None
    unanswered: tuple[str, ...] = Field(default=(), exclude_if=not_)

    @property
    def by_person(self) -> bool:
        """Whether a person, not an engine, made the judgement."""
        return self.actor != MACHINE


MACHINE = "machine"


class CriterionVerdict(Frozen):
    """How a record stands to one criterion.

    `met` means that what the criterion's text says is true of the record, for exclusion criteria
    too. An engine's `met` and `not_met` need a quote, a person's may have one; where nothing
    decides, the verdict is `unclear`.
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


class DecisionTakenBack(Frozen):
    """A person's last decision on a record in one phase, taken back: as if it had not been made.

    The decision stays in the log; what that person said before it counts again.
    """

    kind: Literal["decision_taken_back"] = "decision_taken_back"
    record_id: str
    phase: Phase
    role: Role = "reviewer"
    provenance: Provenance


class RecordNote(Frozen):
    """What a person keeps in mind of a record: labels and words.

    A person's last note on a record is the one that stands; an empty one takes it away. It decides
    nothing.
    """

    kind: Literal["record_note"] = "record_note"
    record_id: str
    labels: tuple[str, ...] = ()
    text: str = ""
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


class RobinsIJudgement(Frozen):
    """A person's judgement on one domain of ROBINS-I, which no engine proposes.

    It says, too, that the study is not randomised.
    """

    kind: Literal["robins_i_judgement"] = "robins_i_judgement"
    record_id: str
    domain: robins_i.Domain
    judgement: robins_i.Level
    provenance: Provenance

    @field_validator("provenance")
    @classmethod
    def _by_person(cls, provenance: Provenance) -> Provenance:
        if not provenance.by_person:
            raise ValueError("a domain of ROBINS-I is judged by a person")
        return provenance


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

    @property
    def content_digest(self) -> str:
        """Names this version: SHA-256 of the recommendation and what it was written from."""
        content = self.model_dump(mode="json", include={"recommendation", "inputs_digest"})
        return text_digest(json.dumps(content, sort_keys=True, ensure_ascii=False))


class RecommendationSignedOff(Frozen):
    """A person's signature under a version of the recommendation.

    `recommendation_digest` is the `content_digest` of the version: an edit or a new draft after it
    is unsigned. `left_open` is what was open at that moment, as the person was told; it is left out
    of a line that has none.
    """

    kind: Literal["recommendation_signed_off"] = "recommendation_signed_off"
    recommendation_digest: str
    left_open: tuple[str, ...] = Field(default=(), exclude_if=not_)
    provenance: Provenance


class SignatureWithdrawn(Frozen):
    """A person's own signature under a version of the recommendation, withdrawn with a reason.

    The signature stays in the log; the person may sign again.
    """

    kind: Literal["signature_withdrawn"] = "signature_withdrawn"
    recommendation_digest: str
    provenance: Provenance


class RecommendationExamined(Frozen):
    """What a language model said of a version of the recommendation against its evidence.

    It is advice for people and changes nothing; of a version that was edited it says nothing.
    """

    kind: Literal["recommendation_examined"] = "recommendation_examined"
    recommendation_digest: str
    examination: Examination
    provenance: Provenance


Judgement = Annotated[
    ScreeningDecision
    | DecisionTakenBack
    | RecordNote
    | StudyCharacteristics
    | ExtractedOutcome
    | ResultRejected
    | StatedDirection
    | RiskOfBiasJudgement
    | RobinsIJudgement
    | CertaintyRating
    | RecommendationEdit
    | RecommendationSignedOff
    | SignatureWithdrawn
    | RecommendationExamined,
    Field(discriminator="kind"),
]
