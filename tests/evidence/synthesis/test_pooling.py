from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import EvidenceError
from evidence.findings import ContinuousData, DichotomousData, GenericData
from evidence.synthesis import heterogeneity
from evidence.synthesis.effect_sizes import EffectSizes
from evidence.synthesis.pooling import pool, pool_effects


def table(a, n1, c, n2):
    return DichotomousData(
        events_intervention=a, total_intervention=n1, events_comparator=c, total_comparator=n2
    )


def test_one_study_keeps_its_own_effect_and_says_nothing_of_heterogeneity():
    effect = pool(["A"], [table(12, 60, 20, 61)], "RR", "reml", hartung_knapp=True)
    se = math.sqrt(1 / 12 - 1 / 60 + 1 / 20 - 1 / 61)
    assert effect.estimate == pytest.approx((12 / 60) / (20 / 61))
    assert math.log(effect.ci_high / effect.estimate) == pytest.approx(1.959963984540054 * se)
    assert [w.percent for w in effect.weights] == [100.0]
    nothing = (effect.tau2, effect.tau2_ci, effect.i2, effect.q, effect.q_p, effect.pi_low)
    assert nothing == (None,) * 6


@pytest.mark.parametrize("model", ["mh", "peto"])
def test_one_study_with_table_models(model):
    effect = pool(["A"], [table(12, 60, 20, 61)], "OR", model)
    assert effect.k_studies == 1
    assert effect.q is None


def test_no_study_is_an_error():
    with pytest.raises(EvidenceError, match="no study to pool"):
        pool([], [], "RR")
    with pytest.raises(EvidenceError, match="no study to pool"):
        pool_effects([], EffectSizes(np.array([]), np.array([])), "MD")


def test_studies_without_information_are_left_out_and_named():
    studies = [table(0, 50, 0, 50), table(3, 50, 5, 50), table(50, 50, 50, 50)]
    odds = pool(["none", "some", "all"], studies, "OR", "fixed")
    assert [w.study for w in odds.weights] == ["some"]
    assert "none is left out: nobody had the event in either arm" in odds.note
    assert "all is left out: everybody had the event in either arm" in odds.note
    risks = pool(["none", "some", "all"], studies, "RR", "fixed")
    assert [w.study for w in risks.weights] == ["some", "all"]
    differences = pool(["none", "some", "all"], studies, "RD", "fixed")
    assert differences.k_studies == 3


def test_only_studies_without_information_is_an_error_that_says_why():
    with pytest.raises(EvidenceError, match="nobody had the event"):
        pool(["none"], [table(0, 50, 0, 50)], "RR")


def test_a_mean_difference_without_variance_is_left_out():
    arms = {"n_intervention": 10, "n_comparator": 10, "mean_comparator": 1.0}
    none = ContinuousData(mean_intervention=2.0, sd_intervention=0, sd_comparator=0, **arms)
    some = ContinuousData(mean_intervention=2.0, sd_intervention=1, sd_comparator=1, **arms)
    effect = pool(["flat", "usual"], [none, some], "MD")
    assert effect.k_studies == 1
    assert "both standard deviations are 0" in effect.note


@pytest.mark.parametrize(
    ("measure", "model", "knha", "words"),
    [
        ("RR", "peto", False, "peto pools odds ratios"),
        ("MD", "mh", False, "mh pools OR, RR or RD"),
        ("RR", "fixed", True, "Hartung-Knapp needs the model dl, pm or reml"),
        ("AB", "fixed", False, "unknown measure 'AB'"),
        ("OR", "bayes", False, "unknown model 'bayes'"),
        ("MD", "reml", False, "dichotomous data cannot be pooled as MD"),
        ("HR", "reml", False, "dichotomous data cannot be pooled as HR"),
    ],
)
def test_settings_that_do_not_go_together(measure, model, knha, words):
    with pytest.raises(EvidenceError, match=words):
        pool(["A"], [table(1, 10, 2, 10)], measure, model, hartung_knapp=knha)


def test_kinds_are_not_mixed_and_numbers_are_not_guessed():
    generic = GenericData(measure="RR", estimate=0.5, ci_low=0.3, ci_high=0.8)
    with pytest.raises(EvidenceError, match="dichotomous and generic data cannot be pooled"):
        pool(["A", "B"], [table(1, 10, 2, 10), generic], "RR")
    with pytest.raises(EvidenceError, match="B: events_comparator, total_comparator missing"):
        partial = DichotomousData(events_intervention=1, total_intervention=10)
        pool(["A", "B"], [table(1, 10, 2, 10), partial], "RR")
    with pytest.raises(EvidenceError, match="generic data of RR cannot be pooled as HR"):
        pool(["A"], [generic], "HR")


def test_mantel_haenszel_says_when_it_is_infinite():
    with pytest.raises(EvidenceError, match="no events in every study"):
        pool(["A", "B"], [table(3, 10, 0, 10), table(2, 10, 0, 10)], "RR", "mh")


def test_an_enormous_interval_stays_a_number():
    effects = EffectSizes(np.array([2.0]), np.array([400.0**2]))
    effect = pool_effects(["A"], effects, "OR", "fixed")
    assert math.isfinite(effect.ci_high)
    assert effect.ci_low == 0.0


def test_reml_leaves_a_local_maximum_for_a_likelier_zero():
    """Fisher scoring stops at 0.656 with these studies; no between-study variance is likelier."""
    yi = np.array([-0.15259878, 0.30181387, -2.92091861, 0.49701067, -2.99050703])
    vi = np.array([8.21188182e-04, 2.02430186, 3.45427244, 0.426825536, 1.85003417])
    assert heterogeneity.restricted_maximum_likelihood(yi, vi) == 0.0


effect_lists = st.lists(st.tuples(st.floats(-3, 3), st.floats(1e-3, 4)), min_size=2, max_size=12)


@settings(max_examples=60, deadline=None)
@given(effect_lists, st.sampled_from(["fixed", "dl", "pm", "reml"]), st.floats(0.01, 1000))
def test_pooling_does_not_depend_on_order_and_follows_the_unit(studies, model, unit):
    yi, vi = (np.array(column) for column in zip(*studies, strict=True))
    names = [str(i) for i in range(len(yi))]
    there = pool_effects(names, EffectSizes(yi, vi), "MD", model)
    back = pool_effects(names, EffectSizes(yi[::-1], vi[::-1]), "MD", model)
    assert back.estimate == pytest.approx(there.estimate, rel=1e-6, abs=1e-6)
    scaled = pool_effects(names, EffectSizes(yi * unit, vi * unit**2), "MD", model)
    assert scaled.estimate == pytest.approx(there.estimate * unit, rel=1e-6, abs=1e-6 * unit)
    assert scaled.tau2 == pytest.approx(there.tau2 * unit**2, rel=1e-5, abs=1e-7 * unit**2)
    assert sum(weight.percent for weight in there.weights) == pytest.approx(100)
    assert there.ci_low <= there.estimate <= there.ci_high


@settings(max_examples=60, deadline=None)
@given(effect_lists)
def test_estimators_of_tau2_solve_their_equations(studies):
    yi, vi = (np.array(column) for column in zip(*studies, strict=True))
    k = len(yi)
    paule_mandel = heterogeneity.paule_mandel(yi, vi)
    q = heterogeneity.generalised_q(paule_mandel, yi, vi)
    assert q == pytest.approx(k - 1, rel=1e-6) if paule_mandel > 0 else q <= k - 1 + 1e-9
    reml = heterogeneity.restricted_maximum_likelihood(yi, vi)
    at = heterogeneity._restricted_log_likelihood(reml, yi, vi)
    for other in (0.0, reml * 0.98, reml * 1.02):
        assert heterogeneity._restricted_log_likelihood(other, yi, vi) <= at + 1.3e-4
