from __future__ import annotations

import pytest

from evidence.extraction.arm_results import Count, Printed, percent_result, summary_result
from evidence.extraction.derivations import Quantiles
from evidence.extraction.wording import Span

CELL, HEAD = Span(100, 110), Span(10, 15)
N = Count(25, HEAD)


def test_a_printed_sd_goes_before_one_that_could_be_derived() -> None:
    found = summary_result(Printed(mean=5, sd=1, se=0.3, ci=(4.5, 5.5)), (CELL,), N)
    assert found.values["sd"] == (1, (CELL,), None)
    assert found.values["n"] == (25, (HEAD,), None)


def test_an_sd_from_an_se_says_how_and_quotes_both_numbers() -> None:
    sd = summary_result(Printed(mean=5, se=0.2), (CELL,), N).values["sd"]
    assert sd.number == 1
    assert sd.spans == (CELL, HEAD)
    assert sd.derivation is not None
    assert "SE 0.2 times the square root of n = 25" in sd.derivation


def test_without_n_a_standard_error_gives_no_sd() -> None:
    assert set(summary_result(Printed(mean=5, se=0.2), (CELL,), None).values) == {"mean"}


def test_an_interval_gives_an_sd_only_where_the_mean_is_in_its_middle() -> None:
    good = summary_result(Printed(mean=5, ci=(4.0, 6.0)), (CELL,), N)
    assert good.values["sd"].number == pytest.approx(2.42260, rel=1e-5)
    leaning = summary_result(Printed(mean=5, ci=(4.5, 7.0)), (CELL,), N)
    assert "sd" not in leaning.values
    assert leaning.flags == (
        "the interval 4.5 to 7 is not symmetric about 5: no SD is derived from it",
    )


def test_a_number_of_which_nothing_is_said_stays_out_with_a_flag() -> None:
    found = summary_result(Printed(mean=5, unnamed=1.1), (CELL,), N)
    assert set(found.values) == {"mean", "n"}
    assert "does not say whether 1.1 is an SD or an SE" in found.flags[0]


def test_a_median_becomes_a_mean_with_a_note_where_it_is_not_skewed() -> None:
    found = summary_result(Printed(quantiles=Quantiles(50, 45, 56)), (CELL,), N)
    assert found.values["mean"].number == pytest.approx(50.3578, rel=1e-5)
    assert found.values["mean"].derivation
    assert found.values["sd"].derivation
    assert found.flags == ()
    assert found.notes == ("mean and SD are derived from a median",)


def test_skewed_quantiles_are_flagged_and_give_nothing() -> None:
    found = summary_result(Printed(quantiles=Quantiles(3, 2.9, 12)), (CELL,), Count(60, HEAD))
    assert set(found.values) == {"n"}
    assert "skewed" in found.flags[0]


def test_a_mean_under_two_of_the_derived_sds_has_to_be_looked_at() -> None:
    found = summary_result(Printed(quantiles=Quantiles(8, 3, 14)), (CELL,), N)
    assert "under two SDs" in found.flags[0]
    assert "mean" in found.values


def test_medians_stay_medians_where_they_may_not_be_turned_or_a_mean_is_printed() -> None:
    quantiles = Quantiles(50, 45, 56)
    refused = summary_result(Printed(quantiles=quantiles), (CELL,), N, medians=False)
    assert set(refused.values) == {"n"}
    printed = summary_result(Printed(mean=51, quantiles=quantiles), (CELL,), N)
    assert printed.values["mean"] == (51, (CELL,), None)
    assert "sd" not in printed.values


def test_events_come_from_a_percentage_that_one_count_alone_gives() -> None:
    found = percent_result(24, 0, CELL, Count(50, HEAD))
    assert found is not None
    assert found.values["events"].number == 12
    assert found.values["events"].spans == (CELL, HEAD)
    assert found.values["events"].derivation
    assert percent_result(24, 0, CELL, Count(500, HEAD)) is None
    assert percent_result(24, 0, CELL, None) is None
