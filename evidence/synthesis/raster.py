"""An SVG plot of ours as PNG: its few kinds of shape, drawn by matplotlib."""

from __future__ import annotations

import io
from typing import Any

from evidence.errors import EvidenceError

_SVG = "{http://www.w3.org/2000/svg}"
_DOTS_PER_INCH = 200
_POINTS_PER_PIXEL = 72 / 96
_NARROWED = 0.87  # DejaVu Sans is wider than the Helvetica that the plots are laid out for


def png_of(svg: str) -> bytes:
    """The picture of a plot made of lines, rectangles, polygons, circles and texts.

    Raises:
        EvidenceError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise EvidenceError(
            "PNG needs matplotlib, which is not installed; install matplotlib or write .svg"
        ) from error
    from lxml import etree

    root = etree.fromstring(svg.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    width, height = float(root.get("width")), float(root.get("height"))
    figure = Figure(figsize=(width / 96, height / 96), dpi=_DOTS_PER_INCH, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    for order, shape in enumerate(root.iter()):
        _draw(axes, shape, order)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _draw(axes: Any, shape: Any, order: int) -> None:
    from matplotlib import patches

    def number(name: str, default: float = 0.0) -> float:
        return float(shape.get(name, default))

    stroke = shape.get("stroke", "none")
    thickness = number("stroke-width", 1.0) * _POINTS_PER_PIXEL
    style = {"facecolor": shape.get("fill"), "edgecolor": stroke, "linewidth": thickness}
    style["zorder"] = order
    match shape.tag:
        case tag if tag == f"{_SVG}line":
            dashes = (0, (4, 3)) if shape.get("stroke-dasharray") else "solid"
            axes.plot(
                (number("x1"), number("x2")), (number("y1"), number("y2")),
                color=stroke, linewidth=thickness, linestyle=dashes, zorder=order,
            )  # fmt: skip
        case tag if tag == f"{_SVG}rect":
            place = (number("x"), number("y"))
            axes.add_patch(patches.Rectangle(place, number("width"), number("height"), **style))
        case tag if tag == f"{_SVG}circle":
            place = (number("cx"), number("cy"))
            axes.add_patch(patches.Circle(place, number("r"), **style))
        case tag if tag == f"{_SVG}polygon":
            corners = [tuple(map(float, pair.split(","))) for pair in shape.get("points").split()]
            axes.add_patch(patches.Polygon(corners, **style))
        case tag if tag == f"{_SVG}text":
            side = {"middle": "center", "end": "right"}.get(shape.get("text-anchor"), "left")
            axes.text(
                number("x"), number("y"), shape.text or "", ha=side, va="baseline",
                fontsize=number("font-size", 13.0) * _POINTS_PER_PIXEL * _NARROWED,
                fontweight=shape.get("font-weight", "normal"), color=shape.get("fill"),
                zorder=order, parse_math=False,
            )  # fmt: skip
