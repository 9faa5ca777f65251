"""Meta-regression: effects explained by study characteristics, with residual τ².

Fisher scoring and moment estimators of metafor's `rma(mods=)` (Viechtbauer, J Stat Softw
2010;36(3)); own code because statsmodels has no meta-regression.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evidence.errors import EvidenceError
from evidence.findings import PoolingModel
from evidence.synthesis.effect_sizes import Floats

_SETTLED = 1e-13
_STEPS = 2000


class Regression(NamedTuple):
    """Coefficients (one a column of the design), their standard errors, and residual τ²."""

    coefficients: Floats
    standard_errors: Floats
    tau2: float
    q_residual: float


def with_intercept(moderator: Floats) -> Floats:
    """A design of an intercept and one moderator, shape (n_studies, 2)."""
    return np.column_stack([np.ones(len(moderator)), moderator])


def fit(yi: Floats, vi: Floats, design: Floats, model: PoolingModel = "reml") -> Regression:
    """Weighted least squares with the τ² of a model.

    Args:
        yi: Effects, shape (n_studies,).
        vi: Variances above 0, shape (n_studies,).
        design: Shape (n_studies, n_coefficients), of full rank.
        model: fixed, dl, pm or reml.

    Raises:
        EvidenceError: There are too few studies, or τ² does not settle.
    """
    n_studies, n_coefficients = design.shape
    if n_studies < n_coefficients or np.linalg.matrix_rank(design) < n_coefficients:
        raise EvidenceError(
            f"{n_studies} studies cannot tell {n_coefficients} coefficients apart; use fewer"
        )
    tau2 = _tau2(yi, vi, design, model) if n_studies > n_coefficients else 0.0
    weights = 1 / (vi + tau2)
    covariance = np.linalg.inv(design.T * weights @ design)
    coefficients = covariance @ (design.T @ (weights * yi))
    return Regression(
        coefficients, np.sqrt(np.diag(covariance)), tau2, _residual_q(0.0, yi, vi, design)
    )


def _tau2(yi: Floats, vi: Floats, design: Floats, model: PoolingModel) -> float:
    degrees = design.shape[0] - design.shape[1]
    if model == "dl":
        excess = _residual_q(0.0, yi, vi, design) - degrees
        moment: float = excess / float(np.trace(_projection(0.0, vi, design)))
        return max(0.0, moment)
    if model == "pm":
        return _paule_mandel(yi, vi, design, degrees)
    if model == "reml":
        return _reml(yi, vi, design)
    return 0.0


def _projection(tau2: float, vi: Floats, design: Floats) -> NDArray[np.float64]:
    """P = W − WX(X'WX)⁻¹X'W."""
    weights = 1 / (vi + tau2)
    weighted = design * weights[:, None]
    inner = np.linalg.inv(design.T @ weighted)
    return np.asarray(np.diag(weights) - weighted @ inner @ weighted.T)


def _residual_q(tau2: float, yi: Floats, vi: Floats, design: Floats) -> float:
    return float(yi @ _projection(tau2, vi, design) @ yi)


def _paule_mandel(yi: Floats, vi: Floats, design: Floats, degrees: int) -> float:
    from scipy.optimize import brentq

    if _residual_q(0.0, yi, vi, design) <= degrees:
        return 0.0
    upper = float(vi.max() + np.ptp(yi) ** 2)
    while _residual_q(upper, yi, vi, design) > degrees:
        upper *= 4
    return float(
        brentq(
            lambda tau2: _residual_q(tau2, yi, vi, design) - degrees,
            *(0.0, upper),
            xtol=1e-14 * upper,
            rtol=1e-14,
            maxiter=1000,
        )
    )


def _reml(yi: Floats, vi: Floats, design: Floats) -> float:
    """REML by Fisher scoring, steps halved while they would cross 0; shorter where it swings."""
    projection = _projection(0.0, np.ones_like(vi), design)
    start = max(0.0, float(yi @ projection @ yi) / np.trace(projection) - float(vi.mean()))
    unit = float(vi.mean())
    for length in (1.0, 0.5, 0.1):
        tau2 = start
        for _ in range(_STEPS):
            step = length * _scoring_step(tau2, yi, vi, design)
            while tau2 > 0 and step < -tau2:
                step /= 2
            updated = max(0.0, tau2 + step)
            change, tau2 = abs(updated - tau2), updated
            if change <= _SETTLED * (unit + tau2):
                crept = tau2 < 1e-9 * unit and _scoring_step(0.0, yi, vi, design) <= 0
                return 0.0 if crept else tau2
    raise EvidenceError(f"REML did not settle for {len(yi)} studies; use the model dl or pm")


def _scoring_step(tau2: float, yi: Floats, vi: Floats, design: Floats) -> float:
    projection = _projection(tau2, vi, design)
    projected = projection @ yi
    squared = float((projection * projection.T).sum())
    return (float(projected @ projected) - float(np.trace(projection))) / squared
