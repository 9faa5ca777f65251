from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.extraction.numbers import (
    Layout,
    layout_of,
    percent_agrees,
    read_cell,
    read_cells,
)


@pytest.mark.parametrize(
    ("text", "layout", "events", "total", "percent"),
    [
        ("43 (58.9%)", None, 43, None, 58.9),
        ("7/98 (7.1)", "fraction", 7, 98, 7.1),
        ("81 (39%) of 210", None, 81, 210, 39.0),
        ("13 (18·1)", "count_percent", 13, None, 18.1),
        ("27.9% (94)", None, 94, None, 27.9),
        ("1,712 (40)", "count_percent", 1712, None, 40.0),
        ("29 (27.6)†", "count_percent", 29, None, 27.6),
        ("34a", "count", 34, None, None),
        ("0", "count_percent", 0, None, None),
    ],
)
def test_counts_are_read_as_printed(
    text: str, layout: Layout | None, events: int, total: int | None, percent: float | None
) -> None:
    reading = read_cell(text, layout)
    assert reading is not None
    assert (reading.kind, reading.events, reading.total, reading.percent) == (
        "count", events, total, percent,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "layout", "mean", "sd", "spread"),
    [
        ("103.2 (23.2)", "mean_sd", 103.2, 23.2, "SD"),
        ("−0.1 (16.0)", "mean_sd", -0.1, 16.0, "SD"),
        ("38.1 ± 0.99", None, 38.1, 0.99, None),
        ("1.57 (0.06)", "mean_se", 1.57, 0.06, "SE"),
    ],
)
def test_means_are_read_with_what_follows_them(
    text: str, layout: Layout | None, mean: float, sd: float, spread: str | None
) -> None:
    reading = read_cell(text, layout)
    assert reading is not None
    assert (reading.kind, reading.mean, reading.sd, reading.spread) == ("mean", mean, sd, spread)


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("60 (44)", "other"),  # median (IQR)
        ("60 (44)", None),  # nothing says what it is
        ("120/80", None),  # a blood pressure is no fraction
        ("7/98 (9.9)", "fraction"),  # the percentage contradicts the fraction
        ("99/98", "fraction"),
        ("0.318", "count_percent"),
        ("45 (120)", "count_percent"),
        ("n.a.", "count_percent"),
    ],
)
def test_what_is_not_certain_is_not_read(text: str, layout: Layout | None) -> None:
    assert read_cell(text, layout) is None


def test_the_nearest_wording_says_what_the_numbers_are() -> None:
    assert layout_of(["mean (SD)", "n (%)"]) == "mean_sd"
    assert layout_of(["Headache", "DP n (%)"]) == "count_percent"
    assert layout_of(["Age, median (IQR)", "n (%)"]) == "other"
    assert layout_of(["Headache", "DP"]) is None
    # `otherwiSE` and `thousandSD` name no spread.
    assert layout_of(["expressed as mean (unless otherwise indicated) ± SD"]) == "mean_sd"
    assert layout_of(["mean of all those ± SEM"]) == "mean_se"


def test_two_cells_make_one_reading() -> None:
    counted = read_cells("74", "(59)", "count")
    assert counted is not None
    assert (counted.events, counted.percent) == (74, 59.0)
    measured = read_cells("47.5", "38.9", "mean")
    assert measured is not None
    assert (measured.mean, measured.sd, measured.spread) == (47.5, 38.9, "SD")


def test_a_percentage_agrees_when_rounded_or_cut_but_not_otherwise() -> None:
    assert percent_agrees(43, 73, 58.9, 1)
    assert percent_agrees(8, 73, 10.9, 1)  # 10.96 cut off
    assert percent_agrees(33, 49, 67.4, 1)  # 67.347 rounded twice
    assert not percent_agrees(25, 73, 32.4, 1)
    assert not percent_agrees(43, 70, 58.9, 1)


@given(st.text(max_size=40), st.sampled_from([None, "count_percent", "mean_sd", "fraction"]))
def test_no_cell_breaks_the_reader(text: str, layout: Layout | None) -> None:
    reading = read_cell(text, layout)
    if reading is not None and reading.total is not None:
        assert reading.events is not None
        assert reading.events <= reading.total
