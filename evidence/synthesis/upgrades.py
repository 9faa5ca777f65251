"""What raises the certainty of evidence from observational studies.

GRADE guidelines 9 (Guyatt et al., J Clin Epidemiol 2011;64:1311-1316): a large effect (a risk ratio
of 2 or 0.5 one level, of 5 or 0.2 two), a dose-response gradient, and plausible confounding that
would have made the effect look smaller. Nothing is raised where a domain took a level off, nor in
evidence that starts high: with ROBINS-I non-randomised studies start high, because that tool
already asks for what the low start stands for (Schünemann et al. 2019;111:105-114, see
`non_randomised`), and confounding then belongs to risk of bias.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from evidence.findings import Certainty, DomainRating, SummaryOfFindingsRow
from evidence.synthesis.printed import number_text
from evidence.synthesis.thresholds import risk_ratios

LARGE, VERY_LARGE = 2.0, 5.0


class Upgrade(NamedTuple):
    """A reason to raise the certainty, and by how many levels."""

    kind: Literal["large_effect", "dose_response", "opposing_confounding"]
    levels_up: int
    reason: str


def upgrades(
    row: SummaryOfFindingsRow,
    domains: Sequence[DomainRating],
    start: Certainty,
    *,
    dose_response: str = "",
    opposing_confounding: str = "",
) -> tuple[Upgrade, ...]:
    """What raises the certainty of a row that starts low; empty for all others.

    Args:
        row: The pooled outcome.
        domains: The ratings of the five domains; one level off in any of them rules raising out.
        start: Where the rating starts.
        dose_response: A person's sentence on a gradient; empty when there is none.
        opposing_confounding: A person's sentence on confounding that works against the effect.
    """
    if start != "low" or any(domain.levels_down for domain in domains):
        return ()
    found = [_large_effect(row)] if row.effect is not None else []
    if dose_response:
        found.append(Upgrade("dose_response", 1, dose_response))
    if opposing_confounding:
        found.append(Upgrade("opposing_confounding", 1, opposing_confounding))
    return tuple(upgrade for upgrade in found if upgrade is not None)


def _large_effect(row: SummaryOfFindingsRow) -> Upgrade | None:
    """By the ratio and the end of its interval nearer to no effect; odds as risks where possible.

    Two levels ask that the whole interval is at least large.
    """
    effect = row.effect
    if effect is None or effect.measure not in ("RR", "OR", "HR") or effect.ci_low <= 0:
        return None
    risk = (row.comparator_risk_per_1000 or 0.0) / 1000
    name = effect.measure
    if effect.measure == "OR":
        if not 0 < risk < 1:
            return None  # an odds ratio of 2 may be a small risk ratio
        name = "RR"
    ratios = risk_ratios(row, (effect.estimate, effect.ci_low, effect.ci_high))
    away = [ratio if ratios[0] >= 1 else 1 / ratio for ratio in ratios]
    size, nearest = away[0], min(away)
    if size < LARGE or nearest <= 1:
        return None
    very = size >= VERY_LARGE and nearest >= LARGE
    at, low, high = (number_text(ratio) for ratio in ratios)
    reason = f"The effect is {'very ' if very else ''}large: {name} {at} ({low} to {high})."
    return Upgrade("large_effect", 2 if very else 1, reason)
