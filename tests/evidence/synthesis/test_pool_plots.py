from __future__ import annotations

import json
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from lxml import etree
from typer.testing import CliRunner

from evidence.commands.pool import pool_app
from evidence.errors import EvidenceError, SettingsError, SourceError
from evidence.synthesis.effect_sizes import EffectSizes
from evidence.synthesis.outcome_table import read_outcome_table
from evidence.synthesis.pool_analyses import analyses_json
from evidence.synthesis.pool_plots import check_plot, draw
from evidence.synthesis.scatter_plot import funnel_svg
from evidence.synthesis.sensitivity import baujat, funnel, leave_one_out
from evidence.synthesis.subgroups import subgroup_analysis
from tests.evidence.synthesis.test_forest import assert_nothing_overlaps

KINDS = ("forest", "funnel", "baujat", "leave-one-out", "cumulative")
HEADER = "study,events_intervention,total_intervention,events_comparator,total_comparator,year,kind"


@pytest.fixture
def outcomes(tmp_path, metafor):
    rows = metafor["datasets"]["bcg"]
    lines = [HEADER]
    for place, row in enumerate(rows):
        numbers = ",".join(str(value) for name, value in row.items() if name != "study")
        name = row["study"] if place else "A <b>&\x07 trial"
        lines.append(f'"{name}",{numbers},{1990 - place},{"early" if place % 2 else "late"}')
    lines.append("No events,0,20,0,20,2000,late")
    path = tmp_path / "bcg.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def table(outcomes):
    return read_outcome_table(outcomes, "RR", "reml")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("subgroup", [None, "kind"])
def test_every_plot_is_sound_svg_and_the_same_each_time(table, kind, subgroup):
    first = draw(kind, table, table.pool(), ".svg", title="Tuberculosis", subgroup=subgroup)
    again = draw(kind, table, table.pool(), ".svg", title="Tuberculosis", subgroup=subgroup)
    assert first == again
    root = ElementTree.fromstring(first)  # noqa: S314  our own text
    width, height = float(root.get("width")), float(root.get("height"))
    for shape in root.iter():
        for name, most in (("x", width), ("x1", width), ("x2", width), ("cx", width),
                           ("y", height), ("y1", height), ("cy", height)):  # fmt: skip
            assert -1 <= float(shape.get(name, 0)) <= most + 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_plot_as_a_picture(table, kind):
    pytest.importorskip("matplotlib")
    picture = draw(kind, table, table.pool(), ".png", title="Tuberculosis")
    assert picture.startswith(b"\x89PNG")
    assert picture == draw(kind, table, table.pool(), ".png", title="Tuberculosis")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", [".svg", ".html"])
def test_every_plot_has_its_title(table, kind, suffix):
    if suffix == ".html":
        pytest.importorskip("plotly")
    drawn = draw(kind, table, table.pool(), suffix, title="Tuberculosis").decode()
    assert "Tuberculosis" in drawn


@pytest.mark.parametrize("kind", KINDS)
def test_every_plot_as_a_page_without_network(table, kind):
    pytest.importorskip("plotly")
    page = draw(kind, table, table.pool(), ".html", title="Tuberculosis").decode()
    assert 'id="plot"' in page
    assert "<script src=" not in page  # the library is in the page
    assert "<b>&" not in page.split("Plotly.newPlot")[-1]


def test_subgroup_forest_says_what_the_test_found(table):
    text = draw("forest", table, table.pool(), ".svg", title="T", subgroup="kind").decode()
    found = analyses_json(table, subgroup="kind")["subgroups"]
    assert text.count("<polygon") == 3  # two subtotals, one total
    assert f"Q = {found['q_between']:.2f}, df = 1" in text
    assert [group["name"] for group in found["groups"]] == ["late", "early"]


def test_subgroup_forest_has_the_events_of_each_arm(table):
    text = draw("forest", table, table.pool(), ".svg", title="T", subgroup="kind").decode()
    root = ElementTree.fromstring(text)  # noqa: S314  our own text
    shown = [node.text for node in root.iter() if node.tag.endswith("}text")]
    heads = ["Intervention", "Comparator", "Study", *["Events", "Total"] * 2, "Weight"]
    assert [word for word in shown if word in heads][: len(heads)] == heads
    events = [data.events_intervention for data in table.data]
    groups = table.column("kind")
    for kind in ("late", "early"):
        members = [n for n, group in zip(events, groups, strict=False) if group == kind]
        assert str(sum(members)) in shown
        assert set(map(str, members)) <= set(shown)
    total = shown.index("Total", shown.index("Weight"))
    assert shown[total + 1] == str(sum(events))
    assert_nothing_overlaps(etree.fromstring(text.encode()))


def test_other_plots_of_intervals_have_no_columns_of_events(table):
    text = draw("leave-one-out", table, table.pool(), ".svg", title="T").decode()
    assert "Events" not in text


def test_cumulative_pooling_follows_the_order(table):
    by_year = analyses_json(table, cumulative=True, order="year")["cumulative"]
    as_given = analyses_json(table, cumulative=True)["cumulative"]
    assert [row["added"] for row in by_year] == [row["added"] for row in as_given][::-1]
    assert by_year[-1]["estimate"] == pytest.approx(table.pool().estimate)


def test_funnel_shows_filled_studies_apart(table):
    names, effects = table.part()
    filled = EffectSizes(np.array([0.4]), np.array([0.2]))
    points = funnel(names, effects, -0.7)
    assert funnel_svg(points, "RR", filled).count("<circle") == len(names) + 2  # one in the legend
    assert [contour.p for contour in points.contours] == [0.01, 0.05, 0.10]
    assert points.half_width_95 == pytest.approx(points.contours[1].half_width)


def test_command_keeps_to_its_contract_and_writes_beside(outcomes, tmp_path):
    arguments = [str(outcomes), "--measure", "RR", "--model", "reml"]
    plain, asked = tmp_path / "plain.json", tmp_path / "asked.json"
    runner = CliRunner()
    assert runner.invoke(pool_app, [*arguments, "--out", str(plain)]).exit_code == 0
    more = ["--leave-one-out", "--cumulative", "--order", "year", "--asymmetry", "--subgroup"]
    plot = ["kind", "--plot", "funnel", "--plot-out", str(tmp_path / "new" / "funnel.svg")]
    result = runner.invoke(pool_app, [*arguments, "--out", str(asked), *more, *plot])
    assert result.exit_code == 0, result.output
    assert "No events is left out" in result.output
    assert plain.read_bytes() == asked.read_bytes()
    assert list(json.loads(plain.read_text()))[:2] == ["measure", "model"]
    found = json.loads((tmp_path / "asked.analyses.json").read_text())
    assert list(found) == ["leave_one_out", "cumulative", "subgroups", "asymmetry"]
    assert found["asymmetry"]["trim_and_fill"]["k0"] == 1
    drawn = (tmp_path / "new" / "funnel.svg").read_text()
    assert drawn.startswith("<svg")
    assert drawn.count("filled by trim and fill") == 1  # k0, and its studies alone
    assert not (tmp_path / "plain.analyses.json").exists()


def test_a_test_of_asymmetry_that_cannot_be_done_stops_no_other(tmp_path):
    """Eleven trials of one size: nothing for Peters' test to go by."""
    path = tmp_path / "equal.csv"
    counts = [(n % 7 + 3, n % 5 + 4) for n in range(11)]
    lines = [f"S{n},{a},50,{b},50" for n, (a, b) in enumerate(counts)]
    path.write_text("\n".join([HEADER.removesuffix(",year,kind"), *lines]))
    found = analyses_json(read_outcome_table(path, "OR", "dl"), asymmetry=True)["asymmetry"]
    assert found["note"].startswith("Peters' test: asymmetry needs three studies of different size")
    assert found.keys() == {"note", "egger", "egger_mixed", "trim_and_fill"}


def test_studies_that_are_equally_precise_are_pooled_without_a_test(tmp_path):
    path = tmp_path / "equal.csv"
    path.write_text("\n".join(["study,yi,se", *(f"S{n},0.{n},0.2" for n in range(1, 12))]))
    out = tmp_path / "out.json"
    asked = [str(path), "--measure", "OR", "--model", "dl", "--out", str(out), "--asymmetry"]
    result = CliRunner().invoke(pool_app, asked)
    assert result.exit_code == 0, result.output
    note = json.loads((tmp_path / "out.analyses.json").read_text())["asymmetry"]["note"]
    assert "Egger's test: asymmetry needs three studies of different size; found 11" in note


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--plot", "pie"], "expected one of forest, funnel"),
        (["--plot", "forest", "--plot-out", "a.pdf"], "expected a name that ends in .svg"),
        (["--plot-out", "a.svg"], "expected --plot to say which plot"),
    ],
)
def test_wrong_plot_options_are_refused_before_anything_is_written(
    outcomes, tmp_path, options, words
):
    out = tmp_path / "out.json"
    arguments = [str(outcomes), "--measure", "RR", "--model", "reml", "--out", str(out), *options]
    result = CliRunner().invoke(pool_app, arguments)
    assert isinstance(result.exception, SettingsError)
    assert words in str(result.exception)
    assert not out.exists()


def test_wrong_columns_are_named(table, outcomes):
    with pytest.raises(SourceError, match="no column 'site'; expected one of study"):
        analyses_json(table, subgroup="site")
    with pytest.raises(SourceError, match=r"bcg\.csv:2: column kind: found 'late'"):
        analyses_json(table, cumulative=True, order="kind")


def test_too_few_studies_are_refused():
    one = EffectSizes(np.array([0.1]), np.array([0.2]))
    with pytest.raises(EvidenceError, match="two studies"):
        baujat(["A"], one)
    with pytest.raises(EvidenceError, match="two studies"):
        leave_one_out(["A"], lambda places: None)
    with pytest.raises(EvidenceError, match="one subgroup only"):
        subgroup_analysis(["x", "x"], lambda places: None)


@pytest.mark.parametrize(("module", "suffix"), [("matplotlib.figure", ".png"), ("plotly", ".html")])
def test_a_missing_library_is_named(table, monkeypatch, module, suffix):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EvidenceError, match="not installed; install"):
        draw("funnel", table, table.pool(), suffix, title="T")


def test_formats_are_checked():
    from pathlib import Path

    check_plot("baujat", Path("a.PNG"))
    with pytest.raises(SettingsError):
        check_plot("baujat", Path("a"))
