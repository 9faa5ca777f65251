from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.extraction.sentence_numbers import Group, groups_in


def read(text: str) -> list[tuple[object, ...]]:
    return [plain(g) for g in groups_in(text, 0)]


def plain(group: Group) -> tuple[object, ...]:
    if group.reading is not None:
        r = group.reading
        return (group.kind, r.events, r.total, r.percent)
    p = group.printed
    assert p is not None
    if p.quantiles is not None:
        return ("median", str(p.quantiles))
    return (group.kind, p.mean, p.sd, p.se, p.ci, p.unnamed, group.n)


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("12/34 (35%) and 20/36 (56%)", [("count", 12, 34, 35.0), ("count", 20, 36, 56.0)]),
        ("(12% vs 8%)", [("percent", None, None, 12.0), ("percent", None, None, 8.0)]),
        ("12.5 percent of women", [("percent", None, None, 12.5)]),
        ("58% of the 36 patients", [("percent", None, 36, 58.0)]),
        ("three of 45 patients", [("count", 3, 45, None)]),
        ("none of the 40 women", [("count", 0, 40, None)]),
        ("(45.2%, 33 of 73)", [("count", 33, 73, 45.2)]),
        ("265 [25%] of 1054 participants", [("count", 265, 1054, 25.0)]),
        ("4 patients (10%) died", [("count", 4, None, 10.0)]),
    ],
)
def test_counts_and_shares_are_read(text: str, groups: list[tuple[object, ...]]) -> None:
    assert read(text) == groups


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("12.3 (SD 4.5) and 14.0 (5.1)",
         [("mean", 12.3, 4.5, None, None, None, None),
          ("mean", 14.0, 5.1, None, None, None, None)]),
        ("12.3 ± 4.5 kg, n = 20", [("mean", 12.3, None, None, None, 4.5, 20)]),
        ("increase, 2.0 points; SE 0.2", [("mean", 2.0, None, 0.2, None, None, None)]),
        ("mean fall 2.4 (95% CI 1.2 to 3.6)",
         [("mean", 2.4, None, None, (1.2, 3.6), None, None)]),
        ("median (IQR) stay was 125 (112 - 158) h", [("median", "median 125, IQR 112 to 158")]),
        ("median stay was 4 days (range 1-9)", [("median", "median 4, range 1 to 9")]),
        ("from 7.2 ± 1.0 to 6.8 ± 1.1", [("mean", 6.8, None, None, None, 1.1, None)]),
        ("the mean score was 4.5 with it and 6 with none",
         [("mean", 4.5, None, None, None, None, None),
          ("mean", 6.0, None, None, None, None, None)]),
    ],
)  # fmt: skip
def test_means_and_medians_keep_what_stands_behind_them(
    text: str, groups: list[tuple[object, ...]]
) -> None:
    assert read(text) == groups


@pytest.mark.parametrize(
    "text",
    [
        "12.4% (6/51)",  # 6/51 is 11.8%
        "mean difference 0.42 (-0.08 to 0.93)",
        "RR 0.78, 95% CI 0.58-1.04",
        "difference -448, 95% CI -934 to 37",
        "median survival 12 (95% CI 9 to 15) months",
        "area under the curve 0.66 [95% CI 0.65-0.72]",
        "incidence was 37.6 (27.1-50.2)",
        "the mean cost was 6,277.28",
    ],
)
def test_what_is_no_result_of_an_arm_is_not_read(text: str) -> None:
    assert read(text) == []


def test_days_and_doses_are_no_counts() -> None:
    assert read("on Day 4 (8.7% of all)") == [("percent", None, None, 8.7)]
    assert read("within 24 hours (8%)") == [("percent", None, None, 8.0)]


@given(st.text(alphabet="0123456789 .,%()[]±/-nSDIQRmeanof=vsto", max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    for group in groups_in(text, 5):
        assert 5 <= group.span.start < group.span.end <= len(text) + 5
