from __future__ import annotations

from pathlib import Path

import pytest

from evidence.extraction.arm_mentions import Size, TrialArm
from evidence.extraction.numbers import read_cell
from evidence.extraction.table_layouts import clear_notes, mixed_layout
from evidence.extraction.table_ranking import best_wording
from evidence.extraction.tables import read_grid
from evidence.extraction.time_points import time_points
from tests.evidence.extraction.table_factory import ARMS, numbers, ranked, strict
from tests.evidence.extraction.table_factory import document as table_document


@pytest.mark.parametrize(
    ("cell", "layout", "kind", "first", "second", "total"),
    [
        ("10.06 (SD = 6.9)", "count_percent", "mean", 10.06, 6.9, None),
        ("10.2 (0.16) n=440", "mean_se", "mean", 10.2, 0.16, 440),
        ("10.6(±5.7)c", "mean_sd", "mean", 10.6, 5.7, None),
        ("4.1(±8.9)NS", "mean_sd", "mean", 4.1, 8.9, None),
        ("2.7(±.5)", "mean_sd", "mean", 2.7, 0.5, None),
        ("5.1±1.1 **", "mean_sd", "mean", 5.1, 1.1, None),
        ("£18", "mean", "mean", 18, None, None),
        ("9238/19 984 (46%)", None, "count", 9238, 46, 19984),
        ("19/5201 (<1%)", "fraction", "count", 19, None, 5201),
        ("39 (100)∗", "count_percent", "count", 39, 100, None),
    ],
)
def test_cells_are_read_in_every_shape(cell, layout, kind, first, second, total):  # type: ignore[no-untyped-def]
    reading = read_cell(cell, layout)
    assert reading is not None
    assert reading.kind == kind
    mine = (reading.mean, reading.sd) if kind == "mean" else (reading.events, reading.percent)
    assert mine == (first, second)
    assert reading.total == total


@pytest.mark.parametrize("cell", ["900/5201 (<1%)", "30 (50%) n=20", "12 (50%) n=100"])
def test_cells_that_contradict_themselves_are_not_read(cell: str) -> None:
    assert read_cell(cell, "count_percent") is None


def test_rows_of_extremes_are_no_means() -> None:
    assert read_cell("210", "other") is None
    document_layout = mixed_layout("31 (80)", ("Data are median (IQR) or number (%)",))
    assert document_layout == "percent"


@pytest.mark.parametrize(
    ("cell", "note", "layout"),
    [
        ("5.2 ± 1.1", "Data are mean ± SD or numbers (%)", "mean_sd"),
        ("58 (72.5)", "Data are mean ± SD or numbers (%)", "percent"),
        ("58 (72.5%)", "Values are mean (SD) or n (%)", "count_percent"),
        ("7.4 (2.5)", "Values are mean (SD) or n (%)", "mean_sd"),
        ("25.8 (22.5-29.1)", "median (interquartile range) or number (percentage)", None),
        ("133 ± 24", "All data were exhibited as mean ± SD (range)", "mean_sd"),
        ("133 ± 24", "Data are mean ± SD or mean ± SE as marked", None),
    ],
)
def test_a_mixed_note_is_decided_by_the_shape_of_the_cell(
    cell: str, note: str, layout: str | None
) -> None:
    assert clear_notes((note,)) == []  # by itself the note tells nothing
    assert mixed_layout(cell, (note,)) == layout


def test_the_size_of_the_arm_is_the_n_of_a_silent_table(tmp_path: Path) -> None:
    arms = tuple(
        TrialArm(a.role, a.name, a.names, a.place, (Size(n, "randomised", 0, 1),))
        for a, n in zip(ARMS, (31, 30), strict=True)
    )
    head = ["Variable|Acupuncture|Sham"]
    body = ["Pain, mean (SD)|2.1 (1.0)|3.4 (1.2)"]
    (found,) = strict(table_document(tmp_path, head, body), "pain", arms)
    assert numbers(found)["n_intervention"] == 31
    assert numbers(found)["n_comparator"] == 30
    # A table that prints the numbers analysed, even where they are not of this row, is not silent.
    body = ["N|29|28", "N|27|26", *body]
    (found,) = strict(table_document(tmp_path, head, body), "pain", arms)
    assert "n_intervention" not in found.values


def test_visits_without_a_time_tell_columns_apart(tmp_path: Path) -> None:
    head = ["|Acupuncture{c2}|Sham{c2}", "|Pre|Post|Pre|Post"]
    body = ["Pain, mean ± SD|5.0 ± 1.0|2.1 ± 1.1|5.1 ± 1.2|3.4 ± 1.3"]
    (found,) = strict(table_document(tmp_path, head, body), "pain")
    assert (numbers(found)["mean_intervention"], numbers(found)["mean_comparator"]) == (2.1, 3.4)


def test_codes_of_visits_tell_columns_apart(tmp_path: Path) -> None:
    head = ["|Acupuncture{c2}|Sham{c2}", "|T0|T3|T0|T3"]
    body = ["Pain, mean ± SD|5.0 ± 1.0|2.1 ± 1.1|5.1 ± 1.2|3.4 ± 1.3"]
    document = table_document(
        tmp_path, head, body, note="T0 study start, T3 after 3 months of treatment"
    )
    (found,) = strict(document, "pain")
    assert (numbers(found)["mean_intervention"], numbers(found)["mean_comparator"]) == (2.1, 3.4)


def test_the_notes_explain_the_codes_of_visits(tmp_path: Path) -> None:
    head = ["|T1|T2|T3"]
    body = [
        "Acupuncture (n = 64)|7.0 ± 1.8|5.3 ± 1.9|3.7 ± 1.9",
        "Sham (n = 64)|6.6 ± 1.3|5.2 ± 1.7|4.5 ± 1.7",
    ]
    note = "T1, baseline at recruitment T2, 2 weeks after treatment T3, 8 weeks after treatment"
    document = table_document(tmp_path, head, body, caption="Pain scores (means ± SD)", note=note)
    found = strict(document, "pain")
    assert [(f.days, numbers(f)["mean_intervention"]) for f in found] == [(14, 5.3), (56, 3.7)]


def test_a_code_is_explained_up_to_the_next_comma(tmp_path: Path) -> None:
    head = ["|Acupuncture (n = 40)|Sham (n = 41)"]
    body = ["Pain, mean (SD)||", "T0|9.1 (1.8)|9.0 (1.9)", "T1|2.1 (1.1)|3.4 (1.3)"]
    note = (
        "AT Adherence Therapy T0 baseline T1 18 months after the start ARS Adherence Rating Scale,"
        " ITAQ Insight and Treatment Attitude Questionnaire"
    )
    (found,) = strict(table_document(tmp_path, head, body, note=note), "pain at 18 months")
    assert (found.days, numbers(found)["mean_intervention"]) == (547.875, 2.1)


def test_a_count_and_its_percentage_may_stand_in_two_cells(tmp_path: Path) -> None:
    document = table_document(
        tmp_path,
        ["|Acupuncture (n = 85){c2}|Sham (n = 75){c2}"],
        ["Continent|29|34%|21|28%"],
    )
    (found,) = strict(document, "continent")
    assert numbers(found) == {
        "events_intervention": 29, "total_intervention": 85,
        "events_comparator": 21, "total_comparator": 75,
    }  # fmt: skip


def test_a_row_with_only_a_test_statistic_heads_the_rows_below(tmp_path: Path) -> None:
    document = table_document(
        tmp_path,
        ["|Acupuncture M (SD)|Sham M (SD)|Effect"],
        ["Nausea|||F = 14.5", "Week 4|2.35 (2.49)|0.98 (1.51)|", "Pain|||F = 1.5",
         "Week 4|4.35 (2.40)|5.98 (1.50)|"],
    )  # fmt: skip
    (found,) = strict(document, "nausea")
    assert numbers(found)["mean_intervention"] == 2.35
    headings = [tuple(h.text for h in c.headings) for c in read_grid(document.tables[0]).cells]
    assert headings == [("Nausea",)] * 2 + [("Pain",)] * 2


HEAD = ["Variable|Acupuncture (n = 40)|Sham (n = 41)|P"]
STAYS = [
    "Postoperative hospital stay (days), mean (SD)|10.1 (6.9)|9.2 (3.7)|0.3",
    "Operation time (min), mean (SD)|133 (24)|131 (18)|0.5",
    "Drain kept (days), mean (SD)|3.1 (1.1)|3.2 (1.0)|0.9",
]


def test_the_row_that_is_clearly_nearest_is_taken_and_flagged(tmp_path: Path) -> None:
    document = table_document(tmp_path, HEAD, STAYS)
    outcome = "length of postoperative hospital stay"
    assert strict(document, outcome) == []
    (found,) = ranked(document, outcome)
    assert numbers(found) == {
        "mean_intervention": 10.1, "sd_intervention": 6.9, "n_intervention": 40,
        "mean_comparator": 9.2, "sd_comparator": 3.7, "n_comparator": 41,
    }  # fmt: skip
    assert not found.exact
    assert any("check that this is the outcome" in flag for flag in found.flags)


def test_no_row_is_taken_where_none_is_near_or_two_are(tmp_path: Path) -> None:
    document = table_document(tmp_path, HEAD, STAYS)
    assert ranked(document, "serum creatinine") == []
    twice = [*STAYS, "Postoperative hospital stay (weeks), mean (SD)|9.1 (6.0)|8.2 (3.0)|0.3"]
    document = table_document(tmp_path, HEAD, twice)
    assert ranked(document, "length of postoperative hospital stay") == []
    assert best_wording([(0.9, "a"), (0.87, "b")]) is None
    assert best_wording([(0.9, "a"), (0.9, "a"), (0.7, "b")]) == "a"


def test_a_sibling_word_makes_another_outcome(tmp_path: Path) -> None:
    document = table_document(
        tmp_path,
        HEAD,
        ["Diastolic blood pressure after walking exercise, mean (SD)|81 (9)|84 (8)|0.1"],
    )
    assert ranked(document, "systolic blood pressure after walking exercise") == []
    assert len(ranked(document, "diastolic blood pressure after walking exercise")) == 1


def test_the_row_has_to_be_at_the_time_of_the_question(tmp_path: Path) -> None:
    body = [
        "Stool output after 2 weeks, mean (SD)|10.1 (6.9)|9.2 (3.7)|0.3",
        "Stool output after 6 weeks, mean (SD)|11.1 (6.9)|8.2 (3.7)|0.3",
    ]
    document = table_document(tmp_path, HEAD, body)
    (found,) = ranked(document, "daily stool output at 6 weeks")
    assert numbers(found)["mean_intervention"] == 11.1
    assert ranked(document, "daily stool output at 9 weeks") == []


def test_a_change_is_not_a_final_value(tmp_path: Path) -> None:
    body = ["Peak lumbar strength (Nm), mean (SD)|74.2 (6.9)|69.2 (3.7)|0.3"]
    document = table_document(tmp_path, HEAD, body)
    assert len(ranked(document, "peak lumbar extension strength")) == 1
    assert ranked(document, "change in peak lumbar extension strength") == []


def test_ordinal_weeks_are_times() -> None:
    assert [p.days for p in time_points("Third week")] == [21]
    assert time_points("second trimester") == ()


def test_means_and_sds_in_columns_of_their_own_at_the_end_of_the_trial(tmp_path: Path) -> None:
    head = ["{c2}|Acupuncture (n = 27){c3}|Sham (n = 20){c3}", "||Mean|SD|Median|Mean|SD|Median"]
    body = [
        "Pain|||||||",
        "|At entry|54.8|12.8|55|60.3|8.7|62",
        "|Upon completion|45|13.9|43|52|15.5|51",
    ]
    caption = "Means, standard deviations and medians at entry and upon completion of the program"
    document = table_document(tmp_path, head, body, caption=caption)
    (found,) = ranked(document, "pain on completion of the program")
    assert numbers(found) == {
        "mean_intervention": 45, "sd_intervention": 13.9, "n_intervention": 27,
        "mean_comparator": 52, "sd_comparator": 15.5, "n_comparator": 20,
    }  # fmt: skip
