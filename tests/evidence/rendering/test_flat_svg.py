"""Risk-of-bias plots in plain shapes: colours, places and signs as on paper."""

import io
from typing import Any

from lxml import etree
from PIL import Image

from evidence.rendering.flat_svg import flat_svg
from evidence.rendering.rob_summary_svg import rob_summary_svg
from evidence.rendering.traffic_light_svg import JudgedStudy, traffic_light_svg
from evidence.synthesis.raster import png_of

SVG = "{http://www.w3.org/2000/svg}"
JUDGED = ("low", "some_concerns", "high", "unclear", "low")
STUDY = JudgedStudy("Smith & Sons <2010>", JUDGED, "high")


def shapes(svg: str) -> list[Any]:
    return list(etree.fromstring(svg.encode()))


def test_every_shape_is_plain_and_has_the_colour_of_paper() -> None:
    for svg in (traffic_light_svg([STUDY]), rob_summary_svg([STUDY])):
        found = shapes(flat_svg(svg))
        assert {shape.tag for shape in found} == {
            f"{SVG}{name}" for name in ("rect", "line", "circle", "text")
        }
        assert found[0].get("fill") == "#ffffff"  # not the dark ground of a dark screen
        assert not [s for s in found if s.get("class") or "var(" in str(s.attrib)]


def test_discs_stand_where_their_groups_were_moved() -> None:
    svg = traffic_light_svg([STUDY])
    row = [
        shape
        for shape in shapes(flat_svg(svg))
        if shape.tag == f"{SVG}circle" and float(shape.get("r")) == 13
    ]
    assert [s.get("fill") for s in row] == [
        "#2f7d4f", "#f0c63f", "#bd352c", "#43729b", "#2f7d4f", "#bd352c",
    ]  # fmt: skip
    assert [float(s.get("cx")) for s in row] == sorted(float(s.get("cx")) for s in row)
    assert all(float(s.get("cx")) > 200 for s in row)
    assert "Smith & Sons <2010>" in [shape.text for shape in shapes(flat_svg(svg))]


def test_the_picture_shows_the_colours() -> None:
    png = png_of(flat_svg(traffic_light_svg([STUDY])))
    assert png == png_of(flat_svg(traffic_light_svg([STUDY])))
    found = Image.open(io.BytesIO(png)).convert("RGB").getcolors(1 << 24)
    assert found is not None
    colours = {colour for _, colour in found}
    assert {(0x2F, 0x7D, 0x4F), (0xF0, 0xC6, 0x3F), (0xBD, 0x35, 0x2C)} <= colours
