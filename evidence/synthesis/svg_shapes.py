"""The shapes plots are drawn with, as SVG text; the same numbers give the same bytes."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from evidence.synthesis.forest_axis import Axis
from evidence.synthesis.forest_table import SIZE
from evidence.synthesis.forest_text import Anchor

INK, SOFT, FILL, RULE = "#1a1a1a", "#5a5a5a", "#9db4cc", "#9a9a9a"

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def interval_line(
    low: float, high: float, axis: Axis, y: float, ink: str, thickness: float
) -> list[str]:
    """A line from low to high, with an arrow head where it leaves the axis."""
    left, right = axis.x(low), axis.x(high)
    drawn = [line(left, right, y, ink, thickness)]
    for end, x, side in ((low, left, -1), (high, right, 1)):
        if axis.beyond(end) == side:
            drawn.append(polygon(((x + side * 7, y), (x, y - 4.5), (x, y + 4.5)), ink))
    return drawn


def square(x: float, y: float, side: float) -> str:
    """A square centred on a point, for a study."""
    return (
        f'<rect x="{x - side / 2:.2f}" y="{y - side / 2:.2f}" width="{side:.2f}" '
        f'height="{side:.2f}" fill="{FILL}" stroke="{INK}" stroke-width="0.6"/>'
    )


def polygon(corners: tuple[tuple[float, float], ...], ink: str) -> str:
    """A filled polygon."""
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in corners)
    return f'<polygon points="{points}" fill="{ink}"/>'


def line(left: float, right: float, y: float, ink: str, thickness: float = 1.0) -> str:
    """A level line."""
    return (
        f'<line x1="{left:.2f}" x2="{right:.2f}" y1="{y:.2f}" y2="{y:.2f}" '
        f'stroke="{ink}" stroke-width="{thickness:g}"/>'
    )


def text_at(
    text: str,
    x: float,
    y: float,
    anchor: Anchor = "start",
    *,
    bold: bool = False,
    size: float = SIZE,
    ink: str = INK,
) -> str:
    """A line of text; y is its base line."""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" font-size="{size:g}"'
        f'{weight} fill="{ink}">{xml_text(text)}</text>'
    )


def xml_text(text: str) -> str:
    """Text as XML holds it."""
    return escape(clean(text))


def clean(text: str) -> str:
    """Without the characters that XML cannot hold even when escaped."""
    return _NOT_XML.sub("\ufffd", text)


def upright(x: float, top: float, bottom: float, ink: str, *, dashed: bool = False) -> str:
    """An upright line."""
    dashes = ' stroke-dasharray="4 3"' if dashed else ""
    return (
        f'<line x1="{x:.2f}" x2="{x:.2f}" y1="{top:.2f}" y2="{bottom:.2f}" '
        f'stroke="{ink}" stroke-width="1"{dashes}/>'
    )


def slanted(start: tuple[float, float], end: tuple[float, float], ink: str) -> str:
    """A dashed line between two points."""
    return (
        f'<line x1="{start[0]:.2f}" x2="{end[0]:.2f}" y1="{start[1]:.2f}" y2="{end[1]:.2f}" '
        f'stroke="{ink}" stroke-width="1" stroke-dasharray="4 3"/>'
    )


def dot(x: float, y: float, radius: float, fill: str, title: str) -> str:
    """A round point that tells its name when it is pointed at."""
    return (
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:g}" fill="{fill}" stroke="{INK}" '
        f'stroke-width="0.8"><title>{xml_text(title)}</title></circle>'
    )
