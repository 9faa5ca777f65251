"""Cells that print a middle with two limits: a median with quartiles or a mean with its interval.

`25.8 (22.5-29.1)` is read only where the wordings over the cell, the caption or a note say what
the limits are. What is derived from them is in `arm_results`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from evidence.extraction.arm_results import Printed
from evidence.extraction.derivations import Quantiles
from evidence.extraction.effect_cells import read_effect
from evidence.extraction.wording import flatten

Limits = Literal["quartiles", "range", "interval"]

_KINDS: tuple[tuple[Limits, re.Pattern[str]], ...] = (
    ("quartiles", re.compile(
        r"\b(?:IQR|IR)\b|inter-?\s?quartile|\bquartiles?\b|\b25(?:th|%|\W{0,3}75)", re.I)),
    ("range", re.compile(r"(?<!quartile )\brange\b(?! of)|\bmin\w*\W{1,3}max", re.I)),
    ("interval", re.compile(r"(?-i:\bC\.?I\b)|\bconfidence interval", re.I)),
)  # fmt: skip
_MEDIAN = re.compile(r"\bmedian", re.I)
_MEAN = re.compile(r"\bmeans?\b", re.I)
_OTHER_MIDDLE = re.compile(
    r"\bgeometric|\bratio\b|\bdifferen|\bodds\b|\bhazard|\bsurviv|\bproportion|\brates?\b", re.I
)
_SURVIVAL = re.compile(r"\bsurviv|\btime to\b|\b(?:PFS|OS|DFS|TTP)\b", re.I)


def read_interval_cell(cell: str, over: Iterable[str], around: Iterable[str]) -> Printed | None:
    """What a cell with limits prints, or None where the table does not say what they are.

    Args:
        cell: The text of the cell.
        over: The wordings over and beside the cell, the nearest first.
        around: The caption and the notes.
    """
    effect = read_effect(cell)
    if effect is None or effect.low is None or effect.high is None or effect.percent:
        return None
    if not effect.low <= effect.estimate <= effect.high:
        return None
    over = tuple(over)
    # A median survival is read off a curve; what stands around it is no quantile of the sample.
    if any(_OTHER_MIDDLE.search(flatten(t)) or _SURVIVAL.search(flatten(t)) for t in over):
        return None
    match _limits(over, tuple(around)):
        case "quartiles":
            return Printed(quantiles=Quantiles(effect.estimate, effect.low, effect.high))
        case "range":
            extremes = Quantiles(effect.estimate, minimum=effect.low, maximum=effect.high)
            return Printed(quantiles=extremes)
        case "interval":
            return Printed(mean=effect.estimate, ci=(effect.low, effect.high))
        case None:
            return None


def _limits(over: tuple[str, ...], around: tuple[str, ...]) -> Limits | None:
    """What the nearest wording that speaks of limits says of them; None where it says two things.

    Quartiles and ranges are of medians; an interval counts only where a mean is named, and a
    range only where a median is.
    """
    texts = [flatten(t) for t in (*over, *around)]
    for text in texts:
        told = [kind for kind, pattern in _KINDS if pattern.search(text)]
        if not told:
            continue
        if len(told) > 1:
            return None
        named = " | ".join(texts) if text in texts[: len(over)] else text
        middle = {"quartiles": None, "range": _MEDIAN, "interval": _MEAN}[told[0]]
        if middle is not None and not middle.search(named):
            return None
        if told[0] == "interval" and (_MEDIAN.search(named) or _OTHER_MIDDLE.search(named)):
            return None
        return told[0]
    return None
