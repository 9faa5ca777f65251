from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evidence.screening.quick_stop import quick_p_value, quick_recall_low, quick_test
from evidence.screening.stopping import exact_probability_of_at_most, least_missing_target

CASES = json.loads(
    (Path(__file__).parents[2] / "reference" / "buscarpy_h0.json").read_text(encoding="utf-8")
)["cases"]


def labels_of(places: list[int], n_screened: int) -> NDArray[np.int8]:
    labels = np.zeros(n_screened, dtype=np.int8)
    labels[places] = 1
    return labels


def over_every_suffix(labels: NDArray[np.int8], n_unscreened: int, target: float) -> float:
    total = least_missing_target(0, int(labels.sum()), target)
    least = 1.0
    for start in range(len(labels)):
        population = len(labels) - start + n_unscreened
        missing = total - int(labels[:start].sum())
        if missing > population:
            return 0.0
        k = int(labels[start:].sum())
        p = exact_probability_of_at_most(k, population, missing, len(labels) - start)
        least = min(least, float(p))
    return least


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["n_records"]))
def test_p_values_agree_with_buscarpy(case: dict[str, object]) -> None:
    n_screened = int(str(case["n_screened"]))
    labels = labels_of(case["included_places"], n_screened)  # type: ignore[arg-type]
    rest = int(str(case["n_records"])) - n_screened
    found = quick_p_value(labels, rest, float(str(case["target_recall"])))
    assert found == pytest.approx(case["p_value"], rel=1e-9)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([0, 0, 0, 1]), min_size=1, max_size=40),
    st.integers(0, 30),
    st.sampled_from([0.5, 0.8, 0.95]),
    st.sampled_from([0.8, 0.95]),
)
def test_the_longest_samples_are_enough_and_the_limit_inverts_the_test(
    drawn: list[int], n_unscreened: int, target: float, confidence: float
) -> None:
    labels = np.array(drawn, dtype=np.int8)
    p = quick_p_value(labels, n_unscreened, target)
    assert p == pytest.approx(over_every_suffix(labels, n_unscreened, target), rel=1e-9, abs=1e-12)
    if abs(p - (1 - confidence)) > 1e-9 and labels.any():
        rejects = quick_recall_low(labels, n_unscreened, confidence) >= target
        assert rejects == (p <= 1 - confidence)


def test_more_excluded_records_make_stopping_likelier() -> None:
    found = [1, 0, 1, 1, 0, 0, 1] * 4
    p_values = [
        quick_p_value(np.array(found + [0] * n, dtype=np.int8), 500 - n, 0.95)
        for n in range(0, 500, 30)
    ]
    assert p_values == sorted(p_values, reverse=True)
    assert p_values[0] > 0.5
    assert p_values[-1] < 0.05


def test_nothing_found_is_nothing_known() -> None:
    assert quick_recall_low(np.zeros(5, dtype=np.int8), 10, 0.95) == 0.0
    assert quick_test(np.ones(5, dtype=np.int8), 0, 0.95, 0.95) == (0.0, 1.0)


def test_a_look_at_a_hundred_thousand_screened_records() -> None:
    random = np.random.default_rng(0)
    labels = labels_of(np.unique((1e5 * random.beta(0.5, 6, 1_000)).astype(int)).tolist(), 100_000)
    # Some milliseconds; work that grew with the square of the records would take minutes.
    assert 0 < quick_p_value(labels, 20_000, 0.95) < 1
