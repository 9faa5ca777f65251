"""Every figure against R metafor at 1e-6; tests/reference/metafor.R made the numbers.

Known differences, by decision and not by precision:

- metafor's `rma.mh()` and `rma.peto()` count studies without information (no events, or only
  events, in both arms) among their k and give them weight 0; here they are left out and named.
- Of a study with events in everybody, `escalc(drop00=TRUE)` drops the risk ratio too; here it is
  kept, as with `drop00=FALSE`, because it tells that the risks are alike.
- metafor's own defaults stop Paule-Mandel and the Q profile at a tolerance of 1.2e-4 and look for
  the profile's upper end below 100; the reference was made with tight controls.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evidence.findings import DichotomousData
from evidence.synthesis.effect_sizes import EffectSizes
from evidence.synthesis.pooling import pool
from evidence.synthesis.small_study import egger, peters
from evidence.synthesis.study_effects import study_effects, tables_of

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "metafor.json").read_text(encoding="utf-8")
)
FIELDS = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "analysis_estimate", "analysis_se")
FIELDS += ("tau2", "i2", "q", "q_p")


def close(value):
    return pytest.approx(value, rel=1e-6, abs=1e-6)


def case_name(case):
    knha = "-knha" if case["hartung_knapp"] else ""
    return f"{case['dataset']}-{case['measure']}-{case['model']}{knha}"


@pytest.mark.parametrize("case", REFERENCE["pooled"], ids=case_name)
def test_pooled_effects(case, reference_studies):
    names, data = reference_studies(case["dataset"], case["measure"])
    effect = pool(names, data, case["measure"], case["model"], hartung_knapp=case["hartung_knapp"])
    found = {name: getattr(effect, name) for name in FIELDS}
    assert found == {name: None if case[name] is None else close(case[name]) for name in FIELDS}
    interval = (case["tau2_low"], case["tau2_high"])
    if interval == (None, None):
        assert effect.tau2_ci is None
    else:
        assert effect.tau2_ci == close(interval)
    by_study = {weight.study: weight.percent for weight in effect.weights}
    if len(case["weights"]) == len(names):  # metafor lists the studies it gives no weight
        assert [by_study.get(name, 0.0) for name in names] == close(case["weights"])
    else:
        assert list(by_study.values()) == close(case["weights"])


def test_no_combination_is_missing():
    seen = {(c["measure"], c["model"], c["hartung_knapp"]) for c in REFERENCE["pooled"]}
    for measure in ("OR", "RR", "RD", "MD", "SMD", "HR"):
        for model in ("dl", "pm", "reml"):
            assert {(measure, model, False), (measure, model, True)} <= seen
        assert (measure, "fixed", False) in seen
    assert {("OR", "mh", False), ("RR", "mh", False), ("RD", "mh", False)} <= seen
    assert ("OR", "peto", False) in seen


@pytest.mark.parametrize(
    "case", REFERENCE["studies"], ids=lambda c: f"{c['dataset']}-{c['measure']}"
)
def test_effect_sizes_of_studies(case, reference_studies):
    names, data = reference_studies(case["dataset"], case["measure"])
    effects = study_effects(names, data, case["measure"])
    for found, expected in ((effects.yi, case["yi"]), (effects.vi, case["vi"])):
        as_floats = np.array([np.nan if value is None else value for value in expected])
        np.testing.assert_allclose(found, as_floats, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "case", REFERENCE["small_study_tests"], ids=lambda c: f"{c['test']}-{c['measure']}"
)
def test_tests_of_asymmetry(case, reference_studies):
    names, data = reference_studies(case["dataset"], case["measure"])
    effects = study_effects(names, data, case["measure"])
    found = egger(effects) if case["test"] == "egger" else peters(effects, tables_of(data))
    assert found == close((case["statistic"], case["p"]))


def test_a_second_reference_agrees_where_it_is_right(reference_studies):
    """statsmodels: common effect, DerSimonian-Laird, Hartung-Knapp and Mantel-Haenszel's OR."""
    from statsmodels.stats.contingency_tables import StratifiedTable
    from statsmodels.stats.meta_analysis import combine_effects

    names, data = reference_studies("bcg", "OR")
    effects = study_effects(names, data, "OR")
    theirs = combine_effects(*effects, method_re="dl")
    ours = pool(names, data, "OR", "dl", hartung_knapp=True)
    assert ours.tau2 == close(theirs.tau2)
    assert ours.analysis_estimate == close(theirs.mean_effect_re)
    assert ours.analysis_se == close(np.sqrt(theirs.var_hksj_re))
    fixed = pool(names, data, "OR", "fixed")
    assert fixed.analysis_estimate == close(theirs.mean_effect_fe)
    tables = [
        np.array(
            [
                [d.events_intervention, d.total_intervention - d.events_intervention],
                [d.events_comparator, d.total_comparator - d.events_comparator],
            ]
        )
        for d in data
        if isinstance(d, DichotomousData)
    ]
    stratified = StratifiedTable(tables)
    mantel_haenszel = pool(names, data, "OR", "mh")
    assert mantel_haenszel.estimate == close(stratified.oddsratio_pooled)
    assert mantel_haenszel.analysis_se == close(stratified.logodds_pooled_se)


def test_effects_are_not_changed_by_pooling():
    yi, vi = np.array([0.1, 0.4, -0.2]), np.array([0.04, 0.09, 0.01])
    before = EffectSizes(yi.copy(), vi.copy())
    egger(EffectSizes(yi, vi))
    np.testing.assert_array_equal(yi, before.yi)
    np.testing.assert_array_equal(vi, before.vi)
