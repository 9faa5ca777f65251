from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from retrievers.truncation import Truncation, kept_by_gap, kept_by_ratio

SCORES = [1.0, 0.8, 0.5, 0.1, 0.09]
falling = st.lists(st.floats(1e-6, 1e6), max_size=30).map(lambda s: sorted(s, reverse=True))


@pytest.mark.parametrize(
    ("gamma", "kept"),
    [
        (0.1, 1),  # ln(1/0.8) = 0.22
        (0.3, 2),  # ln(0.8/0.5) = 0.47
        (0.5, 3),  # ln(0.5/0.1) = 1.61
        (log(5) + 1e-9, 5),
        (10, 5),
    ],
)
def test_the_gap_rule_cuts_after_the_first_large_gap(gamma: float, kept: int) -> None:
    assert kept_by_gap(SCORES, gamma) == kept


@pytest.mark.parametrize(("t", "kept"), [(1.0, 0), (1.2, 1), (1.5, 2), (2.0, 2), (2.1, 3), (12, 5)])
def test_the_ratio_rule_compares_with_the_first(t: float, kept: int) -> None:
    assert kept_by_ratio(SCORES, t) == kept


def test_the_rules_differ_on_a_slow_fall() -> None:
    slow = [0.9**i for i in range(10)]
    assert kept_by_gap(slow, 0.2) == 10
    assert kept_by_ratio(slow, 1.5) == 4


def test_a_score_that_is_not_positive_ends_the_list() -> None:
    for rule in (kept_by_gap, kept_by_ratio):
        assert rule([0.5, 0.4, 0.0, -0.1], 1e9) == 2
        assert rule([-0.1, -0.2], 1e9) == 0
        assert rule([], 2.0) == 0


def test_scores_must_fall_and_be_numbers() -> None:
    for rule in (kept_by_gap, kept_by_ratio):
        with pytest.raises(ValueError, match="best first"):
            rule([0.1, 0.2], 2.0)
        with pytest.raises(ValueError, match="nan"):
            rule([0.3, float("nan")], 2.0)


@given(falling, st.floats(0.01, 5), st.floats(0.01, 5))
def test_a_looser_threshold_keeps_no_fewer(scores: list[float], a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert kept_by_gap(scores, low) <= kept_by_gap(scores, high) <= len(scores)
    assert kept_by_ratio(scores, 1 + low) <= kept_by_ratio(scores, 1 + high) <= len(scores)


def test_a_truncation_is_its_rule() -> None:
    assert Truncation(rule="gap", threshold=0.3).kept(SCORES) == 2
    assert Truncation(rule="ratio", threshold=2.1).kept(SCORES) == 3
    with pytest.raises(ValidationError, match="above 1"):
        Truncation(rule="ratio", threshold=1.0)
    with pytest.raises(ValidationError):
        Truncation(rule="gap", threshold=0.0)
