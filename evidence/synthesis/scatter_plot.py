"""Plots of one point a study: the contour-enhanced funnel and Baujat's plot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, exp, floor, log10

from evidence.findings import Measure
from evidence.synthesis.effect_sizes import EffectSizes
from evidence.synthesis.forest_axis import tick_label
from evidence.synthesis.forest_text import text_width
from evidence.synthesis.interval_plot import svg_document
from evidence.synthesis.sensitivity import BaujatPoint, Funnel
from evidence.synthesis.study_effects import RATIO_MEASURES
from evidence.synthesis.svg_shapes import (
    FILL,
    INK,
    RULE,
    dot,
    line,
    polygon,
    slanted,
    text_at,
    upright,
)

WIDTH, HEIGHT = 560.0, 400.0
LEFT, TOP = 76.0, 58.0
_SHADES = ("#e9eef3", "#d3dde8", "#b9c9da")  # from p > 0.01 to p > 0.10, outermost first
_RATIOS = (0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0)
_LABELLED = 8  # Baujat: that many studies furthest out are named

Scale = Callable[[float], float]


def funnel_svg(
    points: Funnel,
    measure: Measure,
    filled: EffectSizes | None = None,
    title: str = "Funnel plot",
) -> str:
    """Effects against their standard errors, the precise ones above.

    The shades show where a study would have p > 0.10, 0.05 to 0.10 and 0.01 to 0.05; the dashed
    lines hold 95 % of studies if chance alone were at work. Open points are filled studies.
    """
    effects = [float(value) for value in points.effects]
    effects += [] if filled is None else [float(value) for value in filled.yi]
    reach = points.half_width_95
    low = min(*effects, points.centre - reach, 0.0) - 0.05 * reach
    high = max(*effects, points.centre + reach, 0.0) + 0.05 * reach
    x = _scaled(low, high, LEFT, WIDTH)
    y = _scaled(0.0, points.largest_se, TOP, HEIGHT)
    bottom = TOP + HEIGHT
    drawn = [_wedge(c.half_width, shade, x, y, points.largest_se, (low, high))
             for c, shade in zip(points.contours, _SHADES, strict=True)]  # fmt: skip
    drawn.append(upright(x(0.0), TOP, bottom, INK))
    drawn.append(upright(x(points.centre), TOP, bottom, "#5a5a5a", dashed=True))
    for side in (-1, 1):
        end = points.centre + side * reach
        drawn.append(slanted((x(points.centre), TOP), (x(end), bottom), "#5a5a5a"))
    for study, effect, error in zip(
        points.studies, points.effects, points.standard_errors, strict=True
    ):
        drawn.append(dot(x(float(effect)), y(float(error)), 4.5, INK, study))
    if filled is not None:
        for effect, variance in zip(filled.yi, filled.vi, strict=True):
            place = (x(float(effect)), y(float(variance) ** 0.5))
            drawn.append(dot(*place, 4.5, "#ffffff", "filled by trim and fill"))
    is_ratio = measure in RATIO_MEASURES
    ticks = _ratio_ticks(low, high) if is_ratio else [(t, t) for t in _ticks(low, high)]
    scale = f"{measure}{' (log scale)' if is_ratio else ''}"
    drawn += _frame(ticks, [(t, t) for t in _ticks(0.0, points.largest_se)], x, y, scale)
    drawn.append(text_at("Standard error", 16, TOP - 12, bold=True))
    drawn += _legend(bottom + 62, filled is not None)
    return svg_document(title, LEFT + WIDTH + 30, bottom + 84, drawn)


def baujat_svg(points: Sequence[BaujatPoint], title: str = "Baujat plot") -> str:
    """Which studies make the heterogeneity (right) and move the pooled effect (up)."""
    highest_x = max(point.contribution_to_q for point in points) * 1.08 or 1.0
    highest_y = max(point.influence for point in points) * 1.08 or 1.0
    x = _scaled(0.0, highest_x, LEFT, WIDTH)
    y = _scaled(highest_y, 0.0, TOP, HEIGHT)
    drawn = _frame(
        [(t, t) for t in _ticks(0.0, highest_x)],
        [(t, t) for t in _ticks(0.0, highest_y)],
        *(x, y),
        "Contribution to Cochran's Q",
    )
    drawn.append(text_at("Influence on the pooled effect", 16, TOP - 12, bold=True))
    far = sorted(
        points,
        key=lambda p: -max(p.contribution_to_q / highest_x, p.influence / highest_y),
    )[:_LABELLED]
    taken: list[tuple[float, float, float]] = []
    for point in points:
        place = x(point.contribution_to_q), y(point.influence)
        drawn.append(dot(*place, 4.5, FILL, point.study))
    for point in far:
        drawn += _label(point.study, x(point.contribution_to_q), y(point.influence), taken)
    return svg_document(title, LEFT + WIDTH + 30, TOP + HEIGHT + 58, drawn)


def _label(name: str, x: float, y: float, taken: list[tuple[float, float, float]]) -> list[str]:
    """The name beside its point, on the side that is free; nothing where none is."""
    width = text_width(name, 12)
    for left, level in ((x + 8, y + 4), (x - 8 - width, y + 4), (x - width / 2, y - 9),
                        (x - width / 2, y + 19)):  # fmt: skip
        inside = left > LEFT and left + width < LEFT + WIDTH + 26
        inside = inside and TOP + 8 < level < TOP + HEIGHT - 4
        free = all(
            abs(level - other) > 13 or left > end or left + width < begin
            for begin, end, other in taken
        )
        if inside and free:
            taken.append((left, left + width, level))
            return [text_at(name, left, level, size=12)]
    return []


def _wedge(
    half_width: float, shade: str, x: Scale, y: Scale, largest: float, ends: tuple[float, float]
) -> str:
    """The triangle around no effect, cut off at the ends of the axis."""
    corners = [(x(0.0), y(0.0))]
    for end in (ends[1], ends[0]):
        side = half_width if end > 0 else -half_width
        if abs(side) > abs(end):
            cut_at = (x(end), y(largest * end / side))
            corner = (x(end), y(largest))
            corners += [cut_at, corner] if end > 0 else [corner, cut_at]
        else:
            corners.append((x(side), y(largest)))
    return polygon(tuple(corners), shade)


def _frame(
    across: Sequence[tuple[float, float]],
    down: Sequence[tuple[float, float]],
    x: Scale,
    y: Scale,
    title: str,
) -> list[str]:
    bottom = TOP + HEIGHT
    drawn = [line(LEFT, LEFT + WIDTH, bottom, INK), upright(LEFT, TOP, bottom, INK)]
    for value, label in across:
        drawn.append(upright(x(value), bottom, bottom + 5, INK))
        drawn.append(text_at(tick_label(label), x(value), bottom + 19, "middle", size=12))
    for value, label in down:
        drawn.append(line(LEFT - 5, LEFT, y(value), INK))
        drawn.append(text_at(tick_label(label), LEFT - 9, y(value) + 4, "end", size=12))
    drawn.append(text_at(title, LEFT + WIDTH / 2, bottom + 40, "middle", bold=True))
    return drawn


def _legend(y: float, is_filled: bool) -> list[str]:
    drawn, left = [], LEFT
    words = ("p 0.01 to 0.05", "p 0.05 to 0.10", "p > 0.10")
    for shade, text in zip(_SHADES, words, strict=True):
        corners = ((left, y - 10), (left + 16, y - 10), (left + 16, y + 2), (left, y + 2))
        drawn += [polygon(corners, shade), text_at(text, left + 22, y, size=12)]
        left += 44 + text_width(text, 12)
    drawn.append(slanted((left, y - 4), (left + 20, y - 4), RULE))
    drawn.append(text_at("95 % limits", left + 26, y, size=12))
    if is_filled:
        left += 50 + text_width("95 % limits", 12)
        drawn += [
            dot(left, y - 4, 4.5, "#ffffff", "filled"),
            text_at("filled", left + 9, y, size=12),
        ]
    return drawn


def _scaled(low: float, high: float, start: float, length: float) -> Scale:
    span = (high - low) or 1.0
    return lambda value: start + length * (value - low) / span


def _ticks(low: float, high: float) -> list[float]:
    rough = (high - low) / 5
    power = 10.0 ** floor(log10(rough))
    step = next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough * (1 - 1e-9))
    return [step * place for place in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def _ratio_ticks(low: float, high: float) -> list[tuple[float, float]]:
    from math import log

    shown = [(log(ratio), ratio) for ratio in _RATIOS if low <= log(ratio) <= high]
    if len(shown) > 2:
        return shown
    return [(tick, float(f"{exp(tick):.3g}")) for tick in _ticks(low, high)]
