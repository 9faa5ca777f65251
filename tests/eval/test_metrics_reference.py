"""Each measure against an independent implementation, on random inputs, ties and empty cases."""

from __future__ import annotations

from itertools import pairwise

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, bootstrap
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, brier_score_loss
from statsmodels.stats.multitest import multipletests

from eval.calibration_curves import (
    brier_parts,
    calibration_figures,
    equal_mass_bins,
    equal_width_bins,
    expected_calibration_error,
)
from eval.comparison import Difference, holm, paired
from eval.metrics import (
    average_precision,
    average_time_to_discovery,
    discoveries,
    grouped_samples,
    mean_with_interval,
    ndcg_at,
    paired_difference,
    recall_after,
    recall_at,
    recall_ceiling,
    recall_curve,
    reciprocal_rank,
    share_with_interval,
    work_saved_over_sampling,
)

ORDERS = st.lists(st.booleans(), min_size=1, max_size=60).filter(any)
PROBABILITIES = st.lists(
    # Tenths are there often: ties, and claims on the edges of bins.
    st.tuples(st.one_of(st.floats(0, 1), st.sampled_from([i / 10 for i in range(11)])),
              st.booleans()),
    min_size=1, max_size=80,
)  # fmt: skip


@st.composite
def rankings(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """A ranking of some documents, maybe empty, and a gold standard that it may miss."""
    known = [f"d{i:02d}" for i in range(40)]
    ranked = draw(st.permutations(known))[: draw(st.integers(0, 40))]
    return ranked, draw(st.lists(st.sampled_from(known), min_size=1, max_size=12, unique=True))


@given(rankings(), st.sampled_from([1, 5, 10, 20]))
@settings(deadline=None)
def test_rankings_against_ir_measures(ranking: tuple[list[str], list[str]], k: int) -> None:
    ranked, gold = ranking
    recall, ndcg, rank = ir_measures.R @ k, ir_measures.nDCG @ k, ir_measures.RR
    run = {"q": {found: float(len(ranked) - place) for place, found in enumerate(ranked)}}
    qrels = {"q": dict.fromkeys(gold, 1)}
    theirs = ir_measures.calc_aggregate([recall, ndcg, rank], qrels, run)
    assert recall_at(ranked, gold, k) == pytest.approx(theirs[recall])
    assert ndcg_at(ranked, gold, k) == pytest.approx(theirs[ndcg])
    assert reciprocal_rank(ranked, gold) == pytest.approx(theirs[rank])


@given(ORDERS)
@settings(deadline=None)
def test_average_precision_against_scikit_learn(included: list[bool]) -> None:
    scores = -np.arange(len(included))
    assert average_precision(included) == pytest.approx(average_precision_score(included, scores))


@given(ORDERS, st.sampled_from([0.5, 0.9, 0.95, 1.0]), st.integers(1, 70))
def test_screening_measures_against_the_definitions_in_numpy(
    included: list[bool], recall: float, n_screened: int
) -> None:
    labels = np.array(included)
    reached = np.cumsum(labels) / labels.sum()
    n = len(labels)
    read = int(np.argmax(reached >= recall - 1e-9)) + 1
    tn, fn = int((~labels[read:]).sum()), int(labels[read:].sum())
    assert work_saved_over_sampling(included, recall) == pytest.approx(
        (tn + fn) / n - (1 - recall)  # Cohen et al. 2006
    )
    assert recall_after(included, n_screened) == pytest.approx(reached[min(n_screened, n) - 1])
    places = np.flatnonzero(labels) + 1
    assert discoveries(included) == places.tolist()
    assert average_time_to_discovery(included) == pytest.approx(places.mean() / n)
    best = np.sort(labels)[::-1]
    assert recall_ceiling(int(labels.sum()), n_screened) == pytest.approx(
        best[:n_screened].sum() / labels.sum()
    )
    curve = recall_curve([included], n)
    assert curve == pytest.approx([0.0, *reached])
    assert all(a <= b for a, b in pairwise(recall_curve([included, included[::-1]], 7)))


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(deadline=None)
def test_the_exact_interval_against_scipy(counts: tuple[int, int]) -> None:
    n_true, n = counts
    theirs = binomtest(n_true, n).proportion_ci(0.95, method="exact")
    assert share_with_interval(n_true, n).ci95 == pytest.approx((theirs.low, theirs.high))


@pytest.mark.parametrize("seed", range(3))
def test_bootstrap_intervals_against_scipy(seed: int) -> None:
    random = np.random.default_rng(seed)
    ours, theirs = random.beta(4, 2, 80), random.beta(3, 2, 80)
    names = [f"u{i}" for i in range(80)]

    def expected(values: np.ndarray) -> tuple[float, float]:
        found = bootstrap((values,), np.mean, n_resamples=20_000, method="percentile", rng=seed)
        return found.confidence_interval.low, found.confidence_interval.high

    near = {"abs": 0.012}  # Monte Carlo error of 2,000 resamples at an end is about 0.003
    assert mean_with_interval(ours, seed).ci95 == pytest.approx(expected(ours), **near)
    both = paired_difference(dict(zip(names, ours, strict=True)),
                             dict(zip(names, theirs, strict=True)), seed)  # fmt: skip
    assert both is not None and both.n == 80
    assert both.ci95 == pytest.approx(expected(ours - theirs), **near)
    units = [{n: {"x": float(v)} for n, v in zip(names, side, strict=True)}
             for side in (ours, theirs)]  # fmt: skip
    found = paired(units[0], units[1], "x", seed)
    assert found is not None and found.ci95 == pytest.approx(expected(ours - theirs), **near)
    assert found.value == pytest.approx(float((ours - theirs).mean()))


def test_a_ratio_of_sums_against_scipy() -> None:
    random = np.random.default_rng(4)
    right, wrong, better = (random.integers(a, 20, 60).astype(float) for a in (5, 0, 12))
    units = [
        {
            f"u{i}": {"right": r, "wrong": w}
            for i, (r, w) in enumerate(zip(side, wrong, strict=True))
        }
        for side in (better, right)
    ]

    def difference(b: np.ndarray, r: np.ndarray, w: np.ndarray) -> float:
        return float(b.sum() / (b.sum() + w.sum()) - r.sum() / (r.sum() + w.sum()))

    theirs = bootstrap((better, right, wrong), difference, paired=True, vectorized=False,
                       n_resamples=5000, method="percentile", rng=1)  # fmt: skip
    found = paired(units[0], units[1], "precision", 0)
    assert found is not None
    assert found.value == pytest.approx(difference(better, right, wrong))
    interval = theirs.confidence_interval
    assert found.ci95 == pytest.approx((interval.low, interval.high), abs=0.01)


def test_holm_against_statsmodels() -> None:
    random = np.random.default_rng(0)
    for n in range(1, 20):
        ps = [float(p) for p in np.round(random.random(n) ** 4, 2)]  # rounded: there are ties
        family = [Difference("t", "m", "a", "b", 1.0, (0.5, 1.5), 9, p) for p in ps]
        expected = multipletests(ps, method="holm")[1]
        assert [d.holm_p for d in holm(family)] == pytest.approx(list(expected))
    assert holm([]) == []


def test_samples_of_groups_hold_whole_groups_evenly() -> None:
    groups = ["a", "b", "a", "c"]
    samples = grouped_samples(groups, 0)
    assert len(samples) == 2000
    assert all(sample.count(0) == sample.count(2) for sample in samples)
    assert np.mean([sample.count(1) for sample in samples]) == pytest.approx(1, abs=0.06)


@given(PROBABILITIES)
@settings(deadline=None)
def test_calibration_against_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    claimed = np.array([row[0] for row in rows])
    came_true = np.array([float(row[1]) for row in rows])
    figures = calibration_figures(claimed, came_true)
    assert figures["brier"] == pytest.approx(
        brier_score_loss(came_true, claimed, labels=[0, 1], pos_label=1)
    )
    parts = brier_parts(claimed, came_true, equal_mass_bins(claimed))
    whole = parts["brier_reliability"] - parts["brier_resolution"] + parts["brier_uncertainty"]
    assert parts["brier"] == pytest.approx(whole + parts["brier_within_bins"])
    rounded = _bin_means(claimed, equal_mass_bins(claimed))
    assert whole == pytest.approx(float(np.mean((rounded - came_true) ** 2)), abs=1e-9)
    same = brier_parts(rounded, came_true, equal_mass_bins(claimed))
    assert same["brier_within_bins"] == pytest.approx(0, abs=1e-9)


def _bin_means(claimed: np.ndarray, bins: np.ndarray) -> np.ndarray:
    return np.array([claimed[bins == own].mean() for own in bins])


@pytest.mark.parametrize("seed", range(5))
def test_calibration_error_against_the_curves_of_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    claimed = random.beta(2, 3, 400)  # no ties: both rules of bins then agree
    came_true = (random.random(400) < claimed**1.5).astype(float)
    for strategy, bins in (
        ("quantile", equal_mass_bins(claimed)),
        ("uniform", equal_width_bins(claimed)),
    ):
        share, mean = calibration_curve(came_true, claimed, n_bins=10, strategy=strategy)
        counts = np.bincount(bins)
        counts = counts[counts > 0]
        assert len(counts) == len(share)
        expected = float((counts * np.abs(share - mean)).sum() / 400)
        near = 0.004 if strategy == "quantile" else 1e-9  # one claim may change its bin
        assert expected_calibration_error(claimed, came_true, bins) == pytest.approx(
            expected, abs=near
        )


def test_bins_at_their_edges() -> None:
    claimed = np.array([0.0, 0.1, 0.3, 0.7, 0.999, 1.0])
    assert equal_width_bins(claimed).tolist() == [0, 1, 3, 7, 9, 9]
    alike = np.full(50, 0.4)
    assert len(set(equal_mass_bins(alike).tolist())) == 1
    assert np.bincount(equal_mass_bins(np.linspace(0, 1, 100))).tolist() == [10] * 10
