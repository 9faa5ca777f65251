"""From the studies of an evidence profile to levels, by the program's own GRADE rules."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from statistics import fmean, median

import numpy as np

from eval.tasks.certainty_data import OutcomeProfile
from eval.tasks.certainty_studies import ProfileStudy
from evidence.config import SynthesisSettings
from evidence.findings import (
    DichotomousData,
    GenericData,
    Measure,
    StudyResult,
    SummaryOfFindingsRow,
)
from evidence.judgements import CertaintyRating
from evidence.synthesis.effect_sizes import NORMAL_975, Tables, log_risk_ratio
from evidence.synthesis.grade import rate_certainty
from evidence.synthesis.study_effects import CONTINUOUS_MEASURES, RATIO_MEASURES
from evidence.synthesis.summary_of_findings import summarise_outcome
from evidence.synthesis.unpooled_certainty import UnpooledStudy, rate_without_pooling


def rate_profile(profile: OutcomeProfile) -> tuple[SummaryOfFindingsRow | None, CertaintyRating]:
    """Rate a profile as the program rates a review's outcome; the row is None if nothing is pooled.

    Mean differences of several studies are not pooled, because a profile does not tell on which
    scale each was measured.

    Raises:
        EvidenceError: The profile has no study.
    """
    results = study_results(profile.studies)
    judgements = [judgement for study in profile.studies for judgement in study.risk_of_bias]
    means = sum(s.measure == "MD" and s.counts is None for s in profile.studies)
    if means < 2:
        row = _with_sizes(
            summarise_outcome(profile.outcome, results, SynthesisSettings()), profile.studies
        )
        if row.effect is not None:
            return row, rate_certainty(row, judgements, start=profile.start)
    studies = [_unpooled(s, r) for s, r in zip(profile.studies, results, strict=True)]
    return None, rate_without_pooling(profile.outcome, studies, judgements, start=profile.start)


def study_results(studies: Sequence[ProfileStudy]) -> list[StudyResult]:
    """The studies as the program pools them: counts where all have them, else effects."""
    counted = all(study.counts for study in studies)
    return [
        StudyResult(
            record_id=study.study_id,
            study=study.study_id,
            data=_counts(study) if counted else _effect(study),
            comparator="",
        )
        for study in studies
    ]


def _counts(study: ProfileStudy) -> DichotomousData:
    events1, total1, events2, total2 = study.counts or (None, None, None, None)
    return DichotomousData(
        events_intervention=events1,
        total_intervention=total1,
        events_comparator=events2,
        total_comparator=total2,
    )


def _effect(study: ProfileStudy) -> GenericData:
    """A study's effect with its interval; that of counts is the risk ratio.

    Several arms against one comparator are averaged, estimates and ends alike: as if they were
    wholly correlated, so that the shared comparator is not counted twice (Borenstein et al.,
    Introduction to Meta-Analysis, chapter 25).
    """
    if study.counts:
        return _risk_ratio(*study.counts)
    measure: Measure = study.measure or "MD"
    whole = [
        (effect.estimate, effect.ci_low, effect.ci_high)
        for effect in study.effects
        if effect.ci_low is not None and effect.ci_high is not None
    ]
    if measure not in RATIO_MEASURES:
        return _generic(measure, [fmean(ends) for ends in zip(*whole, strict=True)])
    if any(min(ends) <= 0 for ends in whole):
        return GenericData(measure=measure)
    return _generic(measure, [exp(fmean(map(log, ends))) for ends in zip(*whole, strict=True)])


def _risk_ratio(events1: int, total1: int, events2: int, total2: int) -> GenericData:
    cells = (events1, total1 - events1, events2, total2 - events2)
    yi, vi = log_risk_ratio(Tables(*(np.array([float(cell)]) for cell in cells)))
    at, half = float(yi[0]), NORMAL_975 * float(vi[0]) ** 0.5
    ends = [exp(at), exp(at - half), exp(at + half)] if np.isfinite(at) else []
    return _generic("RR", ends)


def _generic(measure: Measure, ends: Sequence[float]) -> GenericData:
    if not ends:
        return GenericData(measure=measure)
    at, low, high = ends
    return GenericData(measure=measure, estimate=at, ci_low=low, ci_high=high)


def _with_sizes(row: SummaryOfFindingsRow, studies: Sequence[ProfileStudy]) -> SummaryOfFindingsRow:
    """The row with the participants and the comparator risk that the profile prints."""
    n = sum(study.n_participants or 0 for study in studies)
    risks = [s.comparator_risk for s in studies if s.comparator_risk is not None]
    update: dict[str, object] = {"n_participants": n}
    measure = row.effect.measure if row.effect is not None else None
    if risks and measure not in CONTINUOUS_MEASURES and row.comparator_risk_per_1000 is None:
        update["comparator_risk_per_1000"] = round(1000 * median(risks), 10)
    return row.model_copy(update=update)


def _unpooled(study: ProfileStudy, result: StudyResult) -> UnpooledStudy:
    events = study.counts[0] + study.counts[2] if study.counts else None
    null = 1.0 if (study.counts or study.measure in RATIO_MEASURES) else 0.0
    data = result.data if isinstance(result.data, GenericData) else _effect(study)
    estimate = data.estimate
    if estimate is None and study.effects and not study.counts:
        estimate = fmean(effect.estimate for effect in study.effects)
    return UnpooledStudy(
        study=study.study_id,
        n_participants=study.n_participants,
        n_events=events,
        estimate=estimate,
        ci_low=data.ci_low,
        ci_high=data.ci_high,
        null=null,
    )
