"""How much each eligibility criterion counts in a record's score before anyone has screened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evidence.judgements import CriterionVerdict
from evidence.question import EligibilityCriterion

# A record that fails on whom or what was studied is further from the question than one that only
# lacks the comparator or whose design the abstract does not tell.
_PRIOR = {"population": 2.0, "intervention": 2.0}
_PRIOR_OTHERS = 1.0
_FAVOUR = {"met": 1.0, "unclear": 0.0, "not_met": -1.0}


def prior_weights(criteria: Sequence[EligibilityCriterion]) -> dict[str, float]:
    """The weights before anyone has screened, by criterion."""
    return {c.criterion_id: _PRIOR.get(c.criterion_id, _PRIOR_OTHERS) for c in criteria}


def weighted_score(
    criteria: Sequence[EligibilityCriterion],
    verdicts: Sequence[CriterionVerdict],
    weights: Mapping[str, float],
) -> float:
    """The weighted share of criteria in a record's favour, in [0, 1]; `unclear` counts half.

    A criterion without a verdict is unclear; without criteria, or when no criterion weighs
    anything, every record scores 0.
    """
    total = sum(weights.get(c.criterion_id, 0.0) for c in criteria)
    if total <= 0:
        return 0.0
    favours = favour(criteria, verdicts)
    earned = sum(
        weights.get(c.criterion_id, 0.0) * (1.0 + share) / 2.0
        for c, share in zip(criteria, favours, strict=True)
    )
    return round(float(earned / total), 6)


def favour(
    criteria: Sequence[EligibilityCriterion], verdicts: Sequence[CriterionVerdict]
) -> tuple[float, ...]:
    """How each criterion speaks for a record: 1 in its favour, -1 against it, 0 open."""
    by_id = {v.criterion_id: _FAVOUR[v.verdict] for v in verdicts}
    return tuple(
        by_id.get(c.criterion_id, 0.0) * (1.0 if c.kind == "inclusion" else -1.0) for c in criteria
    )
