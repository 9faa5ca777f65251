"""Wordings and cells that tables vary in: marks, codes, visits, medians, heads of one arm alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.extraction.interval_cells import read_interval_cell
from evidence.extraction.numbers import read_cell
from evidence.extraction.table_ranking import best_wording, content_words
from evidence.extraction.tables import is_value, read_grid
from tests.evidence.extraction.table_factory import document, numbers, ranked, strict

HEAD = ["Variable|Acupuncture (n = 40)|Sham (n = 41)|p"]
MEANS = {
    "mean_intervention": 5.1, "sd_intervention": 1.1, "n_intervention": 40,
    "mean_comparator": 6.2, "sd_comparator": 1.3, "n_comparator": 41,
}  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "mean", "sd"),
    [("50.75 ± 2.86ab", 50.75, 2.86), ("110.8±18.3** ††", 110.8, 18.3), ("10.7a (9.7)", 10.7, 9.7),
     ("199.00 ± 132.90,", 199.0, 132.9)],
)  # fmt: skip
def test_marks_behind_a_number_come_off(cell: str, mean: float, sd: float) -> None:
    reading = read_cell(cell, "mean_sd")
    assert is_value(cell)
    assert reading is not None
    assert (reading.mean, reading.sd) == (mean, sd)


def test_a_number_of_visits_denies_nothing(tmp_path: Path) -> None:
    made = document(
        tmp_path,
        HEAD,
        ["General practitioner|||", "- no of visits, mean (SD)|5.1 (1.1)|6.2 (1.3)|1"],
    )
    (found,) = ranked(made, "number of general practitioner visits")
    assert numbers(found) == MEANS
    denied = document(tmp_path, HEAD, ["Stroke, no disability, mean (SD)|5.1 (1.1)|6.2 (1.3)|1"])
    assert ranked(denied, "disability after stroke") == []


@pytest.mark.parametrize("head", ["Acupuncture arms (1 + 2)", "Acupuncture groups combined",
                                  "Pooled acupuncture groups"])  # fmt: skip
def test_a_heading_of_two_arms_together_names_neither(tmp_path: Path, head: str) -> None:
    rows = ["Pain, mean (SD)|5.1 (1.1)|6.2 (1.3)"]
    joined = document(tmp_path, [f"|{head}|Sham (n = 41)"], rows)
    assert strict(joined, "pain") == []
    one = document(tmp_path, ["|Acupuncture group 1 (n = 40)|Sham (n = 41)"], rows)
    assert [numbers(f) for f in strict(one, "pain")] == [MEANS]


def test_the_letter_of_a_part_or_a_vitamin_tells_it_from_its_neighbours(tmp_path: Path) -> None:
    rows = [
        "Trail making, part A, mean (SD)|5.1 (1.1)|6.2 (1.3)|1",
        "Trail making, part B, mean (SD)|9.1 (1.1)|9.2 (1.3)|1",
    ]
    (found,) = ranked(document(tmp_path, HEAD, rows), "trail making test part A")
    assert numbers(found) == MEANS
    assert content_words("FEV1, L") == content_words("FEV1")


def test_the_code_of_a_visit_is_no_part_of_an_outcomes_name(tmp_path: Path) -> None:
    head = ["Group|Pain score{c2}|Anxiety score{c2}", "|T1|T2|T1|T2"]
    rows = [
        "Acupuncture (n = 40)|7.1 (1.0)|5.1 (1.1)|3.1 (1.0)|3.0 (1.0)",
        "Sham (n = 41)|7.2 (1.0)|6.2 (1.3)|3.2 (1.0)|3.1 (1.0)",
    ]
    made = document(
        tmp_path, head, rows, caption="Scores, mean (SD)", note="T1, baseline; T2, 8 weeks"
    )
    (found,) = ranked(made, "pain score")
    assert numbers(found) == MEANS
    assert found.days == 56
    assert not any("check that this is the outcome" in flag for flag in found.flags)


def test_a_letter_of_a_note_glued_to_a_word_comes_off(tmp_path: Path) -> None:
    made = document(
        tmp_path, HEAD, ["Completely continenta, n (%)|20 (50.0)|10 (24.4)|1"], note="a Never wet"
    )
    (found,) = ranked(made, "patients continent completely")
    assert numbers(found)["events_intervention"] == 20


def test_the_words_of_a_row_go_before_the_caption_of_another() -> None:
    assert best_wording([(0.78, ""), (0.77, "rqlq")]) == "rqlq"
    assert best_wording([(0.78, ""), (0.3, "rqlq")]) == ""


def test_a_duration_is_a_length_and_narrows_nothing(tmp_path: Path) -> None:
    rows = ["Duration of hospital stay, mean (SD)|5.1 (1.1)|6.2 (1.3)|1"]
    (found,) = ranked(document(tmp_path, HEAD, rows), "length of hospital stay")
    assert numbers(found) == MEANS


def test_rows_in_the_questions_own_words_need_no_look_and_other_words_do(tmp_path: Path) -> None:
    rows = ["Duration of hospital stay, mean (SD)|5.1 (1.1)|6.2 (1.3)|1"]
    made = document(tmp_path, HEAD, rows)
    (same,) = ranked(made, "length of hospital stay")
    (more,) = ranked(made, "length of hospital stay overnight")
    assert not any("check that this is the outcome" in flag for flag in same.flags)
    assert any("check that this is the outcome" in flag for flag in more.flags)


@pytest.mark.parametrize(
    "head",
    [
        # A heading over one arm alone says more of the arm; a length of treatment is no visit.
        ["Variable|Repeated doses|Sham (n = 41)|p", "|Acupuncture (n = 40)||"],
        ["Variable|Two-day acupuncture (n = 40)|Sham (n = 41)|p"],
    ],
)
def test_what_is_said_over_one_arm_alone_keeps_no_pair_apart(
    tmp_path: Path, head: list[str]
) -> None:
    made = document(tmp_path, head, ["Pain at rest, mean (SD)|5.1 (1.1)|6.2 (1.3)|1"])
    (found,) = ranked(made, "resting pain") or strict(made, "pain at rest")
    assert numbers(found) == MEANS


def test_columns_of_visits_are_still_kept_apart(tmp_path: Path) -> None:
    head = ["Variable|Acupuncture (n = 40) at 3 months|Sham (n = 41) at 6 months|p"]
    made = document(tmp_path, head, ["Pain at rest, mean (SD)|5.1 (1.1)|6.2 (1.3)|1"])
    assert ranked(made, "resting pain") == []


NOTE = "Data are median (interquartile range) or number (percentage)."


def test_a_median_with_quartiles_becomes_a_mean_that_says_how(tmp_path: Path) -> None:
    rows = ["Intubation time (s)|25.8 (22.5-29.1)†|26.9 (23.3–30.5)|1"]
    (found,) = strict(document(tmp_path, HEAD, rows, note=NOTE), "intubation time")
    assert found.values["mean_intervention"].number == pytest.approx(25.8)
    assert "Luo 2018" in (found.values["mean_intervention"].derivation or "")
    assert "Wan 2014" in (found.values["sd_intervention"].derivation or "")
    assert found.values["n_intervention"].number == 40


def test_skewed_quartiles_give_no_mean(tmp_path: Path) -> None:
    rows = ["Intubation time (s)|25 (24-60)|26 (25-70)|1"]
    (found,) = strict(document(tmp_path, HEAD, rows, note=NOTE), "intubation time")
    assert sorted(numbers(found)) == ["n_comparator", "n_intervention"]
    assert any("skewed" in flag for flag in found.flags)


@pytest.mark.parametrize(
    ("cell", "over", "around"),
    [
        ("25.8 (22.5-29.1)", ("Time (s)",), ()),
        ("25.8 (22.5-29.1)", ("Time (s)",), ("Data are median (IQR) or mean (95% CI)",)),
        ("14.0 (9.7-18.2)", ("Median (IQR)", "Overall survival"), ()),
        ("1.8 (1.2-2.6)", ("Odds ratio (95% CI)",), ("mean",)),
        ("25.8 (28-29)", ("Median (IQR)",), ()),
        ("25.8% (22.5-29.1)", ("Median (IQR)",), ()),
        ("25.8 (22.5-29.1)", ("Range",), ()),
    ],
)
def test_limits_that_could_be_something_else_are_not_read(
    cell: str, over: tuple[str, ...], around: tuple[str, ...]
) -> None:
    assert read_interval_cell(cell, over, around) is None


def test_a_mean_with_its_interval_and_a_median_with_its_range_are_read() -> None:
    mean = read_interval_cell("5.0 (4.0 to 6.0)", ("Pain", "Mean (95% CI)"), ())
    assert mean is not None
    assert (mean.mean, mean.ci) == (5.0, (4.0, 6.0))
    median = read_interval_cell("5 (1-20)", ("Pain, median (range)",), ())
    assert median is not None
    assert median.quantiles is not None
    assert median.quantiles.extremes == (1, 20)


SILENT = ["Weight|80.7 (14.1)|84.7 (17.9)|0.1"]


def test_numbers_of_which_nothing_is_said_are_means_only_under_a_flag(tmp_path: Path) -> None:
    made = document(tmp_path, HEAD, SILENT)
    (found,) = strict(made, "weight", spread="SD")
    assert numbers(found)["mean_intervention"] == 80.7
    assert "sd_intervention" not in numbers(found)
    assert any("does not say what its numbers are" in flag for flag in found.flags)
    assert strict(made, "weight") == []
    note = "Data are mean (SD) or median (IQR)"
    medians = document(tmp_path, HEAD, SILENT, note=note)
    assert strict(medians, "weight", spread="SD") == []


def test_a_caption_of_baseline_and_end_is_of_neither(tmp_path: Path) -> None:
    rows = ["Itching, mean (SD)|||", "Before|9.0 (1.0)|9.1 (1.0)|1", "Aftera|5.1 (1.1)|6.2 (1.3)|1"]
    made = document(
        tmp_path, HEAD, rows, caption="Patients at baseline and at the end of study", note="a p < 1"
    )
    (found,) = ranked(made, "itching")
    assert numbers(found) == MEANS


def test_a_row_that_prints_its_baseline_is_of_values(tmp_path: Path) -> None:
    head = ["Variable|Acupuncture (n = 40){c2}|Sham (n = 41){c2}", "|Pre|Post|Pre|Post"]
    row = ["Pain, mean (SD)|7.0 (1.0)|5.1 (1.1)|7.1 (1.0)|6.2 (1.3)"]
    made = document(tmp_path, head, row, caption="Changes of pain with acupuncture")
    (found,) = strict(made, "pain")
    assert numbers(found) == MEANS
    assert not any("may be changes" in flag for flag in found.flags)
    alone = document(tmp_path, HEAD, ["Pain, mean (SD)|5.1 (1.1)|6.2 (1.3)|1"],
                     caption="Changes of pain with acupuncture")  # fmt: skip
    (doubted,) = strict(alone, "pain")
    assert any("may be changes" in flag for flag in doubted.flags)


def test_a_column_of_references_is_a_column_of_values(tmp_path: Path) -> None:
    head = ["|Sham|Acupuncture"]
    rows = [
        "Abstinence, n (%)|23 (10)|36 (15)",
        "OR|REF|1.6 (0.9-3.0)",
        "Adjusted OR|REF|1.8 (1-3)",
    ]
    grid = read_grid(document(tmp_path, head, rows).tables[0])
    assert any(v.cell.text == "23 (10)" for v in grid.cells)
