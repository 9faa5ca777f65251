"""Which prediction intervals are shown and argued from."""

from __future__ import annotations

from evidence.findings import PooledEffect

LEAST_STUDIES = 3
"""With two studies nothing is known of how effects spread: Higgins, Thompson & Spiegelhalter, J R
Stat Soc A 2009;172:137-159, define the interval from three studies on."""


def prediction_interval(effect: PooledEffect) -> tuple[float, float] | None:
    """Both ends on the natural scale; None where there is none, or too few studies for one."""
    if effect.pi_low is None or effect.pi_high is None or effect.k_studies < LEAST_STUDIES:
        return None
    return effect.pi_low, effect.pi_high
