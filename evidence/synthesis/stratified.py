"""Pooling 2 × 2 tables without study effects: Mantel-Haenszel and Peto.

Own code: statsmodels' `StratifiedTable` has the odds ratio (it serves the tests as a second
reference) but neither the variance of the risk ratio nor the risk difference nor Peto.
"""

from __future__ import annotations

from math import log, sqrt
from typing import NamedTuple

from evidence.errors import EvidenceError
from evidence.findings import Measure
from evidence.synthesis.effect_sizes import (
    Floats,
    Tables,
    log_odds_ratio,
    log_risk_ratio,
    observed_minus_expected,
    risk_difference,
)


class StratifiedEffect(NamedTuple):
    """An effect on the analysis scale, its standard error, weights, Q and Q's k."""

    estimate: float
    se: float
    weights: Floats
    q: float
    k_q: int


def mantel_haenszel(tables: Tables, measure: Measure) -> StratifiedEffect:
    """Pool without continuity correction; Q compares the (corrected) study effects with the pool.

    Variances: Robins, Breslow & Greenland (Biometrics 1986;42:311-323) for the odds ratio,
    Greenland & Robins (Biometrics 1985;41:55-68) for the risk ratio, Sato, Greenland & Robins
    (Biometrics 1989;45:1323-1324) for the risk difference.

    Raises:
        EvidenceError: There are no events (or, for the odds ratio, only events) in an arm.
    """
    if measure == "OR":
        estimate, se, weights = _odds_ratio(tables)
        effects = log_odds_ratio(tables)
    elif measure == "RR":
        estimate, se, weights = _risk_ratio(tables)
        effects = log_risk_ratio(tables)
    else:
        estimate, se, weights = _risk_difference(tables)
        effects = risk_difference(tables)
    # Q leaves out the studies that carry no information on the odds ratio, as rma.mh() does.
    usable = ~(tables.without_events | tables.all_events)
    q = float((((effects.yi - estimate) ** 2) / effects.vi)[usable].sum())
    return StratifiedEffect(estimate, se, weights, q, int(usable.sum()))


def peto(tables: Tables) -> StratifiedEffect:
    """Pool log odds ratios as Σ(O − E) / ΣV (Yusuf et al., Prog Cardiovasc Dis 1985;27:335-371).

    Raises:
        EvidenceError: Nobody, or everybody, had the event in every study.
    """
    difference, variance = observed_minus_expected(tables)
    total = float(variance.sum())
    if total <= 0:
        raise EvidenceError("Peto's odds ratio needs a study with events in some participants")
    estimate = float(difference.sum()) / total
    usable = variance > 0
    q = float((difference[usable] ** 2 / variance[usable]).sum()) - total * estimate**2
    return StratifiedEffect(estimate, sqrt(1 / total), variance, max(0.0, q), int(usable.sum()))


def _odds_ratio(tables: Tables) -> tuple[float, float, Floats]:
    a, b, c, d = tables
    n = a + b + c + d
    p, q, r, s = (a + d) / n, (b + c) / n, a * d / n, b * c / n
    r_sum, s_sum = float(r.sum()), float(s.sum())
    if r_sum == 0 or s_sum == 0:
        raise EvidenceError(
            "the Mantel-Haenszel odds ratio is 0 or infinite here: an arm has no events, or only "
            "events, in every study; use the measure RD or the model peto"
        )
    variance = (
        (p * r).sum() / r_sum**2
        + (p * s + q * r).sum() / (r_sum * s_sum)
        + (q * s).sum() / s_sum**2
    ) / 2
    return log(r_sum / s_sum), sqrt(float(variance)), s


def _risk_ratio(tables: Tables) -> tuple[float, float, Floats]:
    a, b, c, d = tables
    n1, n2 = a + b, c + d
    n = n1 + n2
    r_sum, weights = float((a * n2 / n).sum()), c * n1 / n
    s_sum = float(weights.sum())
    if r_sum == 0 or s_sum == 0:
        raise EvidenceError(
            "the Mantel-Haenszel risk ratio is 0 or infinite here: an arm has no events in every "
            "study; use the measure RD, or OR with the model peto"
        )
    variance = (n1 * n2 * (a + c) / n**2 - a * c / n).sum() / (r_sum * s_sum)
    return log(r_sum / s_sum), sqrt(max(0.0, float(variance))), weights


def _risk_difference(tables: Tables) -> tuple[float, float, Floats]:
    a, b, c, d = tables
    n1, n2 = a + b, c + d
    n = n1 + n2
    weights = n1 * n2 / n
    total = float(weights.sum())
    estimate = float((a * n2 / n - c * n1 / n).sum()) / total
    p = (c * (n1 / n) ** 2 - a * (n2 / n) ** 2 + (n1 / n) * (n2 / n) * (n2 - n1) / 2).sum()
    q = ((a * d + c * b) / n).sum() / 2
    return estimate, sqrt(max(0.0, float(estimate * p + q))) / total, weights
