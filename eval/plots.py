"""Small plots as inline SVG; every text in them is escaped.

Colours are tokens that the page has, light and dark: `--line`, `--soft`, `--series-1` …
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_COLOURS = tuple(f"var(--series-{number})" for number in range(1, 6))
_LINE, _ZERO, _LEVEL = "var(--line)", "var(--ink)", "var(--bad)"
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 4")
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
    step, left, width = 22, _room(item.label for item in intervals), 360
    height = step * len(intervals) + 34
    parts = [_opening(title, left + width + 40, height)]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = left + width * tick
        parts.append(f'<path d="M{x:.1f} 6V{height - 24}" stroke="{_LINE}"/>')
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
        parts.append(f'<path d="M{_LEFT} {y:.1f}h{width}" stroke="{_LINE}"/>')
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
        parts.append(
            f'<path d="M{_LEFT} {y:.1f}h{width}" stroke="{_LEVEL}" stroke-dasharray="5 4"/>'
        )
        parts.append(_text(_LEFT + 4, y - 4, level[0], "start", _LEVEL))
    return Plot(title, "".join([*parts, "</svg>"]))


def share_plot(
    title: str, x_label: str, lines: Sequence[tuple[str, Sequence[float]]], right: int = 190
) -> Plot:
    """Lines over an x axis and a y axis from 0 to 1; the points of a line are equally far apart."""
    width, height = _WIDTH - _LEFT - right, _HEIGHT - _TOP - _BOTTOM
    parts = [_opening(title, _WIDTH, _HEIGHT)]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = _LEFT + width * tick, _TOP + height * (1 - tick)
        parts.append(
            f'<path d="M{_LEFT} {y:.1f}h{width}M{x:.1f} {_TOP}v{height}" stroke="{_LINE}"/>'
        )
        parts.append(_text(_LEFT - 6, y + 4, f"{tick:g}", "end"))
        parts.append(_text(x, _HEIGHT - 22, f"{tick:g}", "middle"))
    parts.append(_text(_LEFT + width / 2, _HEIGHT - 4, x_label, "middle"))
    for number, (name, ys) in enumerate(lines):
        colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)]
        points = " ".join(
            f"{_LEFT + width * place / (len(ys) - 1):.1f},{_TOP + height * (1 - y):.1f}"
            for place, y in enumerate(ys)
        )
        style = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        parts.append(f'<polyline points="{points}" {style}/>')
        x, y = _WIDTH - right + 12, _TOP + 12 + 20 * number
        parts.append(f'<path d="M{x} {y}h26" {style}/>')
        parts.append(_text(x + 32, y + 4, name, "start", colour))
    return Plot(title, "".join([*parts, "</svg>"]))


def bar_plot(
    title: str, names: Sequence[str], groups: Sequence[tuple[str, Sequence[float]]]
) -> Plot:
    """A group of horizontal bars a unit, one a name, on an axis that holds them all and zero."""
    bar, gap, width, head = 9, 12, 400, 20 * len(names) + 8
    left = _room(unit for unit, _ in groups)
    values = [value for _, group in groups for value in group]
    low, high = min(0.0, *values), max(1.0, *values)
    across = _scale(low, high, left, width)
    step = bar * len(names) + gap
    height = head + step * len(groups) + 26
    parts = [_opening(title, left + width + 40, height)]
    for number, name in enumerate(names):
        colour, y = _COLOURS[number % len(_COLOURS)], 6 + 20 * number
        parts.append(f'<rect x="{left}" y="{y}" width="12" height="12" fill="{colour}"/>')
        parts.append(_text(left + 18, y + 10, name, "start"))
    parts.extend(_ticks(low, high, across, head, height))
    for place, (unit, group) in enumerate(groups):
        top = head + step * place
        parts.append(_text(left - 8, top + bar * len(names) / 2 + 4, unit, "end"))
        for number, value in enumerate(group):
            first, last = sorted((across(0.0), across(value)))
            parts.append(
                f'<rect x="{first:.1f}" y="{top + bar * number}" width="{last - first:.1f}" '
                f'height="{bar - 1}" fill="{_COLOURS[number % len(_COLOURS)]}"/>'
            )
    return Plot(title, "".join([*parts, "</svg>"]))


def difference_plot(title: str, differences: Sequence[Interval]) -> Plot:
    """A line a difference with its interval, on an axis around zero; zero is marked."""
    step, left, width = 22, _room(item.label for item in differences), 400
    height = step * len(differences) + 34
    furthest = max((abs(n) for d in differences for n in (d.low, d.value, d.high)), default=0.0)
    reach = furthest * 1.05 or 1.0
    across = _scale(-reach, reach, left, width)
    parts = [_opening(title, left + width + 40, height)]
    parts.extend(_ticks(-reach, reach, across, 6, height))
    parts.append(f'<path d="M{across(0.0):.1f} 6V{height - 24}" stroke="{_ZERO}"/>')
    for place, item in enumerate(differences):
        y = 18 + step * place
        parts.append(_text(left - 8, y + 4, item.label, "end"))
        parts.append(
            f'<path d="M{across(item.low):.1f} {y}H{across(item.high):.1f}" '
            f'stroke="{_COLOURS[0]}" stroke-width="2"/>'
            f'<circle cx="{across(item.value):.1f}" cy="{y}" r="4" fill="{_COLOURS[0]}"/>'
        )
    return Plot(title, "".join([*parts, "</svg>"]))


def calibration_plot(
    title: str, curves: Sequence[tuple[str, Sequence[tuple[float, float, int, float, float]]]]
) -> Plot:
    """Reliability curves beside the diagonal; a point is a bin, larger with more claims in it.

    Args:
        title: Of the plot.
        curves: Name and points: mean claim, share that came true, claims, ends of its interval.
    """
    side, right = 320, 260
    bottom = _TOP + side
    parts = [_opening(title, _LEFT + side + right, bottom + _BOTTOM)]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = _LEFT + side * tick, bottom - side * tick
        parts.append(f'<path d="M{_LEFT} {y:.1f}h{side}M{x:.1f} {_TOP}v{side}" stroke="{_LINE}"/>')
        parts.append(_text(_LEFT - 6, y + 4, f"{tick:g}", "end"))
        parts.append(_text(x, bottom + 18, f"{tick:g}", "middle"))
    parts.append(_text(_LEFT + side / 2, bottom + 36, "claimed; up: came true", "middle"))
    diagonal = f'd="M{_LEFT} {bottom}L{_LEFT + side} {_TOP}"'
    parts.append(f'<path {diagonal} stroke="{_ZERO}" stroke-dasharray="5 4"/>')
    most = max((n for _, points in curves for _, _, n, _, _ in points), default=1)
    for number, (name, points) in enumerate(curves):
        colour = _COLOURS[number % len(_COLOURS)]
        for claimed, share, n, low, high in points:
            x = _LEFT + side * claimed
            parts.append(
                f'<path d="M{x:.1f} {bottom - side * low:.1f}V{bottom - side * high:.1f}" '
                f'stroke="{colour}" stroke-width="1.5"/><circle cx="{x:.1f}" '
                f'cy="{bottom - side * share:.1f}" r="{2 + 4 * math.sqrt(n / most):.1f}" '
                f'fill="{colour}"><title>{n} claims</title></circle>'
            )
        total = sum(n for _, _, n, _, _ in points)
        parts.append(
            _text(_LEFT + side + 14, _TOP + 14 + 20 * number, f"{name}: {total}", "start", colour)
        )
    return Plot(title, "".join([*parts, "</svg>"]))


def _room(labels: Iterable[str]) -> int:
    """The width that the longest label takes, about; sans-serif at 12 px."""
    return max(120, 16 + round(6.4 * max((len(label) for label in labels), default=0)))


def _scale(low: float, high: float, left: float, width: float) -> Callable[[float], float]:
    return lambda value: left + width * (value - low) / (high - low)


def _ticks(
    low: float, high: float, across: Callable[[float], float], top: float, height: float
) -> Iterator[str]:
    """Grid lines with their numbers, at most some ten."""
    spacing = next(
        s for s in (0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 10.0) if (high - low) / s < 11
    )
    for number in range(math.ceil(low / spacing), math.floor(high / spacing) + 1):
        x = across(number * spacing)
        yield f'<path d="M{x:.1f} {top}V{height - 24}" stroke="{_LINE}"/>'
        yield _text(x, height - 8, f"{number * spacing:.2g}", "middle")


def _opening(title: str, width: float, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}" '
        f'width="{width}" font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
    )


def _text(x: float, y: float, text: str, anchor: str, colour: str = "var(--soft)") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(text)}</text>"
    )
