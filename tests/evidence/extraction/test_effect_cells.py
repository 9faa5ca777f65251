from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.extraction.effect_cells import (
    Effect,
    leaning,
    possible,
    read_effect,
    read_head,
    read_limits,
)
from evidence.findings import Measure


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("0.72 (0.55 to 0.94)", (0.72, 0.55, 0.94)),
        ("0·72 [0·55, 0·94]", (0.72, 0.55, 0.94)),
        ("−2.3 (−4.1; −0.5)", (-2.3, -4.1, -0.5)),
        ("1.4 [1.1–1.8] *", (1.4, 1.1, 1.8)),
        ("0.72 (95% CI 0.55–0.94), p=0.01", (0.72, 0.55, 0.94)),
        ("0.72 95% CI 0.55–0.94", (0.72, 0.55, 0.94)),
        ("2.27(−0.44–4.97)", (2.27, -0.44, 4.97)),
        ("0.08‡ (0.00, 0.16)", (0.08, 0.0, 0.16)),
        ("1,234 (−500, 3,000)", (1234.0, -500.0, 3000.0)),
        ("1.21 (.80–1.83)", (1.21, 0.8, 1.83)),
        ("+26.4 (-3.6, +56.4)", (26.4, -3.6, 56.4)),
        ("1.39*", (1.39, None, None)),
    ],
)
def test_cells_with_an_estimate_are_read(
    cell: str, numbers: tuple[float, float | None, float | None]
) -> None:
    effect = read_effect(cell)
    assert effect is not None
    assert (effect.estimate, effect.low, effect.high) == numbers


@pytest.mark.parametrize(
    "cell",
    [
        "12.3 (4.5)",  # what the bracket holds is not said
        "−0.8 (−1.2 −0.5)",  # the second sign may be a minus
        "5 (1.0−2.0)",  # written with a minus between the limits
        "3.2 (4.0, 1.0)",
        "0.05 (<0.01, 0.5)",
        "1.00 (ref)",
        "P < 0.001",
    ],
)
def test_cells_that_can_be_read_in_two_ways_are_not_read(cell: str) -> None:
    assert read_effect(cell) is None


@given(st.text(alphabet="0123456789.,-–−+()[]%· to;CIp=<*/", max_size=40))
def test_no_cell_breaks_the_reader(cell: str) -> None:
    effect = read_effect(cell)
    limits = read_limits(cell)
    assert effect is None or effect.low is None or effect.high is None or effect.low <= effect.high
    assert limits is None or limits[0] <= limits[1]


@pytest.mark.parametrize(
    ("heading", "measures"),
    [
        ("Adjusteda OR (95% CI)", ("OR",)),
        ("aHR (95 % CI) a,f", ("HR",)),
        ("Risk ratio", ("RR",)),
        ("Difference in proportions", ("RD",)),
        ("Standardised mean difference", ("SMD",)),
        ("OR or mean difference (95% CI)", ("OR", "MD")),
        ("Difference between groups", ()),
    ],
)
def test_headings_name_measures(heading: str, measures: tuple[str, ...]) -> None:
    head = read_head(heading)
    assert head is not None
    assert (head.measures, head.open) == (measures, not measures)


@pytest.mark.parametrize(
    "heading",
    [
        "β (95% CI)", "P-value", "Median difference (95% CI)", "Change (95% CI)",
        "Difference from baseline", "Ratio of geometric means", "p for interaction", "T2-T1",
        "Within-group difference", "Pre-post difference", "Difference or ratio (95% CI)",
    ],
)  # fmt: skip
def test_headings_of_other_statistics_are_no_effects(heading: str) -> None:
    assert read_head(heading) is None


@pytest.mark.parametrize(
    ("measure", "numbers", "holds"),
    [
        ("OR", (0.7, 0.5, 0.9), True),
        ("OR", (1.2, 0.5, 0.9), False),
        ("RR", (0.7, -0.5, 1.9), False),
        ("HR", (-0.7, -0.9, -0.5), False),
        ("MD", (-0.7, -0.9, -0.5), True),
    ],
)
def test_an_interval_holds_its_estimate_and_a_ratio_is_positive(
    measure: Measure, numbers: tuple[float, float, float], holds: bool
) -> None:
    assert possible(measure, Effect(*numbers, percent=False, decimals=1)) is holds


def test_a_ratio_lies_in_the_middle_of_its_interval_in_logarithms() -> None:
    assert not leaning("OR", Effect(2.0, 1.0, 4.0, percent=False, decimals=2))
    assert leaning("OR", Effect(2.5, 1.0, 4.0, percent=False, decimals=2))
    assert leaning("MD", Effect(2.0, 1.0, 4.0, percent=False, decimals=2))
