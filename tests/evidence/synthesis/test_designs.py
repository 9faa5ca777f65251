from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evidence.errors import SourceError
from evidence.synthesis.outcome_table import read_outcome_table

EVENTS = "study,events_intervention,total_intervention,events_comparator,total_comparator"
MEANS = (
    "study,mean_intervention,sd_intervention,n_intervention,mean_comparator,sd_comparator,"
    "n_comparator"
)
REFERENCE = Path(__file__).parents[2] / "reference" / "metafor_datasets.json"


@pytest.fixture
def table(tmp_path):
    def write(*lines):
        path = tmp_path / "outcomes.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def test_a_cluster_trial_counts_as_its_effective_size(table):
    """Cochrane Handbook 23.1.4: events and totals over 1 + (m − 1) ICC."""
    clustered = table(
        f"{EVENTS},design,icc,mean_cluster_size", "A,40,200,60,200,cluster RCT,0.05,21"
    )
    found = read_outcome_table(clustered, "OR", "fixed")
    halved = read_outcome_table(table(EVENTS, "A,20,100,30,100"), "OR", "fixed")
    assert found.effects.vi == pytest.approx(halved.effects.vi)
    assert found.effects.yi == pytest.approx(halved.effects.yi)
    assert (
        read_outcome_table(clustered.parent / "outcomes.csv", "OR", "fixed").pool().k_studies == 1
    )
    assert found.notes == ("A: cluster trial, design effect 2",)


@pytest.mark.parametrize("model", ["mh", "peto", "fixed", "reml"])
def test_effective_sizes_go_through_every_model(table, model):
    plain = read_outcome_table(table(EVENTS, "A,20,100,30,100", "B,8,90,16,88"), "OR", model).pool()
    rows = ("A,40,200,60,200,cluster,0.05,21", "B,8,90,16,88,,,")
    effect = read_outcome_table(
        table(f"{EVENTS},design,icc,mean_cluster_size", *rows), "OR", model
    ).pool()
    assert effect.analysis_se == pytest.approx(plain.analysis_se)
    assert effect.analysis_estimate == pytest.approx(plain.analysis_estimate)


def test_a_cluster_trials_reported_effect_gets_a_wider_interval(table):
    path = table(
        "study,yi,se,design,icc,mean_cluster_size", "A,0.4,0.1,cluster,0.1,31", "B,0.3,0.2,,,"
    )
    found = read_outcome_table(path, "MD", "fixed")
    assert found.effects.vi == pytest.approx([0.04, 0.04])


def test_a_shared_comparator_is_split(table):
    path = table(
        f"{EVENTS},shared_comparator",
        "A low,10,100,30,120,A",
        "A high,14,100,30,120,A",
        "B,5,50,9,50,",
    )
    found = read_outcome_table(path, "RR", "fixed")
    assert found.tables.events_comparator == pytest.approx([15, 15, 9])
    assert found.tables.others_comparator == pytest.approx([45, 45, 41])
    assert "A low: its comparator is split among 2 rows" in found.notes
    means = table(f"{MEANS},shared_comparator", "A1,5,2,30,4,2,40,x", "A2,6,2,30,4,2,40,x")
    assert read_outcome_table(means, "MD", "fixed").effects.vi == pytest.approx(
        [4 / 30 + 4 / 20] * 2
    )


def test_a_crossover_is_analysed_in_pairs_as_metafor_does(table):
    rows = ("X,12.1,3.1,20,13.0,2.8,20,crossover,0.6", "Y,8.4,2.2,34,9.9,2.5,34,Cross-over,0.35")
    found = read_outcome_table(table(f"{MEANS},design,correlation", *rows), "MD", "fixed")
    pinned = json.loads(REFERENCE.read_text(encoding="utf-8"))["crossover"]
    np.testing.assert_allclose(found.effects.yi, pinned["yi"], rtol=1e-9)
    np.testing.assert_allclose(found.effects.vi, pinned["vi"], rtol=1e-9)


@pytest.mark.parametrize(
    ("measure", "header", "rows", "words"),
    [
        ("OR", f"{EVENTS},design", ["A,1,10,2,10,RCT", "B,1,10,2,10,cluster"],
         "outcomes.csv:3: column icc: found nothing, expected a cluster trial's intracluster"),
        ("OR", f"{EVENTS},icc", ["A,1,10,2,10,0.1"], "unless the column design says cluster"),
        ("OR", f"{EVENTS},design,icc,mean_cluster_size", ["A,1,10,2,10,cluster,1.2,9"],
         "column icc: found '1.2'"),
        ("OR", f"{EVENTS},design", ["A,1,10,2,10,crossover"], "a crossover cannot be pooled as OR"),
        ("SMD", f"{MEANS},design", ["A,1,1,10,2,1,10,crossover"], "cannot be pooled as SMD"),
        ("MD", f"{MEANS},design,correlation", ["A,1,1,10,2,1,10,crossover,"],
         "column correlation: found nothing"),
        ("MD", f"{MEANS},design,correlation", ["A,1,1,10,2,1,11,crossover,0.5"],
         "expected the 10 of n_intervention"),
        ("MD", f"{MEANS},correlation", ["A,1,1,10,2,1,10,0.5"], "says crossover"),
        ("OR", f"{EVENTS},shared_comparator", ["A,1,10,2,10,c", "B,1,10,3,10,c"],
         "outcomes.csv:3: column events_comparator: found 3, expected 2"),
        ("HR", "study,yi,se,shared_comparator", ["A,1,1,c", "B,1,1,c"], "cannot be split out"),
    ],
)  # fmt: skip
def test_what_cannot_be_handled_is_refused_in_one_line(table, measure, header, rows, words):
    with pytest.raises(SourceError) as caught:
        read_outcome_table(table(header, *rows), measure, "fixed").pool()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_ordinary_designs_and_other_columns_change_nothing(table):
    plain = read_outcome_table(table(EVENTS, "A,1,10,2,10", "B,3,20,5,22"), "OR", "dl").pool()
    rows = ("A,1,10,2,10,RCT,low", "B,3,20,5,22,parallel,high")
    assert read_outcome_table(table(f"{EVENTS},design,risk", *rows), "OR", "dl").pool() == plain


def test_an_interval_of_another_level_is_read_as_what_it_is(table):
    """A 90 % interval of width 2 × 1.64485 se; pooled by hand with a 95 % one."""
    path = table("study,estimate,ci_low,ci_high,ci_level", "A,0.8,0.6,1.1,90", "B,0.7,0.6,0.9,")
    found = read_outcome_table(path, "HR", "fixed")
    se = [np.log(1.1 / 0.6) / (2 * 1.6448536), np.log(0.9 / 0.6) / (2 * 1.9599640)]
    assert np.sqrt(found.effects.vi) == pytest.approx(se, rel=1e-6)
    weights = 1 / np.square(se)
    by_hand = weights @ np.log([0.8, 0.7]) / weights.sum()
    assert found.pool().analysis_estimate == pytest.approx(by_hand, rel=1e-6)
    assert found.notes == ("A: its interval is read as a 90 % one",)


@pytest.mark.parametrize("level", ["0.9", "100", "x", "-90"])
def test_a_level_is_in_percent(table, level):
    path = table("study,estimate,ci_low,ci_high,ci_level", f"A,0.8,0.6,1.1,{level}")
    with pytest.raises(SourceError, match=r":2: column ci_level: .* in percent, 50 to 99\.9"):
        read_outcome_table(path, "HR", "fixed")


def test_a_level_where_no_interval_is_read_is_refused(table):
    path = table("study,yi,se,ci_level", "A,0.1,0.2,90")
    with pytest.raises(SourceError, match="expected nothing where no ci_low,ci_high are read"):
        read_outcome_table(path, "HR", "fixed")


@pytest.mark.parametrize("design", ["crossover", "cross-over", "Cross over RCT"])
def test_every_spelling_of_crossover_is_one(table, design):
    path = table(f"{MEANS},design,correlation", f"A,5,2,20,4,3,20,{design},0.5")
    found = read_outcome_table(path, "MD", "fixed")
    assert found.effects.vi == pytest.approx([(4 + 9 - 6) / 20])


def test_a_comparator_label_that_stands_alone_is_told(table):
    path = table(f"{EVENTS},shared_comparator", "A,2,50,3,50,ctl", "B,1,50,3,50,Ctl", "C,1,9,2,9,")
    found = read_outcome_table(path, "OR", "mh")
    assert found.notes == (
        "A: no other row has its shared_comparator 'ctl', so nothing is split",
        "B: no other row has its shared_comparator 'Ctl', so nothing is split",
    )
