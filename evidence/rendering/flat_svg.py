"""A risk-of-bias plot in plain shapes: its style sheet, groups and paths resolved.

What draws pixels (`evidence.synthesis.raster`) knows lines, rectangles, circles and texts alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import dist
from typing import Any

from lxml import etree

_SVG = "{http://www.w3.org/2000/svg}"
_MEDIA = re.compile(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_STEPS = re.compile(r"([MHVLC])([^MHVLC]*)")
_NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
_KEPT = ("fill", "stroke", "stroke-width", "font-size", "font-weight", "text-anchor")
_CURVE_POINTS, _BOLD = 12, 600

Point = tuple[float, float]
Rule = tuple[str, frozenset[str], dict[str, str]]


def flat_svg(svg: str) -> str:
    """The plot as on paper, every shape with its own colours and in the plot's own coordinates."""
    root = etree.fromstring(svg.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    rules = _rules(root.findtext(f"{_SVG}style") or "")
    size = {name: root.get(name) for name in ("width", "height")}
    flat = etree.Element(f"{_SVG}svg", size)
    _walk(root, flat, rules, (0.0, 0.0, 1.0))
    text: str = etree.tostring(flat, encoding="unicode")
    return text


def _walk(parent: Any, flat: Any, rules: list[Rule], at: tuple[float, float, float]) -> None:
    for shape in parent:
        tag = str(shape.tag).removeprefix(_SVG)
        look = _look(tag, shape, rules)
        if tag == "g":
            _walk(shape, flat, rules, _moved(shape.get("transform", ""), at))
        elif tag == "path":
            for start, end in _segments(shape.get("d", "")):
                _add_line(flat, look, _placed(start, at), _placed(end, at))
        elif tag in ("circle", "rect", "text"):
            kept = {k: v for k, v in shape.attrib.items() if k not in ("class", "transform")}
            if tag == "circle":
                (x, y), r = _placed((0.0, 0.0), at), float(shape.get("r", "0")) * at[2]
                kept = {"cx": f"{x:g}", "cy": f"{y:g}", "r": f"{r:g}"}
            etree.SubElement(flat, shape.tag, look | kept).text = shape.text


def _add_line(flat: Any, look: dict[str, str], start: Point, end: Point) -> None:
    """A line; one shorter than it is thick is a dot, which pixels would lose."""
    thick = float(look.get("stroke-width", "1"))
    if dist(start, end) < thick:
        x, y = start
        dot = {"cx": f"{x:g}", "cy": f"{y:g}", "r": f"{thick / 2:g}"}
        etree.SubElement(flat, f"{_SVG}circle", dot | {"fill": look.get("stroke", "none")})
        return
    ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
    etree.SubElement(flat, f"{_SVG}line", look | {k: f"{v:g}" for k, v in ends.items()})


def _rules(style: str) -> list[Rule]:
    """The rules for paper, each by the tag and the classes of its last part."""
    found = [(heads.strip(), told) for heads, told in _RULE.findall(_MEDIA.sub("", style))]
    names = dict(re.findall(r"(--\w+):([^;}]+)", " ".join(told for _, told in found)))
    rules: list[Rule] = []
    for heads, told in found:
        pairs = (part.split(":", 1) for part in told.split(";") if ":" in part)
        values = {
            name.strip(): re.sub(r"var\((--\w+)\)", lambda m: names[m[1]], value).strip()
            for name, value in pairs
        }
        kept = {name: values[name].removesuffix("px") for name in _KEPT if name in values}
        if kept.get("font-weight", "").isdigit():  # few fonts of plots have more than two weights
            kept["font-weight"] = "bold" if int(kept["font-weight"]) >= _BOLD else "normal"
        for head in heads.split(","):
            tag, *classes = head.split()[-1].split(".")
            rules.append((tag, frozenset(classes) - {"rob"}, kept))
    return rules


def _look(tag: str, shape: Any, rules: list[Rule]) -> dict[str, str]:
    classes = frozenset(shape.get("class", "").split())
    look: dict[str, str] = {}
    for of_tag, of_classes, values in rules:
        if of_tag in ("", tag) and of_classes <= classes:
            look |= values
    return look


def _moved(transform: str, at: tuple[float, float, float]) -> tuple[float, float, float]:
    """Where a group stands, and its scale."""
    place, scale = (
        re.search(r"translate\(([^)]*)\)", transform),
        re.search(r"scale\(([^)]*)\)", transform),
    )
    x, y = _placed(_pair(place[1]), at) if place else at[:2]
    return x, y, at[2] * (float(scale[1]) if scale else 1.0)


def _placed(point: Point, at: tuple[float, float, float]) -> Point:
    return at[0] + point[0] * at[2], at[1] + point[1] * at[2]


def _pair(text: str) -> Point:
    x, y = _NUMBER.findall(text)[:2]
    return float(x), float(y)


def _segments(path: str) -> Iterator[tuple[Point, Point]]:
    """The straight pieces of a path; a curve becomes some of them."""
    x, y = 0.0, 0.0
    for step, told in _STEPS.findall(path):
        numbers = [float(number) for number in _NUMBER.findall(told)]
        if step == "M":
            x, y = numbers
        elif step == "C":
            for corners in zip(*[iter(numbers)] * 6, strict=True):
                for point in _curve((x, y), corners):
                    yield (x, y), point
                    x, y = point
        else:
            end = {"H": (numbers[0], y), "V": (x, numbers[0])}.get(step) or (*numbers,)
            yield (x, y), (end[0], end[1])
            x, y = end[0], end[1]


def _curve(start: Point, corners: tuple[float, ...]) -> Iterator[Point]:
    x1, y1, x2, y2, x3, y3 = corners
    for place in range(1, _CURVE_POINTS + 1):
        t = place / _CURVE_POINTS
        shares = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
        xs, ys = (start[0], x1, x2, x3), (start[1], y1, y2, y3)
        yield (
            sum(share * value for share, value in zip(shares, xs, strict=True)),
            sum(share * value for share, value in zip(shares, ys, strict=True)),
        )
