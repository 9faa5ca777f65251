"""Small-study effects: Egger's and Peters' regression tests of funnel-plot asymmetry."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np

from evidence.errors import EvidenceError
from evidence.synthesis.effect_sizes import EffectSizes, Floats, Tables

MIN_STUDIES = 10  # below, the tests cannot tell chance from asymmetry (Cochrane Handbook 13.3.5.4)


class AsymmetryTest(NamedTuple):
    """The t statistic of the slope and its two-sided p value, with n_studies − 2 degrees."""

    statistic: float
    p: float


def egger(effects: EffectSizes) -> AsymmetryTest:
    """Egger's test (BMJ 1997;315:629-634): effects on their standard errors, weights 1/vi.

    The same as metafor's `regtest(model="lm")`.

    Raises:
        EvidenceError: There are fewer than three studies, or all are equally precise.
    """
    yi, vi = effects
    return _slope(yi, np.sqrt(vi), 1 / vi)


def peters(effects: EffectSizes, tables: Tables) -> AsymmetryTest:
    """Peters' test (JAMA 2006;295:676-680): log ratios on 1/N, weights by events in both arms.

    Unlike Egger's it does not mistake the link between a log ratio and its own standard error for
    asymmetry.

    Raises:
        EvidenceError: There are fewer than three studies with events and non-events.
    """
    events = tables.events_intervention + tables.events_comparator
    others = tables.others_intervention + tables.others_comparator
    usable = (events > 0) & (others > 0)
    events, others = events[usable], others[usable]
    return _slope(effects.yi[usable], 1 / (events + others), events * others / (events + others))


def _slope(y: Floats, x: Floats, weights: Floats) -> AsymmetryTest:
    """The t test of the slope of a weighted straight line."""
    from scipy import stats

    degrees = len(y) - 2
    if degrees < 1 or np.ptp(x) == 0:
        raise EvidenceError(f"asymmetry needs three studies of different size; found {len(y)}")
    share = weights / weights.sum()
    centred = x - share @ x
    spread = float(weights @ centred**2)
    slope = float(weights @ (centred * y)) / spread
    residuals = y - share @ y - slope * centred
    se = sqrt(float(weights @ residuals**2) / degrees / spread)
    if se == 0:
        raise EvidenceError("asymmetry cannot be tested: the studies lie on one straight line")
    statistic = slope / se
    return AsymmetryTest(statistic, float(2 * stats.t.sf(abs(statistic), degrees)))
