from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evidence.screening.stopping import sample_size
from evidence.screening.stopping_advice import StoppingAdvice, advise

N_RECORDS, LEVEL = 1_000, 0.96


def screened(n_included: int, n_excluded_in_row: int) -> NDArray[np.int8]:
    return np.array([1] * n_included + [0] * n_excluded_in_row, dtype=np.int8)


def advice_after(n_included: int, in_row: int, n_records: int = N_RECORDS) -> StoppingAdvice:
    labels = screened(n_included, in_row)
    return advise(labels, n_records - len(labels), 0.95, LEVEL)


def test_while_records_are_found_it_is_too_early() -> None:
    advice = advice_after(100, 0)
    assert not advice.begin
    assert advice.n_needed == sample_size(900, 100, 0.95, LEVEL)
    assert f"a sample takes {advice.n_needed} of 900" in advice.reason
    assert f"about {advice.n_to_wait} more" in advice.reason


def test_it_is_time_when_the_row_of_excluded_is_half_the_sample() -> None:
    waited = next(row for row in range(N_RECORDS) if advice_after(100, row).begin)
    now = advice_after(100, waited)
    assert waited >= now.n_needed / 2 > waited - 2
    assert now.n_to_wait == 0
    assert f"spares {900 - waited - now.n_needed}" in now.reason
    assert abs(advice_after(100, 0).n_to_wait - waited) <= 2
    assert abs(advice_after(100, waited // 2).n_to_wait - (waited - waited // 2)) <= 2


def test_few_included_records_make_it_wait_longer() -> None:
    assert advice_after(10, 0).n_to_wait > 2 * advice_after(100, 0).n_to_wait


def test_a_rest_too_small_to_matter_needs_no_sample() -> None:
    advice = advice_after(400, 0, n_records=410)
    assert advice.begin
    assert advice.n_needed == 0
    assert "no sample is needed" in advice.reason


def test_where_everything_is_screened_there_is_nothing_to_advise() -> None:
    advice = advice_after(3, 7, n_records=10)
    assert not advice.begin
    assert advice.reason == "every record is screened"


def test_nothing_screened_yet_is_no_time_to_draw() -> None:
    assert not advice_after(0, 0).begin
