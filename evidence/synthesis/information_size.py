"""The optimal information size: participants that one adequately powered trial would need.

GRADE guidelines 6 (Guyatt et al., J Clin Epidemiol 2011;64:1283-1293). Two-sided α 0.05, power 0.8,
equal arms.
"""

from __future__ import annotations

from math import ceil, sqrt
from typing import NamedTuple

from evidence.findings import DichotomousData, SummaryOfFindingsRow
from evidence.synthesis.effect_sizes import NORMAL_975
from evidence.synthesis.printed import number_text
from evidence.synthesis.study_effects import CONTINUOUS_MEASURES
from evidence.synthesis.thresholds import RELATIVE_RISK_REDUCTION, comparator_sd

NORMAL_80 = 0.8416212335729143  # 80 % quantile of the standard normal distribution: the power
CONTINUOUS_SIZE = 400  # guideline 6: the rule of thumb for continuous outcomes
EVENTS_SIZE = 300  # guideline 6: the rule of thumb for events


class InformationSize(NamedTuple):
    """What is needed, what there is, and where the need comes from, as words for a bracket."""

    needed: int
    found: int
    unit: str
    basis: str


def optimal_information_size(comparator_risk: float) -> int | None:
    """Participants, both arms together, that show a 25 % relative reduction of the comparator risk.

    Normal approximation with the pooled proportion under the null (Fleiss, Statistical Methods for
    Rates and Proportions). None for a risk of 0 or 1.
    """
    p1, p2 = comparator_risk, comparator_risk * (1 - RELATIVE_RISK_REDUCTION)
    if not 0 < p1 < 1:
        return None
    mean = (p1 + p2) / 2
    under_null = NORMAL_975 * sqrt(2 * mean * (1 - mean))
    under_effect = NORMAL_80 * sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    return 2 * ceil((under_null + under_effect) ** 2 / (p1 - p2) ** 2)


def continuous_information_size(sd: float, difference: float) -> int:
    """Participants, both arms together, that show a mean difference: 2 · 2(z₁ + z₂)²(sd / d)²."""
    return 2 * ceil(2 * (NORMAL_975 + NORMAL_80) ** 2 * (sd / difference) ** 2)


def information_size(
    row: SummaryOfFindingsRow, minimal_important_difference: float | None
) -> InformationSize | None:
    """The information size for a row; None where the studies do not tell how many took part.

    Continuous outcomes: from standard deviation and minimal important difference, else GRADE's 400.
    Outcomes that happen or not: from the comparator risk (for hazard ratios, over the studies'
    time), else GRADE's 300 events.
    """
    effect, n = row.effect, row.n_participants
    if effect is None or n == 0:
        return None
    if effect.measure in CONTINUOUS_MEASURES:
        sd = 1.0 if effect.measure == "SMD" else comparator_sd(row)
        if sd and minimal_important_difference:
            difference = abs(minimal_important_difference)
            basis = (
                f"difference of {number_text(difference)} with a standard deviation of "
                f"{number_text(sd)}, α 0.05, power 0.8"
            )
            needed = continuous_information_size(sd, difference)
            return InformationSize(needed, n, "participants", basis)
        basis = "the rule of thumb for continuous outcomes"
        return InformationSize(CONTINUOUS_SIZE, n, "participants", basis)
    risk = row.comparator_risk_per_1000
    size = optimal_information_size(risk / 1000) if risk is not None else None
    if size is not None:
        over = " over the studies' time" if effect.measure == "HR" else ""
        basis = f"25 % relative reduction of a risk of {risk:.0f} per 1000{over}, "
        return InformationSize(size, n, "participants", basis + "α 0.05, power 0.8")
    events = total_events(row)
    if events is not None:
        return InformationSize(EVENTS_SIZE, events, "events", "the rule of thumb for events")
    if n < EVENTS_SIZE:  # so few people cannot have had so many events
        return InformationSize(EVENTS_SIZE, n, "participants", "the rule of thumb for events")
    return None


def total_events(row: SummaryOfFindingsRow) -> int | None:
    """Events in both arms of the pooled studies; None unless every one of them counts them."""
    pooled = [study.data for study in row.studies if study.percent is not None]
    counted = [data for data in pooled if isinstance(data, DichotomousData)]
    if not counted or len(counted) < len(pooled):
        return None
    if any(d.events_intervention is None or d.events_comparator is None for d in counted):
        return None
    return sum((d.events_intervention or 0) + (d.events_comparator or 0) for d in counted)
