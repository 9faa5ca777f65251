"""Between-study variance and heterogeneity: Q, I², τ² and its confidence interval.

Own code, because statsmodels falls short here: its DerSimonian-Laird τ² may be negative, its
Paule-Mandel iteration returns 0 when rounding carries it past the root, and it has neither REML nor
the Q profile. Iterations run until τ² is settled to about 1e-12 of the typical variance; metafor
stops earlier by default (see tests/reference/metafor.R).

All functions take effects `yi` and variances `vi > 0` of shape (n_studies,), n_studies >= 2.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evidence.errors import EvidenceError
from evidence.synthesis.effect_sizes import Floats

_SETTLED = 1e-13  # change of τ² per step, in units of the typical sampling variance
_STEPS = 2000
_LIKELIER = (
    1.22e-4  # by how much τ² = 0 must be likelier to overrule a local maximum, as in metafor
)


def generalised_q(tau2: float, yi: Floats, vi: Floats) -> float:
    """Q(τ²) = Σ (yi − μ̂)² / (vi + τ²); Cochran's Q at τ² = 0."""
    weights = 1 / (vi + tau2)
    mean = float(weights @ yi / weights.sum())
    return float(weights @ (yi - mean) ** 2)


def typical_variance(vi: Floats) -> float:
    """The typical sampling variance of Higgins & Thompson (Stat Med 2002;21:1539-1558)."""
    weights = 1 / vi
    total = weights.sum()
    return float((len(vi) - 1) / (total - (weights @ weights) / total))


def i2_from_tau2(tau2: float, vi: Floats) -> float:
    """I² in percent as metafor defines it for random-effects models: τ² / (τ² + typical)."""
    return 100 * tau2 / (tau2 + typical_variance(vi))


def i2_from_q(q: float, k: int) -> float:
    """I² in percent from Cochran's Q, never below 0."""
    return max(0.0, 100 * (q - (k - 1)) / q) if q > 0 else 0.0


def dersimonian_laird(yi: Floats, vi: Floats) -> float:
    """τ² by moments (DerSimonian & Laird, Control Clin Trials 1986;7:177-188), at least 0."""
    weights = 1 / vi
    total = weights.sum()
    excess = generalised_q(0.0, yi, vi) - (len(yi) - 1)
    return max(0.0, float(excess / (total - (weights @ weights) / total)))


def paule_mandel(yi: Floats, vi: Floats) -> float:
    """τ² at which Q(τ²) is its expectation k − 1 (Paule & Mandel, J Res NBS 1982;87:377-385)."""
    return _tau2_where_q_is(len(yi) - 1, yi, vi)


def restricted_maximum_likelihood(yi: Floats, vi: Floats) -> float:
    """τ² by REML with Fisher scoring from the Hedges-Olkin start, as metafor does it.

    Steps are halved while they would cross 0. Where full steps do not settle, the whole search is
    repeated with shorter ones.

    Raises:
        EvidenceError: The search does not settle.
    """
    unit = typical_variance(vi)
    start = max(0.0, float(np.var(yi, ddof=1) - vi.mean()))
    for step in (1.0, 0.5, 0.1):
        tau2 = start
        for _ in range(_STEPS):
            updated = max(0.0, tau2 + step * _bounded(_reml_step(tau2, yi, vi), tau2 / step))
            change, tau2 = abs(updated - tau2), updated
            if change <= _SETTLED * (unit + tau2):
                return _at_border(tau2, unit, yi, vi)
    raise EvidenceError(
        f"REML found no between-study variance for {len(yi)} studies; use the model dl or pm"
    )


def q_profile(yi: Floats, vi: Floats) -> tuple[float, float]:
    """95 % confidence interval of τ² (Viechtbauer, Stat Med 2007;26:37-52).

    (0, 0) where even τ² = 0 is too heterogeneous an explanation: the interval is then empty.
    """
    from scipy import stats

    low, high = stats.chi2.ppf([0.025, 0.975], len(yi) - 1)
    return _tau2_where_q_is(float(high), yi, vi), _tau2_where_q_is(float(low), yi, vi)


def _tau2_where_q_is(target: float, yi: Floats, vi: Floats) -> float:
    """The root of the decreasing Q(τ²) = target, or 0 when Q(0) is below the target already."""
    from scipy.optimize import brentq

    if generalised_q(0.0, yi, vi) <= target:
        return 0.0
    excess: Callable[[float], float] = lambda tau2: generalised_q(tau2, yi, vi) - target  # noqa: E731
    upper = float(vi.max() + np.ptp(yi) ** 2)
    while excess(upper) > 0:
        upper *= 4
    return float(brentq(excess, 0.0, upper, xtol=1e-14 * upper, rtol=1e-14, maxiter=1000))


def _reml_step(tau2: float, yi: Floats, vi: Floats) -> float:
    """The Fisher scoring step of τ²: (y'PPy − tr P) / tr PP, with P of an intercept-only model."""
    weights = 1 / (vi + tau2)
    total, squares, cubes = (float((weights**power).sum()) for power in (1, 2, 3))
    mean = float(weights @ yi) / total
    quadratic = float(weights**2 @ (yi - mean) ** 2)
    trace = total - squares / total
    trace_squared = squares - 2 * cubes / total + (squares / total) ** 2
    return (quadratic - trace) / trace_squared


def _bounded(step: float, room: float) -> float:
    """The step, halved until it does not go down by more than `room`."""
    while room > 0 and step < -room:
        step /= 2
    return step


def _at_border(tau2: float, unit: float, yi: Floats, vi: Floats) -> float:
    """Exactly 0 where halved steps have crept up to it, or where 0 is the likelier maximum."""
    crept = tau2 < 1e-9 * unit and _reml_step(0.0, yi, vi) <= 0
    gain = _restricted_log_likelihood(tau2, yi, vi) - _restricted_log_likelihood(0.0, yi, vi)
    return 0.0 if crept or gain < -_LIKELIER else tau2


def _restricted_log_likelihood(tau2: float, yi: Floats, vi: Floats) -> float:
    """Up to a constant."""
    information = float((1 / (vi + tau2)).sum())
    spread = float(np.log(vi + tau2).sum())
    return -0.5 * (spread + float(np.log(information)) + generalised_q(tau2, yi, vi))
