"""Effect sizes of single studies, as pure functions on arrays.

Each function returns `EffectSizes(yi, vi)`: effects on the scale that is pooled (logs for ratios;
intervention over, or minus, comparator) and their sampling variances. The formulas are those of
metafor's `escalc()` with its defaults (Viechtbauer, J Stat Softw 2010;36(3)).

statsmodels is not used: its `effectsize_2proportions` adds the continuity correction to the events
of every study once it is asked for one, and its `effectsize_smd` approximates Hedges' J.
"""

from __future__ import annotations

from math import exp, lgamma, log, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

CONTINUITY_CORRECTION = 0.5  # added to all four cells of a study that has an empty one
NORMAL_975 = 1.959963984540054  # the 97.5 % quantile of the standard normal distribution


class EffectSizes(NamedTuple):
    """Effects `yi` and variances `vi`, shape (n_studies,); nan where none can be computed."""

    yi: Floats
    vi: Floats


class Tables(NamedTuple):
    """2 × 2 tables: events and non-events per arm, each of shape (n_studies,)."""

    events_intervention: Floats
    others_intervention: Floats
    events_comparator: Floats
    others_comparator: Floats

    @property
    def without_events(self) -> Mask:
        """Studies in which nobody had the event."""
        return np.asarray(self.events_intervention + self.events_comparator == 0)

    @property
    def all_events(self) -> Mask:
        """Studies in which everybody had the event."""
        return np.asarray(self.others_intervention + self.others_comparator == 0)


def continuity_corrected(tables: Tables) -> Tables:
    """Half a participant in each cell of the studies that have an empty cell, and only of those.

    metafor calls this `add=1/2, to="only0"`.
    """
    cells = np.array(tables, dtype=np.float64)
    cells[:, (cells == 0).any(axis=0)] += CONTINUITY_CORRECTION
    return Tables(*cells)


def log_odds_ratio(tables: Tables) -> EffectSizes:
    """Log odds ratios, corrected for empty cells; nan if nobody or everybody had the event."""
    a, b, c, d = continuity_corrected(tables)
    yi = np.log(a) - np.log(b) - np.log(c) + np.log(d)
    vi = 1 / a + 1 / b + 1 / c + 1 / d
    return _without(EffectSizes(yi, vi), tables.without_events | tables.all_events)


def log_risk_ratio(tables: Tables) -> EffectSizes:
    """Log risk ratios, corrected for empty cells; nan if nobody had the event.

    Events in everybody are kept: unlike the odds ratio, the risk ratio is known to be near one
    (Cochrane Handbook 10.4.4; metafor's `drop00` would drop them as well).
    """
    a, b, c, d = continuity_corrected(tables)
    yi = np.log(a / (a + b)) - np.log(c / (c + d))
    vi = 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)
    return _without(EffectSizes(yi, vi), tables.without_events)


def risk_difference(tables: Tables) -> EffectSizes:
    """Risk differences, corrected for empty cells as metafor does (else the variance can be 0)."""
    a, b, c, d = continuity_corrected(tables)
    n1, n2 = a + b, c + d
    return EffectSizes(a / n1 - c / n2, a * b / n1**3 + c * d / n2**3)


def peto_log_odds_ratio(tables: Tables) -> EffectSizes:
    """One-step (Peto) log odds ratios without correction; nan where the variance is 0.

    Yusuf et al., Prog Cardiovasc Dis 1985;27:335-371.
    """
    difference, variance = observed_minus_expected(tables)
    usable = variance > 0
    safe = np.where(usable, variance, 1.0)
    return _without(EffectSizes(difference / safe, 1 / safe), ~usable)


def observed_minus_expected(tables: Tables) -> tuple[Floats, Floats]:
    """Observed minus expected events under intervention, and the hypergeometric variance."""
    a, b, c, d = tables
    n1, n2, events, others = a + b, c + d, a + c, b + d
    n = n1 + n2
    variance = events * others * (n1 / n) * (n2 / n) / np.maximum(n - 1, 1)
    return a - events * n1 / n, variance


def mean_difference(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> EffectSizes:
    """Mean differences in the unit of the outcome; variances are not assumed equal in the arms."""
    return EffectSizes(mean1 - mean2, sd1**2 / n1 + sd2**2 / n2)


def standardised_mean_difference(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> EffectSizes:
    """Hedges' g with the exact bias correction J; nan if the pooled sd is 0 or n1 + n2 <= 3.

    The variance is metafor's default (`vtype="LS"`): 1/n1 + 1/n2 + g²/(2(n1 + n2)).
    """
    degrees = n1 + n2 - 2
    usable = degrees > 1
    safe = np.where(usable, degrees, 2.0)
    pooled_sd = np.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / safe)
    usable &= pooled_sd > 0
    g = hedges_j(safe) * (mean1 - mean2) / np.where(usable, pooled_sd, 1.0)
    return _without(EffectSizes(g, 1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2))), ~usable)


def hedges_j(degrees: Floats) -> Floats:
    """J(m) = Γ(m/2) / (√(m/2) Γ((m−1)/2)) for m > 1 (Hedges, J Educ Stat 1981;6:107-128)."""
    return np.array([exp(lgamma(m / 2) - log(m / 2) / 2 - lgamma((m - 1) / 2)) for m in degrees])


def from_confidence_interval(
    estimate: Floats, ci_low: Floats, ci_high: Floats, *, ratio: bool
) -> EffectSizes:
    """Effects and variances from estimates with 95 % confidence intervals on the natural scale.

    The standard error is the interval's width on the analysis scale over 2 × 1.96. Nan where the
    interval is empty or upside down, or a ratio is not positive.
    """
    usable = ci_high > ci_low
    if ratio:
        usable &= (ci_low > 0) & (estimate > 0)
        estimate, ci_low, ci_high = (
            np.log(np.where(usable, side, 1.0)) for side in (estimate, ci_low, ci_high)
        )
    se = (ci_high - ci_low) / (2 * NORMAL_975)
    return _without(EffectSizes(estimate, se**2), ~usable)


def _without(effects: EffectSizes, mask: Mask) -> EffectSizes:
    return EffectSizes(np.where(mask, nan, effects.yi), np.where(mask, nan, effects.vi))
