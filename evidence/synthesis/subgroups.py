"""Subgroups: each pooled alone, with its own τ², and the test that they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from evidence.errors import EvidenceError
from evidence.findings import PooledEffect
from evidence.synthesis.sensitivity import Repool


class Subgroup(NamedTuple):
    """A subgroup's name, the places of its studies and its effect; None with the reason."""

    name: str
    places: tuple[int, ...]
    effect: PooledEffect | None
    note: str = ""


class Subgroups(NamedTuple):
    """Subgroups in order of appearance; Q between them with its degrees of freedom."""

    groups: tuple[Subgroup, ...]
    q_between: float | None
    degrees: int
    p: float | None


def subgroup_analysis(names: Sequence[str], repool: Repool) -> Subgroups:
    """Pool each subgroup and compare them (Cochrane Handbook 10.11.3.1).

    Q between is Cochran's Q of the subgroups' pooled effects, Σ wg (θg − θ)², wg = 1/se²g, as
    RevMan computes it and metafor's `rma(theta, sei=se, method="FE")` does; each subgroup has a τ²
    of its own. (With common-effect models it equals Q total − Σ Q within.)

    Args:
        names: The subgroup of each study.
        repool: Pools the studies at the places it is given.

    Raises:
        EvidenceError: There is one subgroup only.
    """
    from scipy import stats

    distinct = list(dict.fromkeys(names))
    if len(distinct) < 2:
        raise EvidenceError(f"one subgroup only ({distinct[0]}); expected two or more to compare")
    groups = tuple(_subgroup(name, names, repool) for name in distinct)
    pooled = [group.effect for group in groups if group.effect is not None]
    if len(pooled) < 2:
        return Subgroups(groups, None, 0, None)
    weights = [1 / effect.analysis_se**2 for effect in pooled if effect.analysis_se > 0]
    if len(weights) < len(pooled):
        return Subgroups(groups, None, 0, None)
    estimates = [effect.analysis_estimate for effect in pooled]
    mean = sum(w * e for w, e in zip(weights, estimates, strict=True)) / sum(weights)
    q = sum(w * (e - mean) ** 2 for w, e in zip(weights, estimates, strict=True))
    return Subgroups(groups, q, len(pooled) - 1, float(stats.chi2.sf(q, len(pooled) - 1)))


def _subgroup(name: str, names: Sequence[str], repool: Repool) -> Subgroup:
    places = tuple(place for place, other in enumerate(names) if other == name)
    try:
        return Subgroup(name, places, repool(places))
    except EvidenceError as error:
        return Subgroup(name, places, None, str(error))
