"""How much a pooled effect hangs on single studies: leave-one-out, cumulative, Baujat, funnel.

Each agrees with metafor's function of the name (`leave1out`, `cumul`, `baujat`, `funnel`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from evidence.errors import EvidenceError
from evidence.findings import PooledEffect
from evidence.synthesis.effect_sizes import EffectSizes, Floats

Repool = Callable[[Sequence[int]], PooledEffect]  # pools the studies at these places

CONTOUR_LEVELS = (0.10, 0.05, 0.01)  # two-sided p values (Peters et al., J Clin Epidemiol 2008)


class Repooled(NamedTuple):
    """A study and the effect without it, or with all up to it; None when none can be pooled."""

    study: str
    effect: PooledEffect | None
    note: str = ""


class BaujatPoint(NamedTuple):
    """A study's share of Q (x) and its influence on the common effect (y)."""

    study: str
    contribution_to_q: float
    influence: float


class Contour(NamedTuple):
    """The effect on the analysis scale at which a standard error gives the p value."""

    p: float
    half_width: float


class Funnel(NamedTuple):
    """Effects against standard errors; the pseudo 95 % limits spread from the common effect.

    `contours` give half-widths around no effect at `largest_se`; they narrow linearly to 0.
    """

    studies: tuple[str, ...]
    effects: Floats
    standard_errors: Floats
    centre: float
    largest_se: float
    half_width_95: float
    contours: tuple[Contour, ...]


def leave_one_out(studies: Sequence[str], repool: Repool) -> tuple[Repooled, ...]:
    """The pooled effect without each study in turn.

    Args:
        studies: Labels of the studies pooled.
        repool: Pools the studies at the places it is given.

    Raises:
        EvidenceError: There are fewer than two studies.
    """
    if len(studies) < 2:
        raise EvidenceError(f"leave-one-out needs two studies or more; found {len(studies)}")
    places = range(len(studies))
    return tuple(
        _repooled(studies[left_out], [place for place in places if place != left_out], repool)
        for left_out in places
    )


def cumulative(
    studies: Sequence[str], repool: Repool, order: Sequence[float] | None = None
) -> tuple[Repooled, ...]:
    """The pooled effect as studies were added, in order of a value such as the year.

    Args:
        studies: Labels of the studies pooled.
        repool: Pools the studies at the places it is given.
        order: What sorts them, ties as given; the order given without it.
    """
    places = list(range(len(studies)))
    if order is not None:
        places.sort(key=lambda place: order[place])
    return tuple(
        _repooled(studies[places[last]], places[: last + 1], repool) for last in range(len(places))
    )


def baujat(studies: Sequence[str], effects: EffectSizes) -> tuple[BaujatPoint, ...]:
    """Baujat's coordinates under the common-effect model (Stat Med 2002;21:2641-2652).

    x is the study's term of Q; y is the squared change of the common effect when the study is left
    out, over the variance of the effect without it. metafor's `baujat()` divides Q's term by
    1 − h where the model has moderators only, so that nothing differs here.

    Raises:
        EvidenceError: There are fewer than two studies.
    """
    yi, vi = effects
    if len(yi) < 2:
        raise EvidenceError(f"Baujat's plot needs two studies or more; found {len(yi)}")
    weights = 1 / vi
    total = weights.sum()
    centre = float(weights @ yi / total)
    without = (weights @ yi - weights * yi) / (total - weights)
    influence = (centre - without) ** 2 * (total - weights)
    return tuple(
        BaujatPoint(study, float(x), float(y))
        for study, x, y in zip(studies, weights * (yi - centre) ** 2, influence, strict=True)
    )


def funnel(studies: Sequence[str], effects: EffectSizes, centre: float) -> Funnel:
    """Coordinates of a contour-enhanced funnel plot around a pooled effect."""
    from scipy import stats

    standard_errors = np.sqrt(effects.vi)
    largest = float(standard_errors.max()) * 1.08
    contours = tuple(
        Contour(p, float(stats.norm.isf(p / 2)) * largest) for p in sorted(CONTOUR_LEVELS)
    )
    half_width = float(stats.norm.isf(0.025)) * largest
    return Funnel(
        tuple(studies), effects.yi, standard_errors, centre, largest, half_width, contours
    )


def _repooled(study: str, places: Sequence[int], repool: Repool) -> Repooled:
    try:
        return Repooled(study, repool(places))
    except EvidenceError as error:
        return Repooled(study, None, str(error))
