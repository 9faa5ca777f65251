from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from evidence.errors import EvidenceError
from evidence.rendering.rob_summary_svg import rob_summary_svg, shares
from evidence.rendering.traffic_light_svg import (
    LEVEL_WORDS,
    ROB2_DOMAINS,
    ROB2_LEVELS,
    ROBINS_I_LEVELS,
    SIGN_PATHS,
    JudgedStudy,
    PlotDomain,
    plain,
    shortened,
    traffic_light_svg,
)

SVG = "{http://www.w3.org/2000/svg}"
ADAMS = JudgedStudy("Adams 2004", ("low", "some_concerns", "low", "high", "unclear"), "high", 30.0)
CHEN = JudgedStudy("Chen 2016", ("low",) * 5, "low", 10.0)
LONG = JudgedStudy("A <very> long & winding name of a study group " * 3, ("low",) * 5, "low")


def parsed(svg: str) -> etree._Element:
    return etree.fromstring(svg.encode())


def lights(svg: str) -> list[tuple[str, str]]:
    """Class and tooltip of every disc in the grid."""
    return [
        (circle.get("class") or "", circle.getparent().findtext(f"{SVG}title") or "")
        for circle in parsed(svg).iter(f"{SVG}circle")
        if circle.getparent().find(f"{SVG}title") is not None
    ]


def test_every_study_has_a_light_for_each_domain_and_overall() -> None:
    found = lights(traffic_light_svg([ADAMS, CHEN]))
    assert len(found) == 12
    assert [level for level, _ in found[:6]] == [*ADAMS.judgements, ADAMS.overall]
    assert found[1][1] == "Adams 2004, D2 Deviations from intended interventions: Some concerns"
    assert found[5][1] == "Adams 2004, Overall: High"


def test_judgements_differ_by_sign_as_well_as_by_colour() -> None:
    for levels in (ROB2_LEVELS, ROBINS_I_LEVELS):
        assert len({SIGN_PATHS[level] for level in levels}) == len(levels)
    svg = traffic_light_svg([ADAMS])
    for level in ROB2_LEVELS:
        assert f'd="{SIGN_PATHS[level]}"' in svg
        assert f">{LEVEL_WORDS[level]}</text>" in svg


def test_a_long_name_is_cut_and_whole_in_its_tooltip() -> None:
    svg = traffic_light_svg([LONG])
    text = next(t for t in parsed(svg).iter(f"{SVG}text") if (t.text or "").endswith("…"))
    assert len(text.text or "") < 40
    assert text.findtext(f"{SVG}title") == plain(LONG.study)
    assert "<very>" not in svg


def test_says_in_words_what_it_shows() -> None:
    assert parsed(traffic_light_svg([ADAMS])).findtext(f"{SVG}desc") == (
        "Adams 2004: D1 low, D2 some concerns, D3 low, D4 high, D5 not judged yet; overall high."
    )


@pytest.mark.parametrize("draw", [traffic_light_svg, rob_summary_svg])
def test_a_picture_stands_alone_and_is_the_same_every_time(draw: object) -> None:
    assert callable(draw)
    svg = draw([ADAMS, CHEN, LONG], title="A & B <i>", name="second")
    assert svg == draw([ADAMS, CHEN, LONG], title="A & B <i>", name="second")
    assert parsed(svg).findtext(f"{SVG}title") == "A & B <i>"
    assert 'aria-labelledby="second-title second-description"' in svg
    assert not re.search(r"href|url\(|@import|<script|<image", svg)
    assert draw([]) and parsed(draw([])) is not None


@pytest.mark.parametrize("draw", [traffic_light_svg, rob_summary_svg])
@given(st.text(), st.text())
def test_any_name_and_title_give_well_formed_xml(draw: object, name: str, title: str) -> None:
    assert callable(draw)
    parsed(draw([JudgedStudy(name, ("low",) * 5, "low")], title=title))


@given(st.text(), st.floats(20, 400))
def test_a_cut_name_fits(name: str, room: float) -> None:
    short = shortened(name, room)
    assert short == plain(name) or (short.endswith("…") and len(short) * 7.4 <= room + 7.4)


def test_shares_count_studies_or_weigh_them() -> None:
    assert shares([ADAMS, CHEN], 5, ROB2_LEVELS, weighted=False)[1] == [50, 50, 0, 0]
    weighted = shares([ADAMS, CHEN], 5, ROB2_LEVELS, weighted=True)
    assert weighted[0] == [100, 0, 0, 0]
    assert weighted[1] == [25, 75, 0, 0]
    assert weighted[5] == [25, 0, 75, 0]
    svg = rob_summary_svg([ADAMS, CHEN], weighted=True)
    assert "Some concerns 75.0%" in svg
    assert "2 studies, weighted by their share of the pooled effect" in svg
    assert "Overall: low 25.0%, high 75.0%." in svg


def test_bars_are_as_long_as_their_shares() -> None:
    bars = [
        (r.get("class"), float(r.get("x") or 0), float(r.get("width") or 0))
        for r in parsed(rob_summary_svg([ADAMS, CHEN], weighted=True)).iter(f"{SVG}rect")
        if r.get("class") in ROB2_LEVELS
    ]
    low, concerns = bars[1:3]
    assert (low[0], concerns[0]) == ("low", "some_concerns")
    assert concerns[2] == pytest.approx(3 * low[2])
    assert concerns[1] == pytest.approx(low[1] + low[2])


@pytest.mark.parametrize("weight", [None, -1.0, float("nan"), float("inf")])
def test_a_weighted_summary_needs_weights(weight: float | None) -> None:
    study = JudgedStudy("Chen 2016", ("low",) * 5, "low", weight)
    with pytest.raises(EvidenceError, match="'Chen 2016' has the weight"):
        rob_summary_svg([study], weighted=True)
    rob_summary_svg([study])


def test_weights_of_nothing_are_refused() -> None:
    study = JudgedStudy("Chen 2016", ("low",) * 5, "low", 0.0)
    with pytest.raises(EvidenceError, match="add up to 0"):
        rob_summary_svg([study], weighted=True)


@pytest.mark.parametrize("draw", [traffic_light_svg, rob_summary_svg])
def test_what_cannot_be_shown_is_refused(draw: object) -> None:
    assert callable(draw)
    with pytest.raises(EvidenceError, match="'X' has 1 judgements; expected one for each of 5"):
        draw([JudgedStudy("X", ("low",), "low")])
    with pytest.raises(EvidenceError, match="'X' is judged 'serious'"):
        draw([JudgedStudy("X", ("low",) * 5, "serious")])


def test_draws_robins_i_too() -> None:
    domains = [PlotDomain(f"D{at}", f"Domain {at}") for at in range(1, 8)]
    study = JudgedStudy("X", ("low", "moderate", "serious", "critical", *["low"] * 3), "critical")
    found = lights(traffic_light_svg([study], domains, ROBINS_I_LEVELS))
    assert [level for level, _ in found] == [*study.judgements, "critical"]
    assert len(ROB2_DOMAINS) == 5
