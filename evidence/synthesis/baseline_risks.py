"""Baseline risks, and what a pooled effect means per 1000 people at each of them.

GRADE guidelines 12 (Guyatt et al., J Clin Epidemiol 2013;66:158-172): the comparator groups' median
stands for a typical patient; where their risks differ much, a low and a high risk stand beside it.
A user may give better ones, from registries or cohorts.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median, quantiles
from typing import NamedTuple

from evidence.errors import SettingsError
from evidence.findings import DichotomousData, PooledEffect, StudyResult
from evidence.synthesis.absolute_effects import intervention_risk, rounded

DIFFER_BY = 2.0  # the ratio of upper to lower quartile from which one risk does not fit all
FEWEST_STUDIES = 4  # quartiles of fewer studies say nothing
_ABSOLUTE_MEASURES = ("RR", "OR", "HR", "RD")


class BaselineRisk(NamedTuple):
    """A risk without the intervention, in 0 to 1, and where it is from."""

    name: str
    risk: float
    source: str


class AbsoluteEffect(NamedTuple):
    """Risks and difference per 1000 people, with the interval of the difference."""

    baseline: BaselineRisk
    comparator: float
    intervention: float
    difference: float
    difference_low: float
    difference_high: float


def baseline_risks(
    studies: Sequence[StudyResult], given: Sequence[float] = ()
) -> tuple[BaselineRisk, ...]:
    """The risks to show: the user's, else the median, with quartiles where risks differ much.

    Args:
        studies: The pooled studies; those without events and totals tell no risk.
        given: The user's risks in 0 to 1, in any order.

    Raises:
        SettingsError: A given risk is not in 0 to 1.
    """
    if given:
        for risk in given:
            if not 0 <= risk <= 1:
                raise SettingsError(f"baseline risk {risk:g}: expected a share from 0 to 1")
        names = {1: ("given",), 2: ("low", "high"), 3: ("low", "medium", "high")}.get(
            len(given), tuple(f"given {n}" for n in range(1, len(given) + 1))
        )
        pairs = zip(names, sorted(given), strict=True)
        return tuple(BaselineRisk(name, risk, "given by the user") for name, risk in pairs)
    risks = [
        (study.data.events_comparator or 0) / study.data.total_comparator
        for study in studies
        if isinstance(study.data, DichotomousData)
        and study.data.total_comparator
        and study.data.events_comparator is not None
    ]
    if not risks:
        return ()
    middle = rounded(median(risks))
    if len(risks) >= FEWEST_STUDIES:
        low, _, high = quantiles(risks, n=4, method="inclusive")
        if high > 0 and (low == 0 or high / low >= DIFFER_BY) and low < middle < high:
            source = f"quartile of the comparator groups of {len(risks)} studies"
            return (
                BaselineRisk("low", low, f"lower {source}"),
                BaselineRisk("medium", middle, f"median of the {source.partition(' of the ')[2]}"),
                BaselineRisk("high", high, f"upper {source}"),
            )
    one = len(risks) == 1
    source = "comparator group of the study" if one else (
        f"median of the comparator groups of {len(risks)} studies"
    )  # fmt: skip
    return (BaselineRisk("study" if one else "median", middle, source),)


def absolute_effect_at(effect: PooledEffect, baseline: BaselineRisk) -> AbsoluteEffect | None:
    """The effect per 1000 people at a baseline risk; None for means, and for a ratio of no risk.

    A hazard ratio acts on the share without event, 1 - (1 - risk)^HR, so that the risk is the one
    over the time that the baseline risk is for (guideline 12; Tierney et al., Trials 2007;8:16).
    """
    if effect.measure not in _ABSOLUTE_MEASURES:
        return None
    if effect.measure != "RD" and baseline.risk == 0:
        return None
    at, low, high = (
        _risk(effect, value, baseline.risk)
        for value in (effect.estimate, effect.ci_low, effect.ci_high)
    )
    return AbsoluteEffect(
        baseline,
        *(
            rounded(1000 * value)
            for value in (
                baseline.risk,
                at,
                at - baseline.risk,
                low - baseline.risk,
                high - baseline.risk,
            )
        ),
    )


def _risk(effect: PooledEffect, value: float, comparator_risk: float) -> float:
    if effect.measure == "HR":
        return float(1 - (1 - comparator_risk) ** max(value, 0.0))
    return intervention_risk(effect.measure, value, comparator_risk)
