from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.extraction.derivations import (
    Group,
    Quantiles,
    combined,
    events_from_percent,
    mean_from_quantiles,
    sd_from_interval,
    sd_from_quantiles,
    sd_from_se,
    skewness,
    skewness_test,
)

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "derivations.json").read_text(encoding="utf-8")
)
ONE, OTHER = (REFERENCE[k] for k in ("one_group", "other_group"))


def close(value: float) -> Any:
    return pytest.approx(value, rel=1e-6, abs=1e-9)


def quantiles(row: dict[str, Any]) -> Quantiles:
    return Quantiles(row["median"], row["q1"], row["q3"], row["min"], row["max"])


@pytest.mark.parametrize("row", REFERENCE["fivenum"])
def test_means_and_sds_from_quantiles_are_those_of_metafor(row: dict[str, Any]) -> None:
    mean = mean_from_quantiles(quantiles(row), row["n"])
    sd = sd_from_quantiles(quantiles(row), row["n"])
    assert mean is not None
    assert sd is not None
    assert mean.value == close(row["mean"])
    assert sd.value == close(row["sd"])
    statistic, critical = skewness_test(quantiles(row), row["n"])
    assert statistic == close(row["statistic"])
    assert critical == close(row["critical"])
    assert (skewness(quantiles(row), row["n"]) is not None) is row["skewed"]


def test_the_reference_holds_skewed_and_symmetric_rows_of_all_three_kinds() -> None:
    kinds = {(r["min"] is None, r["q1"] is None) for r in REFERENCE["fivenum"]}
    assert len(kinds) == 3
    assert {r["skewed"] for r in REFERENCE["fivenum"]} == {True, False}


def test_an_sd_comes_back_from_the_standard_error_and_both_kinds_of_interval() -> None:
    from_se = sd_from_se(ONE["se"], ONE["n"])
    from_ci = sd_from_interval(ONE["ci"][0], ONE["ci"][1], ONE["n"])
    from_ci90 = sd_from_interval(ONE["ci90"][0], ONE["ci90"][1], ONE["n"], 90)
    large = REFERENCE["large_group"]
    from_large = sd_from_interval(large["ci"][0], large["ci"][1], large["n"])
    assert from_se is not None and from_se.value == close(ONE["sd"])
    assert from_ci is not None and from_ci.value == close(ONE["sd"])
    assert from_ci90 is not None and from_ci90.value == close(ONE["sd"])
    assert from_large is not None and from_large.value == close(large["sd"])
    assert "t with 7 degrees of freedom" in from_ci.words
    assert "normal" in from_large.words


def test_two_groups_taken_together_have_the_mean_and_sd_of_all_their_members() -> None:
    made = combined([Group(g["mean"], g["sd"], g["n"]) for g in (ONE, OTHER)])
    assert made is not None
    together = REFERENCE["together"]
    assert made[0].n == together["n"]
    assert made[0].mean == close(together["mean"])
    assert made[0].sd == close(together["sd"])


def test_three_groups_may_be_taken_together_in_any_order() -> None:
    groups = [Group(5, 1, 10), Group(7, 2, 20), Group(1, 0.5, 8)]
    one, other = combined(groups), combined(groups[::-1])
    assert one is not None and other is not None
    assert one[0].sd == close(other[0].sd)
    assert one[0].mean == close(other[0].mean)


@pytest.mark.parametrize(
    ("percent", "decimals", "total", "events"),
    [(58.9, 1, 73, 43), (24, 0, 50, 12), (24, 0, 500, None), (33, 0, 4, None), (0, 0, 30, 0),
     (100, 0, 60, 60), (12.5, 1, 8, 1), (50.4, 1, 101, None)],
)  # fmt: skip
def test_events_come_from_a_percentage_only_where_one_count_is_printed_so(
    percent: float, decimals: int, total: int, events: int | None
) -> None:
    found = events_from_percent(percent, decimals, total)
    assert (found.value if found else None) == events


@given(st.integers(1, 400), st.integers(0, 2), st.data())
def test_the_count_from_a_percentage_is_never_another_than_the_true_one(
    total: int, decimals: int, data: st.DataObject
) -> None:
    events = data.draw(st.integers(0, total))
    printed = float(f"{100 * events / total:.{decimals}f}")
    found = events_from_percent(printed, decimals, total)
    assert found is None or found.value == events


@given(
    st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.integers(-3, 10**6)
)  # fmt: skip
def test_no_quantiles_break_the_formulas(m: float, below: float, above: float, n: int) -> None:
    made = Quantiles(m, m - below, m + above)
    skewness(made, n)
    mean, sd = mean_from_quantiles(made, n), sd_from_quantiles(made, n)
    assert (mean is None) == (sd is None)
    if mean is not None and sd is not None:
        assert math.isfinite(mean.value)
        assert sd.value >= 0
        assert m - below - 1e-6 <= mean.value <= m + above + 1e-6


def test_impossible_numbers_give_nothing() -> None:
    assert sd_from_se(-1, 20) is None
    assert sd_from_interval(5, 4, 20) is None
    assert sd_from_interval(4, 5, 1) is None
    assert combined([]) is None
    assert mean_from_quantiles(Quantiles(5, 6, 8), 40) is None
    assert mean_from_quantiles(Quantiles(5), 40) is None


def test_the_words_hold_the_formula_and_every_number_that_went_in() -> None:
    found = mean_from_quantiles(Quantiles(8, 5, 12), 20)
    assert found is not None
    assert found.words == "mean from median 8, IQR 5 to 12 with n = 20 (Luo 2018)"
    sd = sd_from_quantiles(Quantiles(8, 5, 12, 2, 17), 20)
    assert sd is not None
    assert sd.words == "SD from median 8, IQR 5 to 12, range 2 to 17 with n = 20 (Shi 2020)"
