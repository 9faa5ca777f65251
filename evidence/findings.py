"""What the trials found: outcome data, pooled effects, summary rows and recommendations."""

from __future__ import annotations

from operator import not_
from typing import Annotated, Literal, TypeVar

from pydantic import Field, model_validator

from evidence.decision.scales import CRITERIA, FRAMEWORK, DecisionCriterion
from indexers.records import Frozen, Quote

Measure = Literal["OR", "RR", "RD", "MD", "SMD", "HR"]
PoolingModel = Literal["fixed", "mh", "peto", "dl", "pm", "reml"]
Certainty = Literal["high", "moderate", "low", "very_low"]
OutcomeDirection = Literal["increased", "decreased", "no_difference", "unclear"]
"""Which way an outcome went with the intervention against the comparator; the first two are
significant differences."""


class DichotomousData(Frozen):
    """Events and totals per arm; a number that was not found is None, never guessed."""

    kind: Literal["dichotomous"] = "dichotomous"
    events_intervention: int | None = Field(default=None, ge=0)
    total_intervention: int | None = Field(default=None, gt=0)
    events_comparator: int | None = Field(default=None, ge=0)
    total_comparator: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _events_fit_totals(self) -> DichotomousData:
        for events, total in (
            (self.events_intervention, self.total_intervention),
            (self.events_comparator, self.total_comparator),
        ):
            if events is not None and total is not None and events > total:
                raise ValueError(f"{events} events among {total} participants")
        return self


class ContinuousData(Frozen):
    """Mean, standard deviation and number analysed per arm, in `unit`."""

    kind: Literal["continuous"] = "continuous"
    mean_intervention: float | None = None
    sd_intervention: float | None = Field(default=None, ge=0)
    n_intervention: int | None = Field(default=None, gt=0)
    mean_comparator: float | None = None
    sd_comparator: float | None = Field(default=None, ge=0)
    n_comparator: int | None = Field(default=None, gt=0)
    unit: str = ""


class GenericData(Frozen):
    """An effect as the report gives it, on its natural scale, with its confidence interval."""

    kind: Literal["generic"] = "generic"
    measure: Measure
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None


OutcomeData = Annotated[DichotomousData | ContinuousData | GenericData, Field(discriminator="kind")]


def values(data: DichotomousData | ContinuousData | GenericData) -> dict[str, float | None]:
    """The numeric fields of outcome data by name."""
    fields = data.model_dump(exclude={"kind", "measure", "unit"})
    return {name: fields[name] for name in type(data).model_fields if name in fields}


def is_complete(data: DichotomousData | ContinuousData | GenericData) -> bool:
    """Whether every number that pooling needs was found."""
    return all(value is not None for value in values(data).values())


class StudyWeight(Frozen):
    """A study's share of a pooled effect."""

    study: str
    percent: float


class PooledEffect(Frozen):
    """A pooled effect; `estimate` is on the natural scale, `analysis_*` on the scale pooled.

    `hartung_knapp` says whether the interval is Hartung-Knapp's; a single study has none. It is
    left out where it is not.
    """

    measure: Measure
    model: PoolingModel
    estimate: float
    ci_low: float
    ci_high: float
    pi_low: float | None
    pi_high: float | None
    analysis_estimate: float
    analysis_se: float
    tau2: float | None
    tau2_ci: tuple[float, float] | None
    i2: float | None
    q: float | None
    q_p: float | None
    k_studies: int
    weights: tuple[StudyWeight, ...]
    hartung_knapp: bool = Field(default=False, exclude_if=not_)
    note: str = ""


class StudyResult(Frozen):
    """One study's data in a summary row, with its own effect on the natural scale.

    `percent` is its weight in the pooled effect; `note` says why it was left out, if it was;
    `notes` what a reader should know of it (other times in the report, a footnote).
    """

    record_id: str
    study: str
    data: OutcomeData
    comparator: str
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    percent: float | None = None
    time_point: str | None = None
    derived: bool = False
    quotes: tuple[Quote, ...] = ()
    note: str = ""
    notes: tuple[str, ...] = ()


class DomainRating(Frozen):
    """One GRADE domain: how many levels it takes off, and the computed reason."""

    domain: Literal[
        "risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias"
    ]
    levels_down: int = Field(ge=0, le=3)
    reason: str


class SummaryOfFindingsRow(Frozen):
    """One outcome of the summary of findings. Risks are per 1000 participants.

    `certainty_start` is where the rating started; it is left out where that is high.
    """

    row_id: str
    outcome: str
    k_studies: int
    n_participants: int
    effect: PooledEffect | None
    comparator_risk_per_1000: float | None = None
    intervention_risk_per_1000: float | None = None
    difference_per_1000: float | None = None
    difference_low_per_1000: float | None = None
    difference_high_per_1000: float | None = None
    certainty: Certainty | None = None
    certainty_start: Certainty = Field(default="high", exclude_if="high".__eq__)
    domains: tuple[DomainRating, ...] = ()
    studies: tuple[StudyResult, ...] = ()
    note: str = ""


class CitedValue(Frozen):
    """A computed number in a sentence: the text as printed, the row and the field it is from."""

    text: str
    row_id: str
    field: str


class Sentence(Frozen):
    """A sentence of a recommendation with what supports it."""

    text: str
    quotes: tuple[Quote, ...] = ()
    computed: tuple[CitedValue, ...] = ()


class CriterionJudgement(Frozen):
    """One criterion of the Evidence-to-Decision framework.

    `judgement` is an answer of the criterion's scale, None where nobody judged it. `evidence` is
    what was found, `considerations` say why it was judged so. `note` says in fixed words, without
    a number, what is missing or by which rule was judged.
    """

    criterion: DecisionCriterion
    judgement: str | None = None
    judged_by: Literal["rules", "language_model", "person"] = "rules"
    evidence: tuple[Sentence, ...] = ()
    considerations: tuple[Sentence, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _on_its_scale(self) -> CriterionJudgement:
        scale = FRAMEWORK[self.criterion].scale
        if self.judgement is not None and self.judgement not in scale:
            raise ValueError(f"{self.criterion}: {self.judgement!r} is none of {', '.join(scale)}")
        return _without_number(self)


ConclusionPart = Literal[
    "justification",
    "subgroups",
    "implementation",
    "monitoring",
    "research",
    "evidence_summary",
    "plain_language",
]
"""In the order of the document; drafts of earlier versions have no summaries."""


class Conclusion(Frozen):
    """A part of the conclusions besides the recommendation itself; `note` as in a criterion."""

    part: ConclusionPart
    sentences: tuple[Sentence, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _note_without_number(self) -> Conclusion:
        return _without_number(self)


N = TypeVar("N", CriterionJudgement, Conclusion)


def _without_number(judged: N) -> N:
    """A note has no support, so that it may not hold what needs some."""
    if any(letter.isdigit() for letter in judged.note):
        raise ValueError(f"a note holds a number, which only a sentence may: {judged.note[:60]!r}")
    return judged


class DraftingCounts(Frozen):
    """How a language model's sentences stood the checks.

    `sentences` and `citations` are those of its first answer; `supported` are the sentences that
    held at once, `citations_held` the ids that exist and may be cited. `repaired` sentences held
    when it was shown once what was wrong, `removed` ones did not.
    """

    sentences: int
    supported: int
    repaired: int
    removed: int
    citations: int
    citations_held: int

    @property
    def citation_precision(self) -> float | None:
        """The share of citations that hold; None without any."""
        return self.citations_held / self.citations if self.citations else None

    @property
    def citation_recall(self) -> float | None:
        """The share of sentences that their citations supported at once; None without any."""
        return self.supported / self.sentences if self.sentences else None


class EvidenceToDecision(Frozen):
    """GRADE's Evidence-to-Decision document: all criteria in their order, and the conclusions.

    Direction, strength, the recommendation itself and its overall justification stand in the
    `Recommendation` that holds it.
    """

    question: str
    criteria: tuple[CriterionJudgement, ...]
    conclusions: tuple[Conclusion, ...] = ()
    drafting: DraftingCounts | None = None

    @model_validator(mode="after")
    def _every_criterion_in_order(self) -> EvidenceToDecision:
        if tuple(judged.criterion for judged in self.criteria) != CRITERIA:
            raise ValueError(f"expected the criteria {', '.join(CRITERIA)}, each once and in order")
        return self

    def judged(self, criterion: DecisionCriterion) -> CriterionJudgement:
        """The judgement of one criterion."""
        return self.criteria[CRITERIA.index(criterion)]


class Recommendation(Frozen):
    """A draft for a person to decide on; `direction` none and `abstained` when none can be made.

    `sentences` are the recommendation and its overall justification; drafts of earlier versions
    have all they say there, and no `decision`.
    """

    direction: Literal["for", "against", "none"]
    strength: Literal["strong", "conditional", "none"]
    sentences: tuple[Sentence, ...]
    cited_rows: tuple[str, ...]
    abstained: bool = False
    decision: EvidenceToDecision | None = None

    @property
    def every_sentence(self) -> tuple[Sentence, ...]:
        """All sentences of the draft, those of its decision document too."""
        found = list(self.sentences)
        if self.decision is not None:
            for judged in self.decision.criteria:
                found += [*judged.evidence, *judged.considerations]
            for conclusion in self.decision.conclusions:
                found += conclusion.sentences
        return tuple(found)
