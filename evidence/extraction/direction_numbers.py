"""What the numbers of a sentence say about the direction of an effect: ratios, differences, p."""

from __future__ import annotations

import math
import re

P_VALUE = re.compile(
    r"\b[pP](?:\s*-?\s*values?)?\s*(?:was|of)?\s*([<>=≤≥]+)\s*(0?\.\d+|\d+(?:\.\d+)?)"
)
RATIO = re.compile(
    r"\b(?:a?[OH]R|RR|IRR|odds ratio|relative risk|risk ratio|hazards? ratio|rate ratio)\b"
    r"[^0-9;]{0,40}?(\d+(?:\.\d+)?)"
)
DIFFERENCE = re.compile(
    r"\b(?:difference|MD|WMD|effect size|estimate|reduction|β)\b[^0-9;.]{0,40}?"
    r"((?<![\w.])-?\s?\d+(?:\.\d+)?)"
)
INTERVAL = re.compile(
    r"(?:CI|confidence intervals?)\W{0,6}(-?\s?\d+(?:\.\d+)?)\s*(?:%|[a-zA-Z/]{1,8}\d?)?"
    r"\s*(?:to|,|-|;)\s*(-?\s?\d+(?:\.\d+)?)"
)


def ratio_signs(flat: str) -> tuple[float, float]:
    """The sign of a ratio's logarithm, and the same where its interval leaves out 1."""
    m = RATIO.search(flat)
    if m is None or float(m.group(1)) in (0.0, 1.0) or float(m.group(1)) > 50:
        return 0.0, 0.0
    sign = math.copysign(1.0, math.log(float(m.group(1))))
    interval = INTERVAL.search(flat, m.end())
    if interval is None:
        return sign, 0.0
    low, high = (float(g.replace(" ", "")) for g in interval.groups())
    return sign, sign if not low <= 1 <= high else 0.0


def difference_signs(flat: str) -> tuple[float, float]:
    """The sign of a printed difference; 1 where an interval leaves out no effect, -1 if not."""
    m = DIFFERENCE.search(flat)
    value = float(m.group(1).replace(" ", "")) if m else 0.0
    interval = INTERVAL.search(flat)
    if interval is None:
        return (math.copysign(1.0, value) if value else 0.0), 0.0
    low, high = (float(g.replace(" ", "")) for g in interval.groups())
    null = 1.0 if RATIO.search(flat) else 0.0
    return (math.copysign(1.0, value) if value else 0.0), -1.0 if low <= null <= high else 1.0


def p_values(flat: str) -> tuple[float, float]:
    """Whether some p-value is below 0.05, and whether some is not."""
    low = high = 0.0
    for sign, number in P_VALUE.findall(flat):
        value = float(number)
        above = ">" in sign or "≥" in sign or value > 0.05
        if above:
            high = 1.0
        else:
            low = 1.0
    return low, high
