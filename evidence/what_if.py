"""What if: a synthesis computed again with something changed, and what that changes.

Nothing is written: the log stays as it is. Everything is computed twice by the same functions as
the review itself (pooling, certainty by GRADE's rules, recommendation by rules), so a difference
comes from the change alone; a person's overrule of a certainty is left out on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evidence.config import SynthesisSettings
from evidence.decision.scales import CRITERIA, FRAMEWORK, NOT_JUDGED, DecisionCriterion
from evidence.errors import SettingsError
from evidence.findings import DomainRating, Recommendation, SummaryOfFindingsRow
from evidence.findings_text import finding_line, printed
from evidence.question import ClinicalQuestion
from evidence.stages.recommend import OfflineRecommender
from evidence.stages.synthesise import StudyEvidence, summarise
from evidence.supposed_risk import with_risk


@dataclass(frozen=True)
class Change:
    """What is supposed.

    Attributes:
        excluded: Record ids of the studies to leave out.
        risk_of_bias: (record id, domain, judgement) to suppose; the domain None is all of them.
        settings: How to pool instead; None keeps the project's settings.
    """

    excluded: frozenset[str] = frozenset()
    risk_of_bias: tuple[tuple[str, str | None, str], ...] = ()
    settings: SynthesisSettings | None = None


@dataclass(frozen=True)
class OutcomeDifference:
    """One outcome before and after a change; a domain is named when its levels changed."""

    before: SummaryOfFindingsRow
    after: SummaryOfFindingsRow

    @property
    def changed(self) -> bool:
        """Whether the effect, its studies or its certainty are others."""
        return _compared(self.before) != _compared(self.after)

    @property
    def domains(self) -> tuple[tuple[DomainRating, DomainRating], ...]:
        """The domains that take off another number of levels; none where one side is unrated."""
        after = {d.domain: d for d in self.after.domains}
        pairs = [(d, after[d.domain]) for d in self.before.domains if d.domain in after]
        return tuple((b, a) for b, a in pairs if b.levels_down != a.levels_down)


@dataclass(frozen=True)
class WhatIf:
    """The synthesis before and after a change, outcome by outcome, and both recommendations.

    These hold the whole decision; criteria that only guidelines tell on are not judged in either.
    `n_included` studies are there before the change, `n_left` after it.
    """

    n_included: int
    n_left: int
    outcomes: tuple[OutcomeDifference, ...]
    before: Recommendation
    after: Recommendation

    @property
    def recommendation_changed(self) -> bool:
        """Whether direction or strength are others."""
        return _verdict(self.before) != _verdict(self.after)

    @property
    def judgements(self) -> tuple[tuple[DecisionCriterion, str, str], ...]:
        """The criteria of the decision that are judged otherwise, before and after."""
        before, after = _judgements(self.before), _judgements(self.after)
        return tuple(
            (criterion, before[criterion], after[criterion])
            for criterion in CRITERIA
            if before[criterion] != after[criterion]
        )


def what_if(
    question: ClinicalQuestion,
    evidence: Sequence[StudyEvidence],
    settings: SynthesisSettings,
    change: Change,
) -> WhatIf:
    """Pool, rate and recommend again as if the change were true.

    Raises:
        SettingsError: The change names a study that is not included, or a domain or judgement
            that its tool does not have.
    """
    _check(evidence, change)
    before = summarise(question, evidence, settings)
    left = _supposed(evidence, change)
    after = summarise(question, left, change.settings or settings)
    recommender = OfflineRecommender()
    return WhatIf(
        n_included=len(evidence),
        n_left=len(left),
        outcomes=tuple(map(OutcomeDifference, before, after)),
        before=recommender.recommend(question, before),
        after=recommender.recommend(question, after),
    )


def lines(difference: WhatIf) -> list[str]:
    """The difference in words, a line an outcome; what did not change is said too."""
    told = []
    none_before = "" if difference.n_included else "no study is included"
    none_after = "" if difference.n_left else "every study is left out"
    for outcome in difference.outcomes:
        name = printed(outcome.before, "outcome")
        found = finding_line(outcome.before, none_before)
        if not outcome.changed:
            told.append(f"{name}: as before, {found}")
            continue
        told.append(f"{name}: {found} → {finding_line(outcome.after, none_after)}")
        told += [
            f"  {after.domain.replace('_', ' ')}: levels down {before.levels_down} → "
            f"{after.levels_down}. {after.reason}"
            for before, after in outcome.domains
        ]
    verdicts = _verdict(difference.before), _verdict(difference.after)
    if difference.recommendation_changed:
        told.append(f"Recommendation by rules: {verdicts[0]} → {verdicts[1]}")
    else:
        told.append(f"Recommendation by rules: as before, {verdicts[0]}")
    told += [
        f"  {FRAMEWORK[criterion].title.lower()}: {before} → {after}"
        for criterion, before, after in difference.judgements
    ]
    return told


def _check(evidence: Sequence[StudyEvidence], change: Change) -> None:
    known = {study.record_id for study in evidence}
    named = (*sorted(change.excluded), *(record_id for record_id, _, _ in change.risk_of_bias))
    for record_id in named:
        if record_id not in known:
            raise SettingsError(f"{record_id}: expected an included study")


def _supposed(evidence: Iterable[StudyEvidence], change: Change) -> list[StudyEvidence]:
    supposed = []
    for study in evidence:
        for record_id, domain, risk in change.risk_of_bias:
            if record_id == study.record_id:
                study = with_risk(study, domain, risk)
        if study.record_id not in change.excluded:
            supposed.append(study)
    return supposed


def _compared(row: SummaryOfFindingsRow) -> tuple[object, ...]:
    levels = tuple((d.domain, d.levels_down) for d in row.domains)
    return row.effect, row.k_studies, row.n_participants, row.certainty, levels


def _judgements(recommendation: Recommendation) -> dict[DecisionCriterion, str]:
    decision = recommendation.decision
    judged = () if decision is None else decision.criteria
    found = {each.criterion: each.judgement or NOT_JUDGED for each in judged}
    return {criterion: found.get(criterion, NOT_JUDGED) for criterion in CRITERIA}


def _verdict(recommendation: Recommendation) -> str:
    if recommendation.abstained:
        return "none"
    return f"{recommendation.direction}, {recommendation.strength}"
