"""How numbers are printed, in sentences, tables and plots: the digits a reader needs."""

from __future__ import annotations

import math


def number_text(value: float) -> str:
    """Two decimals; two significant digits where those would be lost, none from a thousand on."""
    size = abs(value)
    if size >= 100_000:
        text = f"{value:.1e}"
    elif size >= 1000:
        text = f"{value:,.0f}"
    elif 0 < size < 1e-10:
        text = f"{value:.1e}"
    elif 0 < size < 0.1:
        text = f"{value:.{1 - math.floor(math.log10(size))}f}"
    else:
        text = f"{value:.2f}"
    return text.replace("-", "−")


def p_text(p: float) -> str:
    """`p = 0.032`, or `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def variance_text(value: float) -> str:
    """Three significant digits, whole numbers from 1000 on."""
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"
