"""How effects are printed: the digits a reader needs, the same on every machine."""

from __future__ import annotations

from evidence.findings import Measure


def number_text(measure: Measure, value: float) -> str:
    """Two decimals, three for risk differences; significant digits for the tiny and the huge."""
    decimals = 3 if measure == "RD" else 2
    if abs(value) >= 10_000:
        text = f"{value:.1e}"
    elif 0 < abs(value) < 10**-decimals:
        text = f"{value:.1g}"
    else:
        text = f"{value:.{decimals}f}"
    return text.replace("-", "−")


def p_text(p: float) -> str:
    """`p = 0.032`, or `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def variance_text(value: float) -> str:
    """Three significant digits, whole numbers from 1000 on."""
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"
