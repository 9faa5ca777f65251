from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from evidence.config import SynthesisSettings
from evidence.errors import EvidenceError
from evidence.findings import DichotomousData, GenericData, StudyResult
from evidence.rendering.report_html import pooling_text
from evidence.synthesis.forest import forest_svg
from evidence.synthesis.forest_axis import fitted_axis
from evidence.synthesis.forest_text import text_width
from evidence.synthesis.summary_of_findings import summarise_outcome

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg):
    return etree.fromstring(svg.encode(), etree.XMLParser(resolve_entities=False))


def texts(root):
    return ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]


def boxes(root):
    """Left, right and baseline of each text."""
    found = []
    for node in root.iter(f"{SVG}text"):
        bold = node.get("font-weight") == "bold"
        width = text_width(node.text, float(node.get("font-size")), bold=bold)
        x, y = float(node.get("x")), float(node.get("y"))
        left = {"start": x, "middle": x - width / 2, "end": x - width}[node.get("text-anchor")]
        found.append((left, left + width, y, node.text))
    return found


def assert_nothing_overlaps(root):
    width, height = float(root.get("width")), float(root.get("height"))
    placed = boxes(root)
    for index, (left, right, y, text) in enumerate(placed):
        assert left >= 0, text
        assert right <= width, text
        assert 0 < y < height, text
        for other_left, other_right, other_y, other in placed[:index]:
            if abs(y - other_y) < 11:
                assert left >= other_right or right <= other_left, (text, other)


def wide(name, estimate, low, high):
    data = GenericData(measure="OR", estimate=estimate, ci_low=low, ci_high=high)
    return StudyResult(record_id=name, study=name, data=data, comparator="c")


def odds(reference_results):
    results = reference_results("sparse", "OR")
    unread = DichotomousData(events_intervention=3)
    return [*results, StudyResult(record_id="x", study="<b>&", data=unread, comparator="c")]


@pytest.fixture
def rows(reference_results):
    def row(dataset, measure, n=None, **options):
        results = reference_results(dataset, measure)[:n]
        return summarise_outcome(f"{dataset} in {measure}", results, SynthesisSettings(**options))

    return row


def test_every_layout_is_sound_xml_and_its_texts_do_not_overlap(rows, reference_results):
    drawn = [
        rows("bcg", "RR"),
        rows("bcg", "RR", 12),
        rows("pair", "RR"),
        rows("pair", "RR", 1),
        rows("sparse", "RD", dichotomous_measure="RD", model="mh"),
        rows("stay", "MD"),
        rows("stay", "SMD", continuous_measure="SMD", hartung_knapp=True),
        rows("survival", "HR"),
        rows("survival", "HR", 1),
    ]
    odds_row = SynthesisSettings(dichotomous_measure="OR")
    drawn.append(summarise_outcome("events", odds(reference_results), odds_row))
    long = [r.model_copy(update={"study": r.study * 12}) for r in reference_results("bcg", "RR")]
    drawn.append(summarise_outcome("a long outcome name " * 20, long, SynthesisSettings()))
    vast = [wide("A", 1e5, 1e-9, 1e19), wide("B", 0.9, 0.4, 2.1), wide("C", 1e-6, 1e-12, 1)]
    drawn.append(summarise_outcome("vast", vast, SynthesisSettings()))
    for row in drawn:
        assert_nothing_overlaps(parsed(forest_svg(row)))


def test_same_row_same_bytes(rows):
    assert forest_svg(rows("bcg", "RR")) == forest_svg(rows("bcg", "RR"))


def test_the_figures_are_in_the_plot(rows):
    found = texts(parsed(forest_svg(rows("bcg", "RR"))))
    for text in (
        "0.49 [0.34, 0.70]",
        "0.41 [0.13, 1.26]",
        "5.1 %",
        "100.0 %",
        "[0.15, 1.55]",
        "Random effects, REML; 13 studies",
        "Heterogeneity: Q = 152.23 (p < 0.001), I² = 92 %",
        "τ² = 0.313 (95 % CI 0.12 to 1.11)",
        "RR, 95 % CI, log scale",
        "191064",
    ):
        assert text in found


def test_square_areas_follow_weights_and_the_diamond_is_the_interval(rows):
    row = rows("bcg", "RR")
    root = parsed(forest_svg(row))
    sides = [float(r.get("width")) for r in root.findall(f"{SVG}g/{SVG}rect")]
    percents = [study.percent for study in row.studies]
    assert len(sides) == 13
    ratios = [side**2 / percent for side, percent in zip(sides, percents, strict=True)]
    assert max(ratios) / min(ratios) == pytest.approx(1, rel=0.01)
    diamond = root.find(f"{SVG}polygon").get("points").split()
    left, middle, right = (float(diamond[corner].split(",")[0]) for corner in (0, 1, 2))
    null = float(root.find(f"{SVG}line").get("x1"))
    per_log = (middle - null) / math.log(row.effect.estimate)
    assert (left - null) / per_log == pytest.approx(math.log(row.effect.ci_low), abs=0.01)
    assert (right - null) / per_log == pytest.approx(math.log(row.effect.ci_high), abs=0.01)


def test_studies_without_weight_are_listed(reference_results):
    settings_ = SynthesisSettings(dichotomous_measure="OR")
    row = summarise_outcome("events", odds(reference_results), settings_)
    found = texts(parsed(forest_svg(row)))
    assert found.count("Not estimable") == 2
    assert found.count("Not pooled") == 1
    assert "<b>&" in found


def test_directions_are_named_only_when_known(rows):
    row = rows("pair", "RR")
    assert "← Less with intervention" in texts(parsed(forest_svg(row)))
    for lower, other in (("intervention", "comparator"), ("comparator", "intervention")):
        found = texts(parsed(forest_svg(row, lower_favours=lower)))
        assert f"← Favours {lower}" in found
        assert f"Favours {other} →" in found


def test_it_is_accessible(rows):
    root = parsed(forest_svg(rows("pair", "RR")))
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img"
    assert root.get("aria-labelledby").split() == [title.get("id"), desc.get("id")]
    assert title.text == "Forest plot: pair in RR"
    assert "Pooled RR 0.66 [0.39, 1.09]" in desc.text


def test_intervals_beyond_the_axis_end_in_arrows():
    results = [wide("A", 50, 0.001, 1e5), wide("B", 0.9, 0.7, 1.2), wide("C", 0.8, 0.6, 1.1)]
    root = parsed(forest_svg(summarise_outcome("x", results, SynthesisSettings())))
    arrows = root.findall(f"{SVG}g/{SVG}polygon")
    assert len(arrows) == 2


def test_nothing_pooled_nothing_drawn():
    row = summarise_outcome("x", [], SynthesisSettings())
    with pytest.raises(EvidenceError, match="nothing was pooled"):
        forest_svg(row)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_hostile_names_stay_text(name, outcome):
    results = [wide("A", 0.9, 0.7, 1.2), wide("B", 0.8, 0.6, 1.1)]
    results[0] = results[0].model_copy(update={"study": name})
    svg = forest_svg(summarise_outcome(outcome, results, SynthesisSettings()))
    root = parsed(svg)
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {
        "svg", "title", "desc", "rect", "text", "line", "g", "polygon",
    }  # fmt: skip
    assert not re.search(r"\son\w+=", re.sub(r">[^<]*<|\"[^\"]*\"", "><", svg))


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["OR", "MD"]),
    st.lists(st.tuples(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6)), min_size=1, max_size=8),
)
def test_places_stay_on_the_axis_and_in_order(measure, intervals):
    axis = fitted_axis(measure, [0.5, 2.0], intervals, 100.0, 300.0)
    ends = sorted(end for interval in intervals for end in interval)
    places = [axis.x(end) for end in ends]
    assert all(100.0 <= place <= 400.0 for place in places)
    assert places == sorted(places)
    assert axis.x(axis.null) == pytest.approx(250.0)
    assert list(axis.ticks) == sorted(axis.ticks)


@pytest.mark.parametrize(
    ("dataset", "measure", "options", "named"),
    [
        ("bcg", "RR", {"model": "reml", "hartung_knapp": True}, True),
        ("bcg", "RR", {"model": "reml"}, False),
        ("bcg", "RR", {"model": "mh", "hartung_knapp": True}, False),  # it has no such interval
        ("stay", "MD", {"model": "mh", "hartung_knapp": True}, False),  # means fall back
    ],
)
def test_hartung_knapp_is_named_where_it_was_computed(rows, dataset, measure, options, named):
    row = rows(dataset, measure, **options)
    svg = forest_svg(row)
    assert ("Hartung-Knapp" in " ".join(texts(parsed(svg)))) == named
    assert ("Hartung-Knapp" in pooling_text(row.effect)) == named


def test_one_study_has_no_hartung_knapp_interval(rows):
    assert "Hartung-Knapp" not in forest_svg(rows("pair", "RR", 1, hartung_knapp=True))
