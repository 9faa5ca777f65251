"""Absolute effects: what a pooled effect means per 1000 participants."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from statistics import median

from evidence.errors import EvidenceError
from evidence.findings import (
    ContinuousData,
    DichotomousData,
    GenericData,
    Measure,
    PooledEffect,
    StudyResult,
)

RISK_NOTE = "The comparator risk is the median of the risks in the studies' comparator groups."
_DECIMALS = 10  # enough for any print, few enough to be the same on every machine


def intervention_risk(measure: Measure, effect: float, comparator_risk: float) -> float:
    """The risk under intervention that an effect makes of a comparator risk, both in 0 to 1."""
    if measure == "OR":
        odds = effect * comparator_risk
        return odds / (1 - comparator_risk + odds)
    if measure == "RR":
        return min(1.0, effect * comparator_risk)
    return min(1.0, max(0.0, comparator_risk + effect))


def has_risks(effect: PooledEffect | None, pooled: Sequence[StudyResult]) -> bool:
    """Whether the pooled studies tell how many had the outcome in each arm."""
    dichotomous = bool(pooled) and all(isinstance(s.data, DichotomousData) for s in pooled)
    return effect is not None and dichotomous


def absolute_effect(effect: PooledEffect | None, pooled: Sequence[StudyResult]) -> dict[str, float]:
    """Risks and their difference per 1000, at the median comparator risk of the pooled studies.

    Empty where a ratio meets a comparator risk of 0: no multiple of it says anything.
    """
    if effect is None or not has_risks(effect, pooled):
        return {}
    risk = median(_comparator_risk(study.data) for study in pooled)
    if risk == 0 and effect.measure != "RD":
        return {}
    at, low, high = (
        intervention_risk(effect.measure, value, risk)
        for value in (effect.estimate, effect.ci_low, effect.ci_high)
    )
    return {
        "comparator_risk_per_1000": rounded(1000 * risk),
        "intervention_risk_per_1000": rounded(1000 * at),
        "difference_per_1000": rounded(1000 * (at - risk)),
        "difference_low_per_1000": rounded(1000 * (low - risk)),
        "difference_high_per_1000": rounded(1000 * (high - risk)),
    }


def _comparator_risk(data: DichotomousData | ContinuousData | GenericData) -> float:
    if not isinstance(data, DichotomousData) or not data.total_comparator:
        raise EvidenceError("a comparator risk needs events and totals")
    return (data.events_comparator or 0) / data.total_comparator


def rounded(value: float) -> float:
    """Ten decimals; what is not finite stays as it is."""
    return round(value, _DECIMALS) + 0.0 if isfinite(value) else value
