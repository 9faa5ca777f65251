"""What `evidence pool` tells of a pooled effect in words."""

from __future__ import annotations

from evidence.findings import PooledEffect
from evidence.synthesis.prediction import prediction_interval
from evidence.synthesis.printed import number_text, p_text, variance_text


def told_effect(effect: PooledEffect) -> str:
    """`RR 0.49 (0.34 to 0.70), 13 studies`."""
    at, low, high = (number_text(v) for v in (effect.estimate, effect.ci_low, effect.ci_high))
    k = "1 study" if effect.k_studies == 1 else f"{effect.k_studies} studies"
    return f"{effect.measure} {at} ({low} to {high}), {k}"


def heterogeneity_words(effect: PooledEffect) -> str:
    """`I² 92 %, τ² 0.313, Q 152.23 (p < 0.001), prediction interval 0.15 to 1.55`.

    Empty for one study; without τ² where the model takes it to be 0.
    """
    if effect.i2 is None or effect.q is None or effect.q_p is None:
        return ""
    words = [f"I² {effect.i2:.0f} %"]
    if effect.tau2_ci is not None and effect.tau2 is not None:
        words.append(f"τ² {variance_text(effect.tau2)}")
    words.append(f"Q {effect.q:.2f} ({p_text(effect.q_p)})")
    predicted = prediction_interval(effect)
    if predicted is not None:
        words.append(f"prediction interval {' to '.join(map(number_text, predicted))}")
    return ", ".join(words)
