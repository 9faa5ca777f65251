"""What asymmetry of a funnel plot does to a pooled effect: Egger's mixed model, trim and fill.

Both are metafor's (`regtest()` and `trimfill()`, estimator L0), with τ² by the model that pools.
"""

from __future__ import annotations

from collections.abc import Callable
from math import erfc, sqrt
from typing import NamedTuple, TypeVar

import numpy as np

from evidence.errors import EvidenceError
from evidence.findings import Measure, PooledEffect, PoolingModel
from evidence.synthesis import meta_regression
from evidence.synthesis.effect_sizes import EffectSizes, Floats, Tables
from evidence.synthesis.pooling import pool_effects
from evidence.synthesis.small_study import MIN_STUDIES, AsymmetryTest, egger, peters

_Test = TypeVar("_Test")

_ROUNDS = 100


class EggerRegression(NamedTuple):
    """Slope of the effects on their standard errors, and the effect where that error is 0."""

    z: float
    p: float
    limit_estimate: float
    tau2: float


class TrimAndFill(NamedTuple):
    """How many studies seem to be missing, on which side, and the effect with them filled in.

    `filled` are the imputed studies on the analysis scale; `effect` pools all of them.
    """

    k0: int
    side: str
    filled: EffectSizes
    effect: PooledEffect


class AsymmetryReport(NamedTuple):
    """The tests that may be done; None with a reason for those that may not."""

    egger: AsymmetryTest | None
    egger_mixed: EggerRegression | None
    peters: AsymmetryTest | None
    reason: str


def egger_mixed(effects: EffectSizes, model: PoolingModel = "reml") -> EggerRegression:
    """Egger's regression with the residual τ² of a model (Sterne & Egger 2005; metafor's default).

    Raises:
        EvidenceError: There are fewer than three studies, or all are equally precise.
    """
    yi, vi = effects
    if len(yi) < 3 or np.ptp(np.sqrt(vi)) <= 1e-12 * float(np.sqrt(vi).max()):
        raise EvidenceError(f"asymmetry needs three studies of different size; found {len(yi)}")
    fit = meta_regression.fit(yi, vi, meta_regression.with_intercept(np.sqrt(vi)), model)
    z = float(fit.coefficients[1] / fit.standard_errors[1])
    return EggerRegression(z, erfc(abs(z) / sqrt(2)), float(fit.coefficients[0]), fit.tau2)


def asymmetry_report(
    effects: EffectSizes, tables: Tables | None = None, model: PoolingModel = "reml"
) -> AsymmetryReport:
    """Egger's and Peters' tests, refused below ten studies (Cochrane Handbook 13.3.5.4).

    A test that these studies do not allow leaves its reason and stops no other.
    """
    k = len(effects.yi)
    if k < MIN_STUDIES:
        return AsymmetryReport(
            None, None, None,
            f"{k} studies: below {MIN_STUDIES} a test cannot tell chance from asymmetry",
        )  # fmt: skip
    reasons: dict[str, None] = {}
    plain = _tried("Egger's test", lambda: egger(effects), reasons)
    mixed = _tried("Egger's test", lambda: egger_mixed(effects, model), reasons)
    by_events = None
    if tables is None:
        reasons["Peters' test needs a ratio from events and totals"] = None
    else:
        by_events = _tried("Peters' test", lambda: peters(effects, tables), reasons)
    return AsymmetryReport(plain, mixed, by_events, "; ".join(reasons))


def _tried(name: str, test: Callable[[], _Test], reasons: dict[str, None]) -> _Test | None:
    try:
        return test()
    except EvidenceError as error:
        reasons[f"{name}: {error}"] = None
        return None


def trim_and_fill(
    effects: EffectSizes,
    measure: Measure,
    model: PoolingModel = "reml",
    *,
    hartung_knapp: bool = False,
) -> TrimAndFill:
    """Duval & Tweedie (Biometrics 2000;56:455-463), estimator L0.

    The side is where studies are thinner: against the slope of Egger's regression.

    Raises:
        EvidenceError: There are fewer than three studies, the model needs tables, or the
            algorithm does not settle.
    """
    yi, vi = effects
    if len(yi) < 3:
        raise EvidenceError(f"trim and fill needs three studies or more; found {len(yi)}")
    if model in ("mh", "peto"):
        raise EvidenceError(f"trim and fill has no model {model}; use fixed, dl, pm or reml")
    right = np.ptp(vi) > 1e-12 * float(vi.max()) and _slope(effects, model) < 0
    order = np.argsort(-yi if right else yi, kind="stable")
    turned, sorted_vi = (-yi if right else yi)[order], vi[order]
    k0, centre = _missing(turned, sorted_vi, model)
    mirrored = 2 * centre - turned[len(yi) - k0 :]
    filled = EffectSizes(-mirrored if right else mirrored, sorted_vi[len(yi) - k0 :])
    both = EffectSizes(np.append(yi, filled.yi), np.append(vi, filled.vi))
    names = [str(place + 1) for place in range(len(yi))] + [f"filled {i + 1}" for i in range(k0)]
    effect = pool_effects(names, both, measure, model, hartung_knapp=hartung_knapp)
    return TrimAndFill(k0, "right" if right else "left", filled, effect)


def _missing(yi: Floats, vi: Floats, model: PoolingModel) -> tuple[int, float]:
    """L0 and the centre it settled on, for effects in ascending order."""
    k = len(yi)
    k0, before = 0, -1
    centre = 0.0
    seen = 0
    while k0 != before:
        seen += 1
        if seen > _ROUNDS or k - k0 < 1:
            raise EvidenceError("trim and fill did not settle; its estimate is not to be had")
        before = k0
        kept = slice(0, k - k0)
        centre = _centre(yi[kept], vi[kept], model)
        distance = yi - centre
        ranks = np.empty(k)
        ranks[np.argsort(np.abs(distance), kind="stable")] = np.arange(1, k + 1)
        above = float(ranks[distance > 0].sum())
        k0 = max(0, round((4 * above - k * (k + 1)) / (2 * k - 1)))
    return k0, centre


def _centre(yi: Floats, vi: Floats, model: PoolingModel) -> float:
    if len(yi) == 1:
        return float(yi[0])
    return float(meta_regression.fit(yi, vi, np.ones((len(yi), 1)), model).coefficients[0])


def _slope(effects: EffectSizes, model: PoolingModel) -> float:
    yi, vi = effects
    fit = meta_regression.fit(yi, vi, meta_regression.with_intercept(np.sqrt(vi)), model)
    return float(fit.coefficients[1])
