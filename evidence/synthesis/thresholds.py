"""From which size on an effect matters: trivial, small, moderate and large.

GRADE guidance 34 and 35 (Zeng et al. and Schünemann et al., J Clin Epidemiol 2022;150:216-242) rate
imprecision, and guideline 26 (Santesso et al. 2020;119:126-135) words effects, against thresholds
that people set. Where nobody did, only rough guides are left, and the reasons name them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from evidence.errors import SettingsError
from evidence.findings import ContinuousData, SummaryOfFindingsRow
from evidence.synthesis.absolute_effects import intervention_risk
from evidence.synthesis.study_effects import RATIO_MEASURES

EffectSize = Literal["trivial", "small", "moderate", "large"]
RELATIVE_BENEFIT, RELATIVE_HARM = 0.75, 1.25  # guideline 6: an important effect, as a rough guide
RELATIVE_RISK_REDUCTION = 0.25
LARGE_RATIO = 2.0  # guideline 9: a large effect is a ratio of 2 or of 0.5
SMD_SIZES = (0.2, 0.5, 0.8)  # Cohen; Cochrane Handbook 15.5.3.1


class Thresholds(NamedTuple):
    """The smallest effect that is small, moderate and large, without sign.

    Per 1000 people for outcomes that happen or not, in the outcome's unit for means, in standard
    deviations for SMD. `small` is the minimal important difference.
    """

    small: float
    moderate: float | None = None
    large: float | None = None


def checked(thresholds: Thresholds) -> Thresholds:
    """The thresholds themselves.

    Raises:
        SettingsError: They are not positive, or do not rise.
    """
    given = [value for value in thresholds if value is not None]
    if given[0] <= 0 or given != sorted(given) or len(set(given)) != len(given):
        told = ", ".join(f"{value:g}" for value in given)
        raise SettingsError(f"thresholds {told}: expected positive numbers that rise")
    return thresholds


def effect_size(row: SummaryOfFindingsRow, thresholds: Thresholds | None) -> EffectSize | None:
    """How large the estimate is; None where no threshold applies to the measure.

    Without thresholds a ratio is large from 2 (or 0.5) on, moderate from a quarter more or less on
    and trivial up to 5 % more or less, odds ratios as `risk_ratios`; SMD go by Cohen.
    """
    effect = row.effect
    if effect is None:
        return None
    if effect.measure == "SMD":
        return _sized(abs(effect.estimate), thresholds or Thresholds(*SMD_SIZES))
    if effect.measure == "MD":
        return _sized(abs(effect.estimate), thresholds) if thresholds else None
    if thresholds:
        difference = row.difference_per_1000
        if effect.measure == "RD" and difference is None:
            difference = 1000 * effect.estimate
        return None if difference is None else _sized(abs(difference), thresholds)
    if effect.measure not in RATIO_MEASURES or effect.estimate <= 0:
        return None
    (ratio,) = risk_ratios(row, [effect.estimate])
    if ratio >= LARGE_RATIO or ratio <= 1 / LARGE_RATIO:
        return "large"
    if ratio >= RELATIVE_HARM or ratio <= RELATIVE_BENEFIT:
        return "moderate"
    return "trivial" if 0.95 <= ratio <= 1.05 else "small"


def risk_ratios(row: SummaryOfFindingsRow, ratios: Sequence[float]) -> tuple[float, ...]:
    """Ratios of a row's measure, odds ratios as risk ratios where the comparator risk is known.

    Thresholds are meant for risks: the commoner an outcome, the further its odds ratio lies from 1
    (Cochrane Handbook 15.4.4).
    """
    risk = (row.comparator_risk_per_1000 or 0.0) / 1000
    if row.effect is None or row.effect.measure != "OR" or not 0 < risk < 1:
        return tuple(ratios)
    return tuple(intervention_risk("OR", ratio, risk) / risk for ratio in ratios)


def _sized(size: float, thresholds: Thresholds) -> EffectSize:
    if thresholds.large is not None and size >= thresholds.large:
        return "large"
    if thresholds.moderate is not None and size >= thresholds.moderate:
        return "moderate"
    if size < thresholds.small:
        return "trivial"
    return "small" if thresholds.moderate is not None else "moderate"


def comparator_sd(row: SummaryOfFindingsRow) -> float | None:
    """The median standard deviation of the pooled studies' comparator groups."""
    from statistics import median

    found = [
        study.data.sd_comparator
        for study in row.studies
        if study.percent is not None
        and isinstance(study.data, ContinuousData)
        and study.data.sd_comparator
    ]
    return median(found) if found else None
