"""GRADE's imprecision: confidence interval against no effect and importance, and enough people.

GRADE guidelines 6 (Guyatt et al., J Clin Epidemiol 2011;64:1283-1293).
"""

from __future__ import annotations

from math import ceil, sqrt

from evidence.findings import DomainRating, PooledEffect, SummaryOfFindingsRow
from evidence.synthesis.effect_sizes import NORMAL_975
from evidence.synthesis.printed import number_text
from evidence.synthesis.study_effects import DICHOTOMOUS_MEASURES, RATIO_MEASURES

RELATIVE_BENEFIT, RELATIVE_HARM = 0.75, 1.25  # a quarter less or more is held to be important
RELATIVE_RISK_REDUCTION = 0.25
NORMAL_80 = 0.8416212335729143  # 80 % quantile of the standard normal distribution: the power
CONTINUOUS_SIZE = 400  # GRADE's rule of thumb for continuous outcomes


def imprecision(
    row: SummaryOfFindingsRow, minimal_important_difference: float | None = None
) -> DomainRating:
    """Rate the precision of a pooled effect.

    No level is taken off when the interval excludes no effect and the optimal information size is
    reached, or when it lies within what is held unimportant. Two levels, when it includes no effect
    and either important benefit and important harm, or less than half that size was studied.
    """
    effect = row.effect
    if effect is None:
        raise ValueError("imprecision of a row without effect")
    low, high, null = effect.ci_low, effect.ci_high, 1.0 if _is_ratio(effect) else 0.0
    thresholds = _important(effect, row.comparator_risk_per_1000, minimal_important_difference)
    includes_null = low <= null <= high
    includes = (low <= thresholds[0], high >= thresholds[1]) if thresholds else (False, False)
    size = _information_size(row, effect)
    too_few = size is not None and row.n_participants < size
    far_too_few = size is not None and row.n_participants < size / 2
    if not includes_null:
        levels = int(too_few)
    elif all(includes) or far_too_few:
        levels = 2
    else:
        levels = int(any(includes) or too_few or not thresholds)
    reason = " ".join(
        (
            _interval_sentence(effect, includes_null, thresholds, includes),
            _size_sentence(row, effect, size),
        )
    )
    return DomainRating(domain="imprecision", levels_down=levels, reason=reason)


def optimal_information_size(comparator_risk: float) -> int | None:
    """Participants, both arms together, that show a 25 % relative reduction of the comparator risk.

    Two-sided α 0.05, power 0.8, equal arms, normal approximation with the pooled proportion under
    the null (Fleiss, Statistical Methods for Rates and Proportions). None for a risk of 0 or 1.
    """
    p1, p2 = comparator_risk, comparator_risk * (1 - RELATIVE_RISK_REDUCTION)
    if not 0 < p1 < 1:
        return None
    mean = (p1 + p2) / 2
    under_null = NORMAL_975 * sqrt(2 * mean * (1 - mean))
    under_effect = NORMAL_80 * sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    return 2 * ceil((under_null + under_effect) ** 2 / (p1 - p2) ** 2)


def _important(
    effect: PooledEffect, risk_per_1000: float | None, difference: float | None
) -> tuple[float, float] | None:
    """The effects from which on benefit or harm is important, on the natural scale."""
    if _is_ratio(effect):
        return RELATIVE_BENEFIT, RELATIVE_HARM
    if difference is None and effect.measure == "RD" and risk_per_1000:
        difference = RELATIVE_RISK_REDUCTION * risk_per_1000 / 1000
    return None if difference is None else (-abs(difference), abs(difference))


def _information_size(row: SummaryOfFindingsRow, effect: PooledEffect) -> int | None:
    if row.n_participants == 0:
        return None
    if effect.measure in DICHOTOMOUS_MEASURES and row.comparator_risk_per_1000 is not None:
        return optimal_information_size(row.comparator_risk_per_1000 / 1000)
    return CONTINUOUS_SIZE if effect.measure in ("MD", "SMD") else None


def _interval_sentence(
    effect: PooledEffect,
    includes_null: bool,
    thresholds: tuple[float, float] | None,
    includes: tuple[bool, bool],
) -> str:
    unit = "includes" if includes_null else "excludes"
    sentence = f"The 95 % confidence interval, {_interval(effect)}, {unit} no effect"
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


def _size_sentence(row: SummaryOfFindingsRow, effect: PooledEffect, size: int | None) -> str:
    if size is None:
        return "The optimal information size cannot be computed from what was reported."
    against = "reach" if row.n_participants >= size else "fall short of"
    if effect.measure in ("MD", "SMD"):
        basis = "the rule of thumb for continuous outcomes"
    else:
        risk = row.comparator_risk_per_1000 or 0.0
        basis = f"25 % relative reduction of a risk of {risk:.0f} per 1000, α 0.05, power 0.8"
    return (
        f"{row.n_participants} participants {against} the optimal information size of {size} "
        f"({basis})."
    )


def _interval(effect: PooledEffect) -> str:
    low, high = (number_text(end) for end in (effect.ci_low, effect.ci_high))
    return f"{low} to {high}"


def _is_ratio(effect: PooledEffect) -> bool:
    return effect.measure in RATIO_MEASURES
