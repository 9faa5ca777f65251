"""Times and visits in tables: every time is a result of its own, and is named as it is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.extraction.time_points import asked_days, is_end_of_treatment, visit_wording
from tests.evidence.extraction.table_factory import document, numbers, ranked, strict

ACUPUNCTURE_AND_SHAM = "Acupuncture (n = 30)|Sham (n = 31)"


@pytest.mark.parametrize(
    ("outcome", "days"),
    [
        ("abstinence from week 5 to week 52", 364),
        ("7-day point prevalence abstinence at week 52", 364),
        ("28-day mortality", 28),
        ("change in pain from baseline to 60 days", 60),
        ("pain 24 hours after surgery", 1),
        ("defecation at the third week", 21),
        ("cure on days 0-7", 7),
        ("pain", None),
    ],
)
def test_when_an_outcome_is_asked_for(outcome: str, days: float | None) -> None:
    assert asked_days(outcome) == days


@pytest.mark.parametrize(
    ("text", "is_end"),
    [
        ("Post-test", True),
        ("at discharge", True),
        ("End of treatment (week 8)", True),
        ("12 weeks (post-treatment)", True),
        ("After", True),
        ("2 weeks post-treatment", False),
        ("3 months after the end of treatment", False),
        ("4 months", False),
        ("T2", False),
    ],
)
def test_what_is_worded_as_the_end_of_treatment(text: str, is_end: bool) -> None:
    assert is_end_of_treatment(text) is is_end


def test_a_single_word_names_a_visit_only_where_it_stands_alone() -> None:
    named = [visit_wording(t) for t in ("Mean (SD) after", "Post", "Nausea after surgery")]
    assert [v.text if v else None for v in named] == [None, "Post", None]
    post = visit_wording("Mean±SD of Post-test")
    assert post is not None
    assert (post.text, post.days) == ("Post-test", None)


def test_columns_with_both_arms_in_one_cell_give_every_time(tmp_path: Path) -> None:
    head = "|".join(
        f"Mean±SD of {t}; Acupuncture (sham)" for t in ("Pre-test", "Post-test", "4 months later")
    )
    found = strict(
        document(
            tmp_path,
            [f"Variable|{head}|P; Acupuncture (sham)"],
            ["Pain|9.1±1.4 (9.0±1.9)|5.5±2.0 (7.9±1.8)|4.5±1.7 ()6.5±2.3|0.01 (0.2)",
             "Mood|4.1±1.4 (4.0±1.9)|-|4.5±1.7 (4.2±2.3)|0.1 (0.2)"],
        ),
        "pain",
    )  # fmt: skip
    assert [(f.time_text, f.days) for f in found] == [("Post-test", None), ("4 months", 121.75)]
    assert [numbers(f)["mean_intervention"] for f in found] == [5.5, 4.5]
    assert [numbers(f)["sd_comparator"] for f in found] == [1.8, 2.3]


def test_a_bracket_that_holds_a_statistic_is_no_second_arm(tmp_path: Path) -> None:
    head, body = ["Variable|Acupuncture (n = 30)|Sham (n = 31)"], ["Pain (SD)|5.5 (2.0)|7.9 (1.8)"]
    (found,) = strict(document(tmp_path, head, body, caption="Means (SD)"), "pain")
    assert numbers(found)["mean_intervention"] == 5.5


def test_a_bare_number_takes_its_unit_from_the_heading_over_it(tmp_path: Path) -> None:
    head = ["|Study period (hours after injury){c3}", "Variable|0 (baseline)|2|6"]
    body = ["Pain, mean ± SD|||", "Acupuncture|9.1 ± 1.4|5.5 ± 2.0|4.5 ± 1.7",
            "Sham|9.0 ± 1.9|7.9 ± 1.8|6.5 ± 2.3"]  # fmt: skip
    (found,) = strict(document(tmp_path, head, body), "pain at 6 hours")
    assert (found.days, numbers(found)["mean_intervention"]) == (0.25, 4.5)


def test_an_outcome_at_a_time_is_given_with_a_flag_where_the_table_tells_none(
    tmp_path: Path,
) -> None:
    body = ["Pain, mean (SD)|5.5 (2.0)|7.9 (1.8)"]
    (found,) = strict(
        document(tmp_path, [f"Variable|{ACUPUNCTURE_AND_SHAM}"], body), "pain at 6 weeks"
    )
    assert any("tells no time" in flag for flag in found.flags)
    # Two visits without a time may be any two.
    head = [f"Variable|{'|'.join([ACUPUNCTURE_AND_SHAM] * 2)}", "|Visit 2{c2}|Visit 3{c2}"]
    twice = document(tmp_path, head, ["Pain, mean (SD)|5.5 (2.0)|7.9 (1.8)|4.5 (2.0)|6.9 (1.8)"])
    assert strict(twice, "pain at 6 weeks") == []
    assert [f.time_text for f in strict(twice, "pain")] == ["Visit 2", "Visit 3"]


def test_a_heading_that_spans_too_few_columns_goes_on(tmp_path: Path) -> None:
    head = ["Drug|Baseline{c2}|6 months|", "|Acupuncture|Sham|Acupuncture|Sham"]
    body = ["Aspirin, n (%)|47 (79.7)|54 (90.0)|49 (83.1)|52 (86.7)"]
    (found,) = strict(document(tmp_path, head, body), "aspirin")
    assert (numbers(found)["events_intervention"], numbers(found)["events_comparator"]) == (49, 52)
    assert found.time_text == "6 months"


def test_columns_of_changes_are_for_changes_alone(tmp_path: Path) -> None:
    head = [
        "Variable|Acupuncture (n = 30){c2}|Sham (n = 31){c2}",
        "|6 weeks|Change from baseline|6 weeks|Change from baseline",
    ]
    made = document(tmp_path, head, ["Pain, mean (SD)|5.5 (2.0)|-3.1 (1.1)|7.9 (1.8)|-1.2 (1.3)"])
    (final,) = strict(made, "pain")
    assert numbers(final)["mean_intervention"] == 5.5
    (change,) = strict(made, "change in pain (pain)")
    assert numbers(change)["mean_comparator"] == -1.2


def test_a_row_at_the_time_goes_before_a_nearer_row_without_one(tmp_path: Path) -> None:
    near = "Pressure in the lung artery, mean (SD)|20 (2)|30 (4)"
    timed = "Pressure in the main lung artery at 6 weeks, mean (SD)|21 (3)|31 (5)"
    made = document(tmp_path, [f"Variable|{ACUPUNCTURE_AND_SHAM}"], [near, timed])
    found = ranked(made, "pressure in the lung artery at 6 weeks")
    assert [numbers(f)["mean_intervention"] for f in found] == [21]
    found = ranked(made, "pressure in the lung artery")
    assert [numbers(f)["mean_intervention"] for f in found] == [20]
