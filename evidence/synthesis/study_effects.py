"""From the data of single studies to effect sizes, with the reasons why one cannot be had."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evidence.errors import EvidenceError
from evidence.findings import (
    ContinuousData,
    DichotomousData,
    GenericData,
    Measure,
    PoolingModel,
    values,
)
from evidence.synthesis import effect_sizes
from evidence.synthesis.effect_sizes import EffectSizes, Floats, Tables

DICHOTOMOUS_MEASURES: tuple[Measure, ...] = ("OR", "RR", "RD")
RATIO_MEASURES: tuple[Measure, ...] = ("OR", "RR", "HR")
CONTINUOUS_MEASURES: tuple[Measure, ...] = ("MD", "SMD")


def study_effects(
    studies: Sequence[str],
    data: Sequence[DichotomousData | ContinuousData | GenericData],
    measure: Measure,
    model: PoolingModel = "fixed",
) -> EffectSizes:
    """The effects of studies on the analysis scale; nan where none can be estimated.

    With the model `peto` they are one-step odds ratios, with any other model the corrected ones.

    Raises:
        EvidenceError: Kinds are mixed, a number is missing, or the kind does not fit the measure.
    """
    if len(studies) != len(data):
        raise EvidenceError(f"{len(studies)} study labels for {len(data)} studies; give one each")
    if not data:
        raise EvidenceError("no study to pool; give at least one")
    kinds = list(dict.fromkeys(item.kind for item in data))
    if len(kinds) > 1:
        raise EvidenceError(f"{' and '.join(kinds)} data cannot be pooled together; pool one kind")
    for study, item in zip(studies, data, strict=True):
        missing = [name for name, value in values(item).items() if value is None]
        if missing:
            raise EvidenceError(
                f"{study}: {', '.join(missing)} missing; complete it or leave it out"
            )
    if kinds == ["dichotomous"] and measure in DICHOTOMOUS_MEASURES:
        return study_effects_of(tables_of(data), measure, model)
    if kinds == ["continuous"] and measure in CONTINUOUS_MEASURES:
        arms = _columns(data)
        if measure == "MD":
            return effect_sizes.mean_difference(*arms)
        return effect_sizes.standardised_mean_difference(*arms)
    if kinds == ["generic"] and all(
        isinstance(item, GenericData) and item.measure == measure for item in data
    ):
        ratio = measure in RATIO_MEASURES
        return effect_sizes.from_confidence_interval(*_columns(data), ratio=ratio)
    measures = sorted({item.measure for item in data if isinstance(item, GenericData)})
    found = f"{kinds[0]} data" + (f" of {', '.join(measures)}" if measures else "")
    raise EvidenceError(f"{found} cannot be pooled as {measure}; choose the measure they have")


def tables_of(data: Sequence[DichotomousData | ContinuousData | GenericData]) -> Tables:
    """The 2 × 2 tables of complete dichotomous data.

    Raises:
        EvidenceError: The data are of another kind.
    """
    if not all(isinstance(item, DichotomousData) for item in data):
        raise EvidenceError("Mantel-Haenszel and Peto need events and totals; use the model fixed")
    events1, total1, events2, total2 = _columns(data)
    return Tables(events1, total1 - events1, events2, total2 - events2)


def why_not_estimable(
    effects: EffectSizes,
    data: Sequence[DichotomousData | ContinuousData | GenericData],
    measure: Measure,
) -> tuple[str | None, ...]:
    """Per study: why it can carry no weight, or None when it can."""
    reasons: list[str | None] = []
    for yi, vi, item in zip(effects.yi, effects.vi, data, strict=True):
        if np.isfinite(yi) and np.isfinite(vi) and vi > 0:
            reasons.append(None)
        elif isinstance(item, DichotomousData):
            same = "nobody" if not item.events_intervention else "everybody"
            reasons.append(
                f"{same} had the event in either arm, which tells nothing about the {measure}"
            )
        elif isinstance(item, ContinuousData):
            reasons.append(_continuous_reason(item, measure))
        else:
            reasons.append("its confidence interval is empty or not positive")
    return tuple(reasons)


def _continuous_reason(item: ContinuousData, measure: Measure) -> str:
    if not (item.sd_intervention or item.sd_comparator):
        return "both standard deviations are 0"
    if measure == "SMD" and (item.n_intervention or 0) + (item.n_comparator or 0) <= 3:
        return "three participants are too few for a standardised mean difference"
    return "its variance is 0"


def study_effects_of(tables: Tables, measure: Measure, model: PoolingModel) -> EffectSizes:
    """The effects of 2 × 2 tables, cells as whole numbers or effective sizes."""
    if model == "peto":
        return effect_sizes.peto_log_odds_ratio(tables)
    if measure == "OR":
        return effect_sizes.log_odds_ratio(tables)
    if measure == "RR":
        return effect_sizes.log_risk_ratio(tables)
    return effect_sizes.risk_difference(tables)


def _columns(
    data: Sequence[DichotomousData | ContinuousData | GenericData],
) -> tuple[Floats, ...]:
    """The numbers of complete data of one kind, one array a field, in the order of its fields."""
    rows = [list(values(item).values()) for item in data]
    return tuple(np.array(rows, dtype=np.float64).T)
