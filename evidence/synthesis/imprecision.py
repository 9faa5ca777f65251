"""GRADE's imprecision: the confidence interval against thresholds, then the information size.

The interval decides first (GRADE guidelines 6, J Clin Epidemiol 2011;64:1283-1293; guidance 34,
minimally contextualised, and 35, 2022;150:216-242). With thresholds that people set, the question
is on which side of them the effect lies, in absolute terms. Without, it is whether there is an
effect at all, and a relative risk under 0.75 or over 1.25 is important "as a rough guide" (odds
ratios are turned into risk ratios for it, where the comparator risk is known). The information
size counts where the interval alone suggests precision, and where it includes no effect.
"""

from __future__ import annotations

from typing import NamedTuple

from evidence.findings import DomainRating, PooledEffect, SummaryOfFindingsRow
from evidence.synthesis.information_size import (
    CONTINUOUS_SIZE,
    NORMAL_80,
    InformationSize,
    information_size,
    optimal_information_size,
)
from evidence.synthesis.printed import number_text
from evidence.synthesis.study_effects import RATIO_MEASURES
from evidence.synthesis.thresholds import (
    RELATIVE_BENEFIT,
    RELATIVE_HARM,
    RELATIVE_RISK_REDUCTION,
    SMD_SIZES,
    Thresholds,
    checked,
    effect_size,
    risk_ratios,
)

__all__ = ["CONTINUOUS_SIZE", "NORMAL_80", "imprecision", "optimal_information_size"]
FAR_SHORT = 0.5  # of the information size


class _Scale(NamedTuple):
    """The interval on the scale on which importance is judged, with its unit in words."""

    estimate: float
    low: float
    high: float
    unit: str


def imprecision(
    row: SummaryOfFindingsRow,
    minimal_important_difference: float | None = None,
    thresholds: Thresholds | None = None,
) -> DomainRating:
    """Rate the precision of a pooled effect.

    Args:
        row: The row with its effect, participants, comparator risk and studies.
        minimal_important_difference: For MD, SMD and RD on their own scale: the target stays
            whether there is an effect.
        thresholds: Absolute thresholds (per 1000, or in the unit of the outcome): the target is
            then on which side of them the effect lies, and three levels are possible.

    Raises:
        ValueError: The row has no effect.
        SettingsError: The thresholds do not rise.
    """
    effect = row.effect
    if effect is None:
        raise ValueError("imprecision of a row without effect")
    mid = minimal_important_difference
    if mid is None and thresholds is not None and effect.measure in ("MD", "SMD"):
        mid = thresholds.small
    size = information_size(row, mid)
    scale = _absolute(row, effect) if thresholds is not None else None
    if scale is not None and thresholds is not None:
        levels, told = _against_thresholds(scale, checked(thresholds), size)
    else:
        levels, told = _against_no_effect(row, effect, mid, size)
    reason = " ".join((told, _size_sentence(size)))
    return DomainRating(domain="imprecision", levels_down=levels, reason=reason)


def _against_no_effect(
    row: SummaryOfFindingsRow,
    effect: PooledEffect,
    difference: float | None,
    size: InformationSize | None,
) -> tuple[int, str]:
    """No level when no effect is excluded and enough was studied, or all is unimportant.

    Two, when less than half the information size was studied, or no effect is included together
    with important benefit and important harm. An effect that is not large and whose interval
    excludes no effect loses one level at most for its size (guidance 34).
    """
    null = 1.0 if _is_ratio(effect) else 0.0
    limits = _important(effect, row.comparator_risk_per_1000, difference)
    includes_null = effect.ci_low <= null <= effect.ci_high
    low, high = risk_ratios(row, (effect.ci_low, effect.ci_high))
    includes = (low <= limits[0], high >= limits[1]) if limits else (False, False)
    short, far_short = _short(size)
    if not includes_null:
        levels = int(short) + int(far_short and _is_large(row))
    elif all(includes) or far_short:
        levels = 2
    else:
        levels = int(any(includes) or short or not limits)
    interval = _interval(effect.ci_low, effect.ci_high)
    if (low, high) != (effect.ci_low, effect.ci_high):
        interval += f" (as risk ratios {_interval(low, high)})"
    return levels, _interval_sentence(interval, includes_null, limits, includes)


def _against_thresholds(
    scale: _Scale, thresholds: Thresholds, size: InformationSize | None
) -> tuple[int, str]:
    """One level for one threshold crossed, two for two, three from large benefit to large harm.

    Where the interval crosses none, too little information takes one level off, far too little two.
    """
    small, large = thresholds.small, thresholds.large
    crossed = [limit for limit in (-small, small) if scale.low < limit < scale.high]
    levels = len(crossed)
    if large is not None and scale.low <= -large and scale.high >= large:
        levels = 3
    if not crossed:
        levels = sum(_short(size))
    low, high, at = (number_text(v) for v in (scale.low, scale.high, small))
    where = {
        0: f"lies on one side of the thresholds of importance (±{at})",
        1: f"crosses one threshold of importance (±{at})",
        2: f"crosses both thresholds of importance (±{at})",
    }[len(crossed)]
    if levels == 3 and large is not None:
        where += f" and reaches from large benefit to large harm (±{number_text(large)})"
    return levels, f"The 95 % confidence interval, {low} to {high} {scale.unit}, {where}."


def _absolute(row: SummaryOfFindingsRow, effect: PooledEffect) -> _Scale | None:
    """The effect in absolute terms; None where the risks are not known."""
    if effect.measure == "MD":
        return _Scale(effect.estimate, effect.ci_low, effect.ci_high, "in the outcome's unit")
    if effect.measure == "SMD":
        return _Scale(effect.estimate, effect.ci_low, effect.ci_high, "standard deviations")
    ends = (row.difference_per_1000, row.difference_low_per_1000, row.difference_high_per_1000)
    if ends[0] is not None and ends[1] is not None and ends[2] is not None:
        return _Scale(ends[0], ends[1], ends[2], "per 1000")
    if effect.measure == "RD":
        at, low, high = (1000 * v for v in (effect.estimate, effect.ci_low, effect.ci_high))
        return _Scale(at, low, high, "per 1000")
    return None


def _is_large(row: SummaryOfFindingsRow) -> bool:
    """Whether the effect is large, or nothing tells how large it is."""
    return effect_size(row, None) in ("large", None)


def _short(size: InformationSize | None) -> tuple[bool, bool]:
    """Whether the information size is missed, and missed by far."""
    if size is None:
        return False, False
    return size.found < size.needed, size.found < FAR_SHORT * size.needed


def _important(
    effect: PooledEffect, risk_per_1000: float | None, difference: float | None
) -> tuple[float, float] | None:
    """The effects from which on benefit or harm is important, on the natural scale."""
    if _is_ratio(effect):
        return RELATIVE_BENEFIT, RELATIVE_HARM
    if difference is None and effect.measure == "RD" and risk_per_1000:
        difference = RELATIVE_RISK_REDUCTION * risk_per_1000 / 1000
    if difference is None and effect.measure == "SMD":
        difference = SMD_SIZES[1]  # GRADEpro's help: an effect size of 0.5 in either direction
    return None if difference is None else (-abs(difference), abs(difference))


def _interval_sentence(
    interval: str,
    includes_null: bool,
    thresholds: tuple[float, float] | None,
    includes: tuple[bool, bool],
) -> str:
    unit = "includes" if includes_null else "excludes"
    sentence = f"The 95 % confidence interval, {interval}, {unit} no effect"
    if thresholds is None:
        return f"{sentence}; no minimal important difference is set."
    low, high = (number_text(limit) for limit in thresholds)
    match includes:
        case (True, True):
            where = f"both an important reduction ({low}) and an important increase ({high})"
        case (True, False):
            where = f"an important reduction ({low}) but no important increase ({high})"
        case (False, True):
            where = f"an important increase ({high}) but no important reduction ({low})"
        case _:
            where = f"neither an important reduction ({low}) nor an important increase ({high})"
    return f"{sentence} and reaches {where}."


def _size_sentence(size: InformationSize | None) -> str:
    if size is None:
        return "The optimal information size cannot be computed from what was reported."
    against = "reach" if size.found >= size.needed else "fall short of"
    return (
        f"{size.found} {size.unit} {against} the optimal information size of {size.needed} "
        f"({size.basis})."
    )


def _interval(low: float, high: float) -> str:
    return f"{number_text(low)} to {number_text(high)}"


def _is_ratio(effect: PooledEffect) -> bool:
    return effect.measure in RATIO_MEASURES
