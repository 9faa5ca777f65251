from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.screening.stopping import (
    SampleCounts,
    attempt_confidence,
    exact_probability_of_at_most,
    least_missing_target,
    p_value,
    probability_of_at_most,
    reaches_target,
    recall_lower_bound,
    sample_size,
)

TARGETS = ("0.5", "0.8", "0.9", "0.95", "0.99")
CONFIDENCES = ("0.5", "0.8", "0.9", "0.95")


def at_most(k: int, n_unscreened: int, m: int, n_sampled: int) -> Fraction:
    ways = sum(comb(m, x) * comb(n_unscreened - m, n_sampled - x) for x in range(k + 1))
    return Fraction(ways, comb(n_unscreened, n_sampled))


def worst_p_value(counts: SampleCounts, target: Fraction) -> Fraction:
    """The maximum over every M that is possible and misses the target, one by one."""
    found = counts.n_included_before + counts.n_included
    possible = range(counts.n_included, counts.n_unscreened - counts.n_excluded + 1)
    return max(
        (
            at_most(counts.n_included_in_sample, counts.n_unscreened, m, counts.n_sampled)
            for m in possible
            if Fraction(found) < target * (counts.n_included_before + m)
        ),
        default=Fraction(0),
    )


@st.composite
def sample_counts(draw: st.DrawFn) -> SampleCounts:
    n_unscreened = draw(st.integers(1, 40))
    n_sampled = draw(st.integers(1, n_unscreened))
    k = draw(st.integers(0, min(n_sampled, 4)))
    beyond = draw(st.integers(0, n_unscreened - n_sampled))
    f = k + draw(st.integers(0, beyond))
    return SampleCounts(
        n_unscreened, n_sampled, k, draw(st.integers(0, 60)), f, n_sampled + beyond - f
    )


@settings(max_examples=400, deadline=None)
@given(sample_counts(), st.sampled_from(TARGETS), st.sampled_from(CONFIDENCES))
def test_the_test_is_the_worst_case_over_every_number_that_may_be_missed(
    counts: SampleCounts, target: str, confidence: str
) -> None:
    worst = worst_p_value(counts, Fraction(target))
    assert p_value(counts, float(target)) == pytest.approx(float(worst), rel=1e-9, abs=1e-15)
    certified = reaches_target(counts, float(target), float(confidence))
    assert certified == (worst <= 1 - Fraction(confidence))
    assert (recall_lower_bound(counts, float(confidence)) >= float(target)) == certified


@pytest.mark.parametrize("n_sampled", [3, 11, 20, 24])
@pytest.mark.parametrize("included_before", [0, 2, 19, 30])
@pytest.mark.parametrize("target", ["0.5", "0.9", "0.95"])
def test_whatever_else_is_found_a_wrong_certificate_is_as_rare_as_promised(
    n_sampled: int, included_before: int, target: str
) -> None:
    n_unscreened, alpha = 24, Fraction(1, 20)
    for m in range(n_unscreened + 1):
        wrong = Fraction(0)
        for k in range(min(m, n_sampled) + 1):
            # An adversary adds finds outside of the sample, as many as suit a wrong certificate.
            fooled = any(
                Fraction(included_before + f) < Fraction(target) * (included_before + m)
                and reaches_target(
                    SampleCounts(n_unscreened, n_sampled, k, included_before, f, n_sampled - k),
                    float(target),
                    0.95,
                )
                for f in range(k, min(m, k + n_unscreened - n_sampled) + 1)
            )
            if fooled and n_sampled - k <= n_unscreened - m:
                ways = comb(m, k) * comb(n_unscreened - m, n_sampled - k)
                wrong += Fraction(ways, comb(n_unscreened, n_sampled))
        assert wrong <= alpha


def test_the_distribution_function_is_right_to_many_digits() -> None:
    random = np.random.default_rng(1)
    for _ in range(30):
        n_unscreened = int(random.integers(100, 5_000))
        n, m = int(random.integers(1, n_unscreened)), int(random.integers(1, 40))
        k = int(random.integers(0, min(n, m, 6) + 1))
        exact = exact_probability_of_at_most(k, n_unscreened, m, n)
        assert exact == at_most(k, n_unscreened, m, n)
        assert probability_of_at_most(k, n_unscreened, m, n) == pytest.approx(
            float(exact), rel=1e-10, abs=1e-300
        )


def test_a_recall_that_equals_the_target_does_not_miss_it() -> None:
    # 19 of 20 is 0.95; in binary numbers 19 / 0.95 falls short of 20 or not, by chance.
    assert least_missing_target(19, 0, 0.95) == 2
    assert least_missing_target(0, 19, 0.95) == 21
    assert [least_missing_target(9 * i, 0, 0.9) for i in range(1, 60)] == [
        i + 1 for i in range(1, 60)
    ]


def test_a_p_value_that_equals_its_limit_certifies() -> None:
    # One of 20 is missed by a sample of 19 with probability 1/20.
    assert sample_size(20, 0, 0.95, 0.95) == 19
    assert reaches_target(SampleCounts(20, 19, 0, 0, 0, 19), 0.95, 0.95)
    assert not reaches_target(SampleCounts(20, 18, 0, 0, 0, 18), 0.95, 0.95)
    assert sample_size(1_000, 0, 0.95, 0.999) == 999


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 60),
    st.integers(0, 80),
    st.sampled_from(TARGETS),
    st.sampled_from(CONFIDENCES),
    st.integers(0, 2),
)
def test_the_sample_is_the_smallest_that_certifies(
    n_unscreened: int, included: int, target: str, confidence: str, tolerated: int
) -> None:
    def certifies(n: int) -> bool:
        return all(
            reaches_target(
                SampleCounts(n_unscreened, n, k, included, k, n - k),
                float(target),
                float(confidence),
            )
            for k in range(min(n, tolerated) + 1)
        )

    n = sample_size(n_unscreened, included, float(target), float(confidence), tolerated)
    assert certifies(n)
    assert n == 0 or not certifies(n - 1)


def test_screening_everything_certifies_and_a_rest_too_small_to_matter_needs_no_sample() -> None:
    assert sample_size(10, 0, 0.95, 0.999_999) == 10
    assert recall_lower_bound(SampleCounts(10, 10, 3, 5, 3, 7), 0.999) == 1.0
    assert sample_size(10, 1_000, 0.95, 0.95) == 0
    assert recall_lower_bound(SampleCounts(10, 0, 0, 1_000, 0, 0), 0.95) == 1_000 / 1_010


def test_counts_that_cannot_be_are_refused() -> None:
    for wrong in (
        (10, 5, 6, 0, 6, 0),
        (10, 5, 2, 0, 1, 4),
        (10, 5, 0, 0, 6, 5),
        (10, 5, 0, 0, 0, 4),
    ):
        with pytest.raises(ValueError, match="expected"):
            SampleCounts(*wrong)


def test_all_attempts_together_err_no_more_often_than_one_may() -> None:
    for confidence in (0.8, 0.95, 0.99):
        levels = [attempt_confidence(j, confidence) for j in range(1, 40)]
        assert all(earlier < later for earlier, later in pairwise(levels[:20]))
        spent = sum(1 - Fraction(repr(level)) for level in levels)
        assert spent <= (1 - Fraction(repr(confidence))) * (1 + Fraction(1, 10**9))
    assert attempt_confidence(1, 0.95) == 0.96


def test_a_decision_over_a_hundred_thousand_records() -> None:
    counts = SampleCounts(100_000, 20_000, 2, 300, 2, 19_998)
    assert 0 < sample_size(100_000, 300, 0.95, 0.95) < 100_000
    assert reaches_target(counts, 0.95, 0.95) == (recall_lower_bound(counts, 0.95) >= 0.95)
