"""Small plots as inline SVG; every text in them is escaped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_COLOURS = ("#1b6ca8", "#b8480c", "#3a7d44", "#6b4c9a", "#7a5c00")
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 300, 56, 130, 12, 40


@dataclass(frozen=True)
class Plot:
    """A titled SVG."""

    title: str
    svg: str


@dataclass(frozen=True)
class Interval:
    """A labelled value with its interval."""

    label: str
    value: float
    low: float
    high: float


def interval_plot(title: str, intervals: Sequence[Interval]) -> Plot:
    """A line an interval, on an axis from 0 to 1."""
    step, left, width = 22, 240, 360
    height = step * len(intervals) + 34
    parts = [_opening(title, left + width + 40, height)]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = left + width * tick
        parts.append(f'<path d="M{x:.1f} 6V{height - 24}" stroke="#ddd"/>')
        parts.append(_text(x, height - 8, f"{tick:g}", "middle"))
    for place, item in enumerate(intervals):
        y = 18 + step * place
        low, value, high = (
            left + width * min(max(number, 0.0), 1.0)
            for number in (item.low, item.value, item.high)
        )
        parts.append(_text(left - 8, y + 4, item.label, "end"))
        parts.append(
            f'<path d="M{low:.1f} {y}H{high:.1f}" stroke="{_COLOURS[0]}" stroke-width="2"/>'
            f'<circle cx="{value:.1f}" cy="{y}" r="4" fill="{_COLOURS[0]}"/>'
        )
    return Plot(title, "".join([*parts, "</svg>"]))


def line_plot(
    title: str,
    x_label: str,
    xs: Sequence[float],
    lines: Sequence[tuple[str, Sequence[float]]],
    level: tuple[str, float] | None = None,
) -> Plot:
    """Lines over a logarithmic x axis and a y axis from 0 to 1, with a level if there is one."""
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    first, last = math.log(min(xs)), math.log(max(xs))
    span = (last - first) or 1.0
    across = [_LEFT + width * (math.log(x) - first) / span for x in xs]
    parts = [_opening(title, _WIDTH, _HEIGHT)]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _TOP + height * (1 - tick)
        parts.append(f'<path d="M{_LEFT} {y:.1f}h{width}" stroke="#ddd"/>')
        parts.append(_text(_LEFT - 6, y + 4, f"{tick:g}", "end"))
    for x, place in zip(xs, across, strict=True):
        parts.append(_text(place, _HEIGHT - 22, f"{x:g}", "middle"))
    parts.append(_text(_LEFT + width / 2, _HEIGHT - 4, x_label, "middle"))
    labelled: list[float] = []
    for number, (name, ys) in enumerate(lines):
        colour = _COLOURS[number % len(_COLOURS)]
        down = [_TOP + height * (1 - min(max(y, 0.0), 1.0)) for y in ys]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        place = down[-1]
        while any(abs(place - other) < 14 for other in labelled):
            place -= 14
        labelled.append(place)
        parts.append(_text(across[-1] + 6, place + 4, name, "start", colour))
    if level is not None:
        y = _TOP + height * (1 - level[1])
        parts.append(f'<path d="M{_LEFT} {y:.1f}h{width}" stroke="#a00" stroke-dasharray="5 4"/>')
        parts.append(_text(_LEFT + 4, y - 4, level[0], "start", "#a00"))
    return Plot(title, "".join([*parts, "</svg>"]))


def _opening(title: str, width: float, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}" '
        f'width="{width}" font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
    )


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#333") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(text)}</text>"
    )
