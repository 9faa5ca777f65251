"""Pooling: from the data of several studies to one effect.

Models: `fixed` (inverse variance), `mh` (Mantel-Haenszel), `peto`, and the random-effects models
`dl` (DerSimonian-Laird), `pm` (Paule-Mandel) and `reml`. Hartung-Knapp changes the standard error
and the quantile of a random-effects model (Knapp & Hartung, Stat Med 2003;22:2693-2710; no ad hoc
correction). The figures are those of metafor, to which tests/reference pins them:

- The prediction interval is that of metafor's `predict()`: normal quantiles, or t with k − 1
  degrees of freedom with Hartung-Knapp (not the k − 2 of Higgins 2009).
- I² comes from τ² for random-effects models, from Q otherwise, in percent.
- τ² is 0 by assumption, without an interval, for `fixed`, `mh` and `peto`.

PyMARE was not tried: its documented estimators hold no Mantel-Haenszel and no Peto.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from math import exp, isfinite, sqrt
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from evidence.errors import EvidenceError
from evidence.findings import (
    ContinuousData,
    DichotomousData,
    GenericData,
    Measure,
    PooledEffect,
    PoolingModel,
    StudyWeight,
)
from evidence.synthesis import heterogeneity
from evidence.synthesis.effect_sizes import NORMAL_975, EffectSizes, Floats, Tables
from evidence.synthesis.printed import number_text
from evidence.synthesis.stratified import mantel_haenszel, peto
from evidence.synthesis.study_effects import (
    DICHOTOMOUS_MEASURES,
    RATIO_MEASURES,
    study_effects,
    tables_of,
    why_not_estimable,
)

RANDOM_MODELS: tuple[PoolingModel, ...] = ("dl", "pm", "reml")


def pool(
    studies: Sequence[str],
    data: Sequence[DichotomousData | ContinuousData | GenericData],
    measure: Measure,
    model: PoolingModel = "reml",
    *,
    hartung_knapp: bool = False,
) -> PooledEffect:
    """Pool complete outcome data of one kind.

    A study whose effect cannot be estimated (no events in either arm for a ratio, no variance) is
    left out of the weights, and `note` says why. Of a single study the effect is its own.

    Args:
        studies: A label per study, in the order of `data`.
        data: One kind only; generic data must be of `measure`.
        measure: The effect measure.
        model: The model of pooling.
        hartung_knapp: Only with a random-effects model.

    Raises:
        EvidenceError: There is nothing to pool, a number is missing, kinds are mixed, or measure,
            model and data do not fit one another.
    """
    check_settings(measure, model, hartung_knapp=hartung_knapp)
    effects = study_effects(studies, data, measure, model)
    reasons = why_not_estimable(effects, data, measure)
    keep = np.array([reason is None for reason in reasons], dtype=bool)
    notes = [f"{s} is left out: {r}" for s, r in zip(studies, reasons, strict=True) if r]
    if not keep.any():
        raise EvidenceError("; ".join(notes) or "no study to pool; give at least one")
    kept = [study for study, kept in zip(studies, keep, strict=True) if kept]
    if model in ("mh", "peto"):
        tables = [d for d, kept in zip(data, keep, strict=True) if kept]
        return pool_tables(kept, tables_of(tables), measure, model, "; ".join(notes))
    return pool_effects(
        kept,
        EffectSizes(effects.yi[keep], effects.vi[keep]),
        measure,
        model,
        hartung_knapp=hartung_knapp,
        note="; ".join(notes),
    )


def pool_effects(
    studies: Sequence[str],
    effects: EffectSizes,
    measure: Measure,
    model: PoolingModel = "reml",
    *,
    hartung_knapp: bool = False,
    note: str = "",
) -> PooledEffect:
    """Pool effects given on the analysis scale with their variances, all finite and positive.

    Raises:
        EvidenceError: There is no study, a variance is not positive, or the model needs tables.
    """
    check_settings(measure, model, hartung_knapp=hartung_knapp)
    yi, vi = effects
    if len(yi) == 0:
        raise EvidenceError("no study to pool; give at least one")
    if model in ("mh", "peto"):
        raise EvidenceError(f"the model {model} needs events and totals; use fixed, dl, pm or reml")
    if not (np.isfinite(yi).all() and np.isfinite(vi).all() and (vi > 0).all()):
        raise EvidenceError("an effect is not finite or its standard error is not positive")
    if len(yi) == 1:
        return _single(studies[0], float(yi[0]), sqrt(float(vi[0])), measure, model, note)
    q = heterogeneity.generalised_q(0.0, yi, vi)
    tau2, interval, i2 = _between_studies(q, yi, vi, model)
    weights = 1 / (vi + tau2)
    estimate = float(weights @ yi / weights.sum())
    se, quantile = sqrt(1 / float(weights.sum())), NORMAL_975
    if hartung_knapp:
        ordinary = quantile * se
        se *= sqrt(heterogeneity.generalised_q(tau2, yi, vi) / (len(yi) - 1))
        quantile = _t_quantile(len(yi) - 1)
        if quantile * se < ordinary:
            note = "; ".join(filter(None, (note, _narrower(measure, estimate, ordinary))))
    spread = quantile * sqrt(se**2 + tau2) if model in RANDOM_MODELS else None
    return _pooled(
        measure, model, studies, weights,
        estimate=estimate, se=se, half_width=quantile * se, prediction_half_width=spread,
        tau2=tau2, tau2_ci=interval, i2=i2, q=q, q_p=_chi2_tail(q, len(yi) - 1),
        hartung_knapp=hartung_knapp, note=note,
    )  # fmt: skip


def _narrower(measure: Measure, estimate: float, half_width: float) -> str:
    """That the ordinary interval is wider (Wiksten, Rücker & Schwarzer, Stat Med 2016;35:2503)."""
    low, high = (natural_scale(measure, estimate + shift) for shift in (-half_width, half_width))
    return (
        "the Hartung-Knapp interval is narrower than the one without it, "
        f"{number_text(low)} to {number_text(high)}, because the studies differ less than by "
        "chance (the wider one is the safer)"
    )


def check_settings(measure: str, model: str, *, hartung_knapp: bool) -> None:
    """Whether measure and model go together.

    Raises:
        EvidenceError: They do not, or one of them does not exist.
    """
    for name, value, known in (
        ("measure", measure, get_args(Measure)),
        ("model", model, get_args(PoolingModel)),
    ):
        if value not in known:
            raise EvidenceError(f"unknown {name} {value!r}; expected one of {', '.join(known)}")
    if model == "peto" and measure != "OR":
        raise EvidenceError(f"the model peto pools odds ratios; {measure} was asked for, use OR")
    if model == "mh" and measure not in DICHOTOMOUS_MEASURES:
        raise EvidenceError(f"the model mh pools OR, RR or RD, not {measure}; use fixed")
    if hartung_knapp and model not in RANDOM_MODELS:
        raise EvidenceError(f"Hartung-Knapp needs the model dl, pm or reml, not {model}")


def natural_scale(measure: Measure, value: float) -> float:
    """An effect on the natural scale; never infinite, so that JSON can hold it."""
    if measure not in RATIO_MEASURES:
        return value
    try:
        return exp(value)
    except OverflowError:
        return sys.float_info.max


def stable(value: float) -> float:
    """Twelve significant digits, so that the last bits of a machine's arithmetic do not show."""
    return float(f"{value:.12g}") + 0.0


def _between_studies(
    q: float, yi: Floats, vi: Floats, model: PoolingModel
) -> tuple[float, tuple[float, float] | None, float]:
    """τ², its Q-profile interval and I² under a model."""
    if model == "fixed":
        return 0.0, None, heterogeneity.i2_from_q(q, len(yi))
    if model == "dl":
        tau2 = heterogeneity.dersimonian_laird(yi, vi)
    elif model == "pm":
        tau2 = heterogeneity.paule_mandel(yi, vi)
    else:
        tau2 = heterogeneity.restricted_maximum_likelihood(yi, vi)
    return tau2, heterogeneity.q_profile(yi, vi), heterogeneity.i2_from_tau2(tau2, vi)


def pool_tables(
    studies: Sequence[str], tables: Tables, measure: Measure, model: PoolingModel, note: str = ""
) -> PooledEffect:
    """Pool 2 × 2 tables by Mantel-Haenszel or Peto; cells may be fractions (effective sizes).

    Raises:
        EvidenceError: The effect or its variance cannot be had from these cells.
    """
    found = peto(tables) if model == "peto" else mantel_haenszel(tables, measure)
    if found.se == 0:
        raise EvidenceError(f"the {measure} has no variance: every cell it needs is empty")
    if len(studies) == 1:
        return _single(studies[0], found.estimate, found.se, measure, model, note)
    several = found.k_q > 1
    return _pooled(
        measure, model, studies, found.weights,
        estimate=found.estimate, se=found.se, half_width=NORMAL_975 * found.se,
        prediction_half_width=None, tau2=0.0, tau2_ci=None,
        i2=heterogeneity.i2_from_q(found.q, found.k_q) if several else None,
        q=found.q if several else None,
        q_p=_chi2_tail(found.q, found.k_q - 1) if several else None, note=note,
    )  # fmt: skip


def _single(
    study: str, estimate: float, se: float, measure: Measure, model: PoolingModel, note: str
) -> PooledEffect:
    """The effect of one study: nothing is between studies, so nothing is said about it."""
    return _pooled(
        measure, model, [study], np.ones(1),
        estimate=estimate, se=se, half_width=NORMAL_975 * se, prediction_half_width=None,
        tau2=None, tau2_ci=None, i2=None, q=None, q_p=None, note=note,
    )  # fmt: skip


def _pooled(
    measure: Measure,
    model: PoolingModel,
    studies: Sequence[str],
    weights: NDArray[np.float64],
    *,
    estimate: float,
    se: float,
    half_width: float,
    prediction_half_width: float | None,
    tau2: float | None,
    tau2_ci: tuple[float, float] | None,
    i2: float | None,
    q: float | None,
    q_p: float | None,
    note: str,
    hartung_knapp: bool = False,
) -> PooledEffect:
    if not (isfinite(estimate) and isfinite(se)):
        raise EvidenceError(f"the pooled {measure} is not finite; check the studies' numbers")

    def at(shift: float) -> float:
        return stable(natural_scale(measure, estimate + shift))

    percent = 100 * weights / weights.sum()
    around = prediction_half_width
    return PooledEffect(
        measure=measure,
        model=model,
        estimate=at(0.0),
        ci_low=at(-half_width),
        ci_high=at(half_width),
        pi_low=None if around is None else at(-around),
        pi_high=None if around is None else at(around),
        analysis_estimate=stable(estimate),
        analysis_se=stable(se),
        tau2=None if tau2 is None else stable(tau2),
        tau2_ci=None if tau2_ci is None else (stable(tau2_ci[0]), stable(tau2_ci[1])),
        i2=None if i2 is None else stable(i2),
        q=None if q is None else stable(q),
        q_p=None if q_p is None else stable(q_p),
        k_studies=len(studies),
        weights=tuple(
            StudyWeight(study=study, percent=stable(float(share)))
            for study, share in zip(studies, percent, strict=True)
        ),
        hartung_knapp=hartung_knapp,
        note=note,
    )


def _chi2_tail(q: float, degrees: int) -> float:
    from scipy import stats

    return float(stats.chi2.sf(q, degrees))


def _t_quantile(degrees: int) -> float:
    from scipy import stats

    return float(stats.t.ppf(0.975, degrees))
