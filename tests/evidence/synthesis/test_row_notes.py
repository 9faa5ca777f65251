"""What `evidence pool` says of rows that it pools as they stand."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from evidence.commands.pool import pool_app
from evidence.errors import SourceError
from evidence.synthesis.outcome_table import read_outcome_table

EVENTS = "study,events_intervention,total_intervention,events_comparator,total_comparator"
MEANS = (
    "study,mean_intervention,sd_intervention,n_intervention,mean_comparator,sd_comparator,"
    "n_comparator"
)
GENERIC = "study,estimate,ci_low,ci_high"


@pytest.fixture
def outcomes(tmp_path):
    def write(*lines):
        path = tmp_path / "outcomes.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def test_the_same_result_twice_is_pooled_and_told(outcomes):
    path = outcomes(GENERIC, "A,0.8,0.6,1.1", "B,0.9,0.6,1.3", "A,0.8,0.6,1.1")
    assert read_outcome_table(path, "HR", "fixed").notes == (
        "A stands on lines 2, 4, which count as independent studies; line 4 repeats an earlier "
        "one, so its result counts twice",
    )


def test_a_name_on_several_rows_is_told_unless_they_share_a_comparator(outcomes):
    rows = ("A,2,50,3,50,", "B,1,50,3,50,", "A,4,50,3,50,")
    found = read_outcome_table(outcomes(f"{EVENTS},shared_comparator", *rows), "OR", "mh")
    assert found.notes == ("A stands on lines 2, 4, which count as independent studies",)
    shared = ("A,2,50,3,50,c", "A,4,50,3,50,c")
    found = read_outcome_table(outcomes(f"{EVENTS},shared_comparator", *shared), "OR", "mh")
    assert not any("independent" in note for note in found.notes)


@pytest.mark.parametrize(("model", "told"), [("reml", 1), ("fixed", 1), ("mh", 0), ("peto", 0)])
def test_a_continuity_correction_is_named(outcomes, model, told):
    path = outcomes(EVENTS, "A,0,50,3,50", "B,4,50,3,50", "C,0,20,0,30")
    note = read_outcome_table(path, "OR", model).pool().note
    assert note.count("0.5 added to each cell") == told
    assert ("A: 0.5 added" in note) == bool(told)  # C is left out, and nothing is added to it
    assert "C is left out" in note


def test_a_standard_deviation_of_0_in_one_arm_is_told(outcomes):
    path = outcomes(MEANS, "A,5,0,20,4,3,20", "B,5,2,20,4,3,20")
    assert read_outcome_table(path, "MD", "fixed").notes == (
        "A: sd_intervention is 0, as if everybody in that arm had the same value",
    )


@pytest.mark.parametrize(
    ("measure", "row", "told"),
    [
        ("HR", "0.9,0.5,3.9", True),
        ("HR", "0.80,0.60,1.07", False),
        ("OR", "0.05,0.01,0.30", False),  # rounding to two digits
        ("MD", "-1.0,-3.0,1.0", False),
        ("MD", "-1.0,-3.0,3.0", True),
    ],
)
def test_an_estimate_off_the_middle_of_its_interval_is_told(outcomes, measure, row, told):
    found = read_outcome_table(outcomes(GENERIC, f"A,{row}"), measure, "fixed")
    assert any("not in the middle" in note for note in found.notes) == told


def test_a_hartung_knapp_interval_that_is_too_narrow_is_told(outcomes):
    """Two studies with the same effect: its standard error is 0 (Wiksten et al. 2016)."""
    path = outcomes(GENERIC, "A,0.80,0.60,1.0667", "B,0.80,0.60,1.0667")
    effect = read_outcome_table(path, "HR", "reml", hartung_knapp=True).pool()
    assert effect.ci_low == pytest.approx(effect.ci_high)
    assert "narrower than the one without it, 0.65 to 0.98" in effect.note
    apart = outcomes(GENERIC, "A,0.80,0.60,1.07", "B,1.50,1.10,2.05")
    assert read_outcome_table(apart, "HR", "reml", hartung_knapp=True).pool().note == ""


def run(path, *options):
    given = ["--measure", "OR", "--model", "reml", "--out", str(path.with_suffix(".json"))]
    return CliRunner().invoke(pool_app, [str(path), *given, *options])


def test_the_command_tells_heterogeneity_and_every_note(outcomes):
    path = outcomes(EVENTS, "A,0,50,3,50", "B,4,50,30,50", "C,0,20,0,30", "D,20,90,22,88")
    printed = run(path).stdout.splitlines()
    assert printed[0].startswith("OR 0.21 (0.033 to 1.37), 3 studies: ")
    assert printed[1].startswith("I² ") and "τ²" in printed[1]
    assert "prediction interval" in printed[1]
    assert printed[2].startswith("C is left out: nobody had the event")
    assert printed[3] == "A: 0.5 added to each cell, because one is empty"
    one = outcomes(EVENTS, "A,4,50,30,50")
    assert ", 1 study: " in run(one).stdout


def test_json_leaves_the_notes_to_standard_error(outcomes):
    path = outcomes(EVENTS, "A,4,50,30,50", "C,0,20,0,30")
    result = run(path, "--json")
    assert json.loads(result.stdout)["k_studies"] == 1
    assert "C is left out" in result.stderr


def test_a_forest_names_hartung_knapp(outcomes, tmp_path):
    path = outcomes(f"{EVENTS},kind", "A,4,50,9,50,x", "B,6,60,9,55,y", "D,20,90,22,88,y")
    for options in ((), ("--subgroup", "kind")):
        drawn = tmp_path / "forest.svg"
        run(path, "--hksj", "--plot", "forest", "--plot-out", str(drawn), *options)
        assert "Random effects, REML, Hartung-Knapp; 3 studies" in drawn.read_text()


def test_no_study_to_pool_is_one_clear_line(outcomes):
    path = outcomes(EVENTS, "A,0,50,0,50")
    with pytest.raises(SourceError, match="no study can be pooled: A is left out: nobody had"):
        read_outcome_table(path, "OR", "reml").pool()
