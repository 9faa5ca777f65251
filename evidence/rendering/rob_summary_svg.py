"""Risk of bias over all studies: a stacked bar a domain, as SVG.

The look is that of robvis' summary plot (McGuinness & Higgins, Res Synth Methods 2021;12:55-61).
Signs and percentages stand in the bars, so that they read without colour, too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from evidence.errors import EvidenceError
from evidence.number_words import counted
from evidence.rendering.traffic_light_svg import (
    DARK_SIGNS,
    LEVEL_WORDS,
    ROB2_DOMAINS,
    ROB2_LEVELS,
    JudgedStudy,
    PlotDomain,
    check_studies,
    framed,
    light,
    named,
    plain,
    shortened,
    written,
)

_MARGIN = 20
_NAMES = 320
_BARS = 460
_ROW = 34
_BAR = 22
_TOP = 78
_WIDTH = _MARGIN + _NAMES + _BARS + 36
_ROOM_FOR_SIGN = 62  # pixels of a bar that hold a sign and a percentage
_ROOM_FOR_NUMBER = 36


def rob_summary_svg(
    studies: Sequence[JudgedStudy],
    domains: Sequence[PlotDomain] = ROB2_DOMAINS,
    levels: Sequence[str] = ROB2_LEVELS,
    weighted: bool = False,
    title: str = "Risk of bias across studies",
    name: str = "rob-summary",
) -> str:
    """The plot as one SVG element without external references.

    Args:
        studies: What is summed up; order does not matter.
        domains: The bars before `Overall`.
        levels: The judgements of the tool, the best first.
        weighted: Whether a study counts by its weight, else each counts as one.
        title: Stands over the plot.
        name: Begins the ids of title and description, for several pictures on a page; letters.

    Raises:
        EvidenceError: A study has a judgement that is not a level, or not one for each domain; or
            a weighted plot has a study without a weight, or weights that add up to nothing.
    """
    check_studies(studies, domains, levels)
    rows = shares(studies, len(domains), levels, weighted)
    labels = [*(f"{d.label}  {d.title}" for d in domains), "Overall"]
    bottom = _TOP + _ROW * len(rows) + 8
    how = "weighted by their share of the pooled effect" if weighted else "each counts the same"
    parts = [
        written(_MARGIN, 34, shortened(title, _WIDTH - 2 * _MARGIN, 9.2), "heading"),
        written(_MARGIN, 53, f"{counted(len(studies), 'study', plural='studies')}, {how}", "soft"),
        _axis(len(rows), bottom),
    ]
    for at, (label, row) in enumerate(zip(labels, rows, strict=True)):
        y = _TOP + at * _ROW + (8 if at == len(rows) - 1 else 0)
        kind = "head" if at == len(rows) - 1 else ""
        parts.append(named(_MARGIN, y + _BAR / 2 + 4.5, label, _NAMES - 8, kind))
        parts += _bar(label, row, levels, y)
    for tick in range(0, 101, 25):
        x = _MARGIN + _NAMES + _BARS * tick / 100
        parts.append(written(x, bottom + 20, f"{tick}%", "soft middle"))
    parts += _legend(levels, bottom + 50)
    height = bottom + 74
    return framed(parts, _WIDTH, height, title, _description(labels, rows, levels), name)


def shares(
    studies: Sequence[JudgedStudy], n_domains: int, levels: Sequence[str], weighted: bool
) -> list[list[float]]:
    """The percentage of each level, one row a domain and a last one for the overall judgement.

    Raises:
        EvidenceError: A weighted summary has a study without a weight, or weights that add up to
            nothing.
    """
    weights = [_weight(study) if weighted else 1.0 for study in studies]
    total = math.fsum(weights)
    if weighted and studies and not total > 0:
        raise EvidenceError(
            "the weights add up to 0; expected a positive weight, or weighted=False"
        )
    rows = []
    for at in range(n_domains + 1):
        told = [(*study.judgements, study.overall)[at] for study in studies]
        sums = [
            math.fsum(w for w, found in zip(weights, told, strict=True) if found == level)
            for level in levels
        ]
        rows.append([100.0 * part / total if studies else 0.0 for part in sums])
    return rows


def _weight(study: JudgedStudy) -> float:
    if study.weight is None or not math.isfinite(study.weight) or study.weight < 0:
        raise EvidenceError(
            f"{study.study!r} has the weight {study.weight}; expected a number of 0 or more, or "
            "weighted=False"
        )
    return study.weight


def _bar(label: str, row: Sequence[float], levels: Sequence[str], y: float) -> list[str]:
    parts = []
    x: float = _MARGIN + _NAMES
    for level, percent in zip(levels, row, strict=True):
        long = _BARS * percent / 100
        if long <= 0:
            continue
        told = f"{label}: {LEVEL_WORDS[level]} {percent:.1f}%"
        parts.append(
            f'<rect class="{level}" x="{x:.6g}" y="{y:g}" width="{long:.6g}" height="{_BAR}">'
            f"<title>{escape(plain(told))}</title></rect>"
        )
        parts += _inside(level, percent, x + long / 2, long, y + _BAR / 2)
        x += long
    return parts


def _inside(level: str, percent: float, middle: float, long: float, y: float) -> list[str]:
    """Sign and percentage, or what of them the room allows."""
    dark = " dark" if level in DARK_SIGNS else ""
    x = round(middle, 2)
    if long >= _ROOM_FOR_SIGN:
        number = written(x - 6, y + 4.3, f"{percent:.0f}%", f"on{dark}")
        return [light(x - 18, y, level, radius=10), number]
    if long >= _ROOM_FOR_NUMBER:
        return [written(x, y + 4.3, f"{percent:.0f}%", f"on middle{dark}")]
    return [light(x, y, level, radius=min(9, long / 2))] if long >= 10 else []


def _axis(n_rows: int, bottom: float) -> str:
    left = _MARGIN + _NAMES
    lines = "".join(
        f"M{left + _BARS * tick / 100:g} {_TOP - 6}V{bottom + 4}" for tick in range(0, 101, 25)
    )
    return f'<path class="grid" d="{lines}"/>' if n_rows else ""


def _legend(levels: Sequence[str], y: float) -> list[str]:
    parts = []
    x: float = _MARGIN + 8
    for level in levels:
        words = LEVEL_WORDS[level]
        parts += [light(x, y - 4.5, level, radius=8), written(x + 16, y, words)]
        x += 16 + len(words) * 7.2 + 30
    return parts


def _description(
    labels: Sequence[str], rows: Sequence[Sequence[float]], levels: Sequence[str]
) -> str:
    """The plot in words, for those who do not see it."""
    return " ".join(
        f"{plain(label)}: "
        + ", ".join(
            f"{LEVEL_WORDS[level].lower()} {percent:.1f}%"
            for level, percent in zip(levels, row, strict=True)
            if percent > 0
        )
        + "."
        for label, row in zip(labels, rows, strict=True)
    )
