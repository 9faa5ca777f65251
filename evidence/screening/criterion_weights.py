"""How much each eligibility criterion counts in a record's score, learned from a reviewer's labels.

A reviewer shows by including and excluding which criteria matter. The weights start from a prior
and move only as far as the labels carry them: logistic regression in which the weights are Gaussian
about the prior (maximum a posteriori; Gelman et al., Bayesian Data Analysis, 3rd ed., §16.3). They
are never negative: a criterion in a record's favour cannot lower its score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from evidence.judgements import CriterionVerdict
from evidence.question import EligibilityCriterion

# A record that fails on whom or what was studied is further from the question than one that only
# lacks the comparator or whose design the abstract does not tell.
_PRIOR = {"population": 2.0, "intervention": 2.0}
_PRIOR_OTHERS = 1.0
_FAVOUR = {"met": 1.0, "unclear": 0.0, "not_met": -1.0}
# Each verdict is a step of one; a weight strays by a factor of a few with few labels. The base
# rate of inclusion says nothing of the criteria and is left free.
_PRIOR_SD = 1.0
_INTERCEPT_SD = 10.0
_STEPS = 500
_CLOSE_ENOUGH = 1e-9


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


def learned_weights(
    criteria: Sequence[EligibilityCriterion],
    verdicts: Sequence[Sequence[CriterionVerdict]],
    labels: Sequence[bool],
) -> dict[str, float]:
    """The weights that a reviewer's decisions show, by criterion; the prior where there are none.

    Args:
        criteria: Those of the question.
        verdicts: The engine's verdicts on each screened record, [n_records].
        labels: Whether the reviewer included it, [n_records]. With all of one kind the prior holds:
            nothing tells what sets the included apart.

    Raises:
        ValueError: There are not as many labels as records.
    """
    prior = prior_weights(criteria)
    if len(verdicts) != len(labels):
        raise ValueError(f"{len(verdicts)} records, {len(labels)} labels: expected one for each")
    if not criteria or not any(labels) or all(labels):
        return prior
    favours = np.array([favour(criteria, given) for given in verdicts], dtype=np.float64)
    centre = np.array([prior[c.criterion_id] for c in criteria])
    weights = _fit(favours, np.array(labels, dtype=np.float64), centre)
    return {c.criterion_id: round(float(w), 6) for c, w in zip(criteria, weights, strict=True)}


def _fit(
    favours: NDArray[np.float64], labels: NDArray[np.float64], centre: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The weights of highest posterior density, [n_criteria]; projected gradient steps.

    The objective is convex, and its curvature is bounded, so that a step of one over the bound
    never overshoots.
    """
    n_criteria = len(centre)
    inputs = np.column_stack([favours, np.ones(len(labels))])
    precision = np.array([_PRIOR_SD**-2] * n_criteria + [_INTERCEPT_SD**-2])
    middle = np.append(centre, 0.0)
    step = 1.0 / (0.25 * float(np.linalg.norm(inputs, 2)) ** 2 + float(precision.max()))
    point = ahead = middle.copy()
    momentum = 1.0
    for _ in range(_STEPS):
        errors = _sigmoid(inputs @ ahead) - labels
        moved = ahead - step * (inputs.T @ errors + precision * (ahead - middle))
        moved[:n_criteria] = np.maximum(moved[:n_criteria], 0.0)
        faster = (1.0 + (1.0 + 4.0 * momentum**2) ** 0.5) / 2.0
        ahead = moved + (momentum - 1.0) / faster * (moved - point)
        done = float(np.abs(moved - point).max()) < _CLOSE_ENOUGH
        point, momentum = moved, faster
        if done:
            break
    return point[:n_criteria]


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -500.0, 500.0))), dtype=np.float64)


def weights_in_words(
    criteria: Sequence[EligibilityCriterion], weights: Mapping[str, float]
) -> tuple[str, ...]:
    """What the reviewer's decisions say of each criterion, a sentence each, heaviest first."""
    prior = prior_weights(criteria)
    total = sum(weights.get(c.criterion_id, 0.0) for c in criteria)
    told = []
    for criterion in sorted(criteria, key=lambda c: -weights.get(c.criterion_id, 0.0)):
        name = criterion.criterion_id
        weight = weights.get(name, 0.0)
        share = 100.0 * weight / total if total > 0 else 0.0
        change = weight - prior[name]
        moved = (
            "as before screening"
            if abs(change) < 0.1 * prior[name]
            else f"{'more' if change > 0 else 'less'} than before screening"
        )
        told.append(f"{name}: {share:.0f} % of the score, {moved}")
    return tuple(told)
