"""What captions and notes say of a table's cells, where they speak of more than one way."""

from __future__ import annotations

import re

from evidence.extraction.numbers import Layout, layout_of
from evidence.extraction.wording import flatten

_MEAN = re.compile(r"\bmean|±", re.I)
_COUNT = re.compile(r"%|\bpercent|\bn\b|\bnumber", re.I)
_MEDIAN = re.compile(r"\bmedian|\bgeometric|interquartile|\bIQR\b", re.I)
_COUNT_PERCENT = re.compile(
    r"\b(?:n|no\.?|numbers?|counts?|frequency|frequencies|patients)\W{0,3}(?:\(|,|and)\s*"
    r"(?:%|percent)", re.I,
)  # fmt: skip
_SPREAD = {
    "mean_se": re.compile(r"(?:±\W*|mean\W{1,3})s\.?e\.?m?\b|standard error", re.I),
    "mean_sd": re.compile(r"(?:±\W*|mean\W{1,3})s\.?d\.?s?\b|standard dev", re.I),
}

_BOTH = (r"s\.?d\b", r"s\.?e\.?m?\b")


def clear_notes(texts: tuple[str, ...]) -> list[str]:
    """Captions and notes that name one way of printing; `mean (SD) or n (%)` tells nothing.

    Abbreviations that a note explains (`CI, confidence interval`) say nothing of the cells.
    """
    return [
        t for t in texts
        if not (_MEAN.search(t) and _COUNT.search(t))
        and not all(re.search(rf"(?:±|mean)\W{{1,3}}{s}", flatten(t), re.I) for s in _BOTH)
        and not (_MEDIAN.search(t) and (_COUNT_PERCENT.search(t) or "±" in t))
        and (layout_of([t]) != "other" or _MEDIAN.search(t))
    ]  # fmt: skip


def mixed_layout(cell: str, texts: tuple[str, ...]) -> Layout | None:
    """Which of a note's ways a cell is printed in, by the cell's own shape.

    `mean ± SD or number (%)`: a ± makes a mean, whole numbers with a percentage sign a count. A
    bare `31 (80)` is left to its total (layout `percent`), since a mean or a median with its
    width looks alike.
    """
    flat = flatten(cell)
    for text in texts:
        means, counts = _MEAN.search(text), _COUNT_PERCENT.search(text)
        medians = _MEDIAN.search(text)
        spreads: list[Layout] = [
            layout for layout in ("mean_se", "mean_sd")
            if _SPREAD[layout].search(flatten(text))
        ]  # fmt: skip
        if re.search(r"±|\+/-", flat) and means and len(spreads) == 1:
            return spreads[0]
        # `4.38 (.52)` under `means and SD, or % of parents`: no percentage has a bracket like that.
        plain = re.fullmatch(r"\s*-?\d+\.\d+\s*\(\s*\d*\.\d+\s*\)\W*", flat)
        if plain and means and not medians and not counts and len(spreads) == 1:
            return spreads[0]
        if not ((means or medians) and (counts or (means and medians))):
            continue
        if counts and re.match(r"\s*\d+\s*[(\[]\s*\d+(?:\.\d+)?\s*%?\s*[)\]]", flat):
            return "count_percent" if "%" in flat else "percent"
        if means and not medians and "±" not in text and re.match(r"\s*-?\d+\.\d+\s*\(", flat):
            return spreads[0] if len(spreads) == 1 and "%" not in flat else None
        return None
    return None


def layout_over(cell: str, over: tuple[str, ...], around: tuple[str, ...]) -> Layout | None:
    """What a cell's numbers are, from the wordings over it, then from the caption and the notes."""
    layout = layout_of(over)
    if layout is None:
        layout = layout_of(clear_notes(around)) or mixed_layout(cell, around)
        # A caption that speaks of means does not make a mean of every number in the table.
        layout = None if layout == "mean" else layout
    if "±" in cell and layout in (None, "percent", "mean", "other"):
        # `FEV1 (%)` names a unit here; what follows the ± is said elsewhere.
        told = [layout_of([t]) for t in (*over, *clear_notes(around))]
        spreads = [t for t in told if t in ("mean_sd", "mean_se")]
        named = spreads[0] if spreads else mixed_layout(cell, (*over, *around))
        layout = (
            named if named in ("mean_sd", "mean_se") else None if layout == "percent" else layout
        )
    return layout
