"""Every measure × model × Hartung-Knapp against metafor on many data sets, to 1e-6.

tests/reference/metafor_datasets.R made the numbers; tests/reference/metafor.md lists the
differences by definition, with both formulas.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from evidence.errors import EvidenceError
from evidence.findings import ContinuousData, DichotomousData, GenericData
from evidence.synthesis.asymmetry import asymmetry_report, egger_mixed, trim_and_fill
from evidence.synthesis.effect_sizes import EffectSizes
from evidence.synthesis.pooling import pool, pool_effects
from evidence.synthesis.sensitivity import baujat, cumulative, leave_one_out
from evidence.synthesis.study_effects import study_effects
from evidence.synthesis.subgroups import subgroup_analysis

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "metafor_datasets.json").read_text(encoding="utf-8")
)
CASES = [dict(zip(REFERENCE["columns"], row, strict=True)) for row in REFERENCE["pooled"]]
QUANTITIES = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "analysis_estimate")
QUANTITIES += ("analysis_se", "tau2", "i2", "q", "q_p")


def close(value):
    return pytest.approx(value, rel=1e-6, abs=1e-6)


def columns_of(name):
    columns = dict(REFERENCE["datasets"][name])
    return columns.pop("study"), columns


def data_of(name, measure):
    """Labels and the outcome data of a data set; effects on the analysis scale as they are."""
    names, columns = columns_of(name)
    if "se" in columns:
        return names, EffectSizes(np.array(columns["yi"]), np.array(columns["se"]) ** 2)
    kind = {"events_intervention": DichotomousData, "sd_intervention": ContinuousData}
    chosen = next((kind[column] for column in kind if column in columns), None)
    rows = [
        dict(zip(columns, numbers, strict=True)) for numbers in zip(*columns.values(), strict=True)
    ]
    if chosen is None:
        return names, [GenericData(measure=measure, **row) for row in rows]
    return names, [chosen(**row) for row in rows]


@cache
def pooled(name, measure, model, hartung_knapp):
    names, data = data_of(name, measure)
    if isinstance(data, EffectSizes):
        return pool_effects(names, data, measure, model, hartung_knapp=hartung_knapp)
    return pool(names, data, measure, model, hartung_knapp=hartung_knapp)


def difference(found, expected):
    """Absolute up to 1, relative beyond: what an agreement of 1e-6 means for any scale."""
    return abs(found - expected) / max(1.0, abs(expected))


def differences(case):
    """The difference of each quantity; None where metafor gives none."""
    effect = pooled(case["dataset"], case["measure"], case["model"], case["hartung_knapp"])
    low, high = effect.tau2_ci or (None, None)
    pairs = {name: (getattr(effect, name), case[name]) for name in QUANTITIES}
    pairs |= {"tau2_low": (low, case["tau2_low"]), "tau2_high": (high, case["tau2_high"])}
    return {
        name: None if expected is None else difference(found, expected)
        for name, (found, expected) in pairs.items()
        if expected is not None or found is not None
    }


@pytest.mark.parametrize("name", dict.fromkeys(case["dataset"] for case in CASES))
def test_every_quantity(name):
    apart = {}
    for case in CASES:
        if case["dataset"] == name:
            wrong = {q: d for q, d in differences(case).items() if d is None or not d <= 1e-6}
            if wrong:
                apart[case["measure"], case["model"], case["hartung_knapp"]] = wrong
    assert not apart


def test_no_combination_is_missing_and_there_are_many_data_sets():
    seen = {(c["measure"], c["model"], c["hartung_knapp"]) for c in CASES}
    for measure, model in product(("OR", "RR", "RD", "MD", "SMD", "HR"), ("dl", "pm", "reml")):
        assert {(measure, model, False), (measure, model, True)} <= seen
    assert {(measure, "mh", False) for measure in ("OR", "RR", "RD")} <= seen
    assert ("OR", "peto", False) in seen
    assert len({c["dataset"] for c in CASES}) >= 20


@cache
def effects_of(name, measure):
    """Labels and effects of the studies that can be pooled."""
    names, data = data_of(name, measure)
    if isinstance(data, EffectSizes):
        return tuple(names), data
    effects = study_effects(names, data, measure)
    kept = np.isfinite(effects.yi)
    labels = tuple(study for study, keep in zip(names, kept, strict=True) if keep)
    return labels, EffectSizes(effects.yi[kept], effects.vi[kept])


def repool_of(case):
    """Pools the studies of a data set at given places."""
    names, effects = effects_of(case["dataset"], case["measure"])

    def repool(places):
        chosen = list(places)
        part = EffectSizes(effects.yi[chosen], effects.vi[chosen])
        return pool_effects([names[p] for p in chosen], part, case["measure"], case["model"])

    return names, effects, repool


def estimates_and_errors(repooled):
    return [r.effect.analysis_estimate for r in repooled], [r.effect.analysis_se for r in repooled]


built = pytest.mark.parametrize(
    "case", REFERENCE["built"], ids=lambda c: f"{c['dataset']}-{c['model']}"
)


@built
def test_trim_and_fill(case):
    _, effects, _ = repool_of(case)
    found = trim_and_fill(effects, case["measure"], case["model"])
    assert (found.k0, len(found.filled.yi)) == (case["k0"], case["k0"])
    assert found.side == case["side"]
    assert found.effect.analysis_estimate == close(case["filled_estimate"])
    assert found.effect.analysis_se == close(case["filled_se"])
    assert found.effect.tau2 == close(case["filled_tau2"])


@built
def test_egger_with_residual_heterogeneity(case):
    _, effects, _ = repool_of(case)
    found = egger_mixed(effects, case["model"])
    assert (found.z, found.p) == close((case["egger_z"], case["egger_p"]))
    assert found.limit_estimate == close(case["egger_limit"])


@built
def test_leave_one_out_and_cumulative(case):
    names, _, repool = repool_of(case)
    for found, expected in (
        (leave_one_out(names, repool), case["leave_one_out"]),
        (cumulative(names, repool), case["cumulative"]),
    ):
        estimates, errors = estimates_and_errors(found)
        assert estimates == close(expected["estimate"])
        assert errors == close(expected["se"])


@built
def test_subgroups(case):
    names, _, repool = repool_of(case)
    found = subgroup_analysis([str(place % 3) for place in range(len(names))], repool)
    assert [g.effect.analysis_estimate for g in found.groups] == close(case["group_estimates"])
    assert [g.effect.analysis_se for g in found.groups] == close(case["group_se"])
    assert (found.q_between, found.p) == close((case["q_between"], case["q_between_p"]))


@pytest.mark.parametrize(
    "case", [c for c in REFERENCE["built"] if c["model"] == "fixed"], ids=lambda c: c["dataset"]
)
def test_baujat(case):
    names, effects, _ = repool_of(case)
    points = baujat(names, effects)
    assert [p.contribution_to_q for p in points] == close(case["baujat_x"])
    assert [p.influence for p in points] == close(case["baujat_y"])


@pytest.mark.parametrize(
    "case", REFERENCE["built_on_tables"], ids=lambda c: f"{c['dataset']}-{c['model']}"
)
def test_leave_one_out_of_tables(case):
    names, data = data_of(case["dataset"], "OR")

    def repool(places):
        return pool([names[p] for p in places], [data[p] for p in places], "OR", case["model"])

    estimates, errors = estimates_and_errors(leave_one_out(names, repool))
    assert estimates == close(case["leave_one_out"]["estimate"])
    assert errors == close(case["leave_one_out"]["se"])


def test_the_figures_of_the_bcg_vaccine_trials():
    names, effects = effects_of("bcg", "RR")
    reml = pool_effects(names, effects, "RR", "reml")
    assert reml.analysis_estimate == pytest.approx(-0.71453235, abs=1e-6)
    assert reml.tau2 == pytest.approx(0.31324333, abs=1e-6)
    knapp = pool_effects(names, effects, "RR", "reml", hartung_knapp=True)
    assert np.log([knapp.ci_low, knapp.ci_high]) == pytest.approx(
        [-1.10844372, -0.32062097], abs=1e-6
    )
    _, data = data_of("bcg", "RR")
    assert pool(names, data, "RR", "mh").analysis_estimate == pytest.approx(-0.45370960, abs=1e-6)
    assert pool(names, data, "OR", "peto").analysis_estimate == pytest.approx(-0.47444631, abs=1e-6)
    assert egger_mixed(effects).z == pytest.approx(-0.803329, abs=1e-6)
    filled = trim_and_fill(effects, "RR")
    assert (filled.k0, filled.side) == (1, "right")
    assert filled.effect.analysis_estimate == pytest.approx(-0.65708280, abs=1e-6)


def test_tests_of_asymmetry_are_refused_below_ten_studies():
    _, effects = effects_of("cannon2006", "OR")
    report = asymmetry_report(effects)
    assert (report.egger, report.egger_mixed, report.peters) == (None, None, None)
    assert report.reason.startswith("4 studies: below 10")
    assert asymmetry_report(effects_of("bcg", "RR")[1]).egger_mixed is not None


def test_an_arm_without_any_event_is_refused_with_a_way_out():
    data = [DichotomousData(events_intervention=0, total_intervention=20, events_comparator=e,
                            total_comparator=20) for e in (2, 3)]  # fmt: skip
    for measure in ("OR", "RR"):
        with pytest.raises(EvidenceError, match="use the measure RD"):
            pool(["A", "B"], data, measure, "mh")
    assert pool(["A", "B"], data, "OR", "peto").estimate < 1
    assert pool(["A", "B"], data, "RD", "mh").estimate == pytest.approx(-0.125)
