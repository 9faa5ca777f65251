from __future__ import annotations

from pathlib import Path

import pytest

from evidence.findings import ContinuousData
from evidence.stages.extract import OfflineExtractor
from tests.evidence.stages.extract_factory import (
    ABSTRACT,
    article,
    asked,
    extracted,
    numbers_of,
    table_wrap,
)


def test_totals_come_from_an_arms_size_only_where_the_percentage_agrees(tmp_path: Path) -> None:
    table = table_wrap(
        "Summary of adverse events",
        ["Adverse event | DHA-PQP | AL | P-value"],
        [
            "Vomiting | 11 (15.1%) | 9 (12.3%) | 0.806",
            "Abdominal pain | 25 (32.4%) | 26 (35.6%) | 0.862",
            "Cough | 16 (21.9%) | 17 (23.3%) | 0.843",
        ],
    )
    vomiting, pain = extracted(article(tmp_path, table), "vomiting", "abdominal pain")
    assert numbers_of(vomiting) == [11, 73, 9, 73]
    totals = {e.field: e.derivation for e in vomiting.evidence}
    assert "11/73 = 15.1%" in (totals["total_intervention"] or "")
    assert totals["events_intervention"] is None
    assert numbers_of(pain) == [25, None, 26, 73]
    assert any("no printed total agrees with 25" in flag for flag in pain.flags)


def test_a_heading_that_spells_an_abbreviation_out_is_flagged(tmp_path: Path) -> None:
    rows = ["Vomiting | 11 (15.1%) | 9 (12.3%) | 0.8"]
    spelled = table_wrap("Adverse events", ["Event | DHA-PQP | ALN | P-value"], rows)
    (vomiting,) = extracted(article(tmp_path, spelled), "vomiting")
    assert numbers_of(vomiting) == [11, 73, 9, 73]
    assert any("'ALN' is taken for" in note for note in vomiting.notes)
    other = table_wrap("Adverse events", ["Event | DHA-PQP | AL+PQ | P-value"], rows)
    assert extracted(article(tmp_path, other), "vomiting") == ()


def test_the_size_that_most_of_a_column_agrees_with_is_the_columns(tmp_path: Path) -> None:
    treated = "<p>Safety: DP (n = 73) and AL (n = 71).</p>"
    table = table_wrap(
        "Adverse events",
        ["| DP | AL"],
        ["Nausea | 17 (23%) | 23 (32.4%)", "Vomiting | 4 (5%) | 10 (14%)"],
    )
    (found,) = extracted(article(tmp_path, treated + table), "vomiting")
    assert numbers_of(found) == [4, 73, 10, 71]


def test_sizes_that_a_sentence_mixes_up_are_those_of_the_tables(tmp_path: Path) -> None:
    abstract = ABSTRACT + " They were randomised to DP (n = 71) or AL (n = 75)."
    table = table_wrap("Outcomes", ["| DP (n = 75) | AL (n = 71)"], ["Cough | 5 (6.7%) | 5 (7.0%)"])
    path = article(tmp_path, table, abstract)
    arms = OfflineExtractor().extract(asked("cough"), path).characteristics.arms
    assert 71 not in (arms[0].size, -1)
    assert 75 not in (arms[1].size, -1)


def test_a_row_goes_to_the_outcome_it_names_and_carries_its_note(tmp_path: Path) -> None:
    table = table_wrap(
        "Adverse events",
        ["Event | DP (n = 101) n (%) | AL (n = 49) n (%)"],
        [
            "Malaria^2 | 5 (5.0%) | 7 (14.3%)",
            "At least one SAE | 5 (5.0%) | 1 (2.0%)",
            "At least one drug-related SAE | 4 (4.0%) | 1 (2.0%)",
            "Severe anaemia | 2 (2.0%) | 1 (2.0%)",
        ],
        "^1Frequency > 5%.^2Reporting of malaria was not complete.",
    )
    found = extracted(article(tmp_path, table), "malaria", "serious adverse events (SAE)", "anemia")
    assert [(o.reported_as, numbers_of(o)) for o in found] == [
        ("Malaria^2", [5, 101, 7, 49]),
        ("At least one SAE", [5, 101, 1, 49]),
    ]
    assert found[0].flags == ("note: Reporting of malaria was not complete.",)


def test_days_under_a_heading_and_never_day_zero(tmp_path: Path) -> None:
    table = table_wrap(
        "Gametocytes during the study (ITT population)",
        [" | DP n/N (%) | AL n/N (%)"],
        [
            "Gametocyte prevalence{c3}",
            "Day 0 | 10/101 (9.9) | 5/49 (10.2)",
            "Day 7 | 7/98 (7.1) | 0/46 (0.0)",
            "Overall (day 0 – day 7) | 12/98 (12.2) | 1/46 (2.2)",
        ],
    )
    document = article(tmp_path, table)
    (day7,) = extracted(document, "gametocyte carriage on day 7 (gametocytes)")
    assert numbers_of(day7) == [7, 98, 0, 46]
    assert (day7.time_point, day7.time_point_days, day7.analysis_population) == (
        "Day 7",
        7.0,
        "ITT",
    )
    every = extracted(document, "gametocyte carriage (gametocytes)")
    assert [o.time_point_days for o in every] == [7.0, None]


def test_arms_as_row_groups_with_days_in_columns(tmp_path: Path) -> None:
    table = table_wrap(
        "Occurrence of gametocytes in the study groups",
        ["Gametocyte positive samples | Day 0 | Day 7"],
        [
            "DP group microscopy (n = 67) | |",
            "Total number of positive cases | 3 | 7",
            "Number of new cases observed | | 3",
            "AL group microscopy (n = 66) | |",
            "Total number of positive cases | 6 | 2",
            "Number of new cases observed | | 1",
        ],
    )
    (found,) = extracted(article(tmp_path, table), "gametocytes on day 7")
    assert numbers_of(found) == [7, 67, 2, 66]


def test_cure_is_the_complement_of_failure_only_where_the_question_says_so(tmp_path: Path) -> None:
    table = table_wrap(
        "Cure rates at day 63 by site and overall",
        [" | PCR-corrected{c2}", " | DP | AL", " | N (%) | N (%)", " | 95% CI | 95% CI"],
        [
            "ITT population{c3}",
            "Goa | 19 (100) | 8 (88.9)",
            "(DP=19, AL=9) | n.a. | 68.4; 100",
            "Total | 81 (80.2) | 41 (83.7)",
            "(DP=101, AL=49) | 72.4; 88.0 | 73.3; 94.0",
        ],
    )
    document = article(tmp_path, table)
    assert extracted(document, "treatment failure") == ()
    (failure,) = extracted(document, "treatment failure (not cured)")
    assert numbers_of(failure) == [20, 101, 8, 49]
    derivation = {e.field: e.derivation for e in failure.evidence}["events_intervention"]
    assert derivation is not None
    assert derivation.startswith("101 - 81")
    assert any("PCR-corrected" in flag for flag in failure.flags)


def test_means_with_n_from_a_row_of_its_own(tmp_path: Path) -> None:
    table = table_wrap(
        "Haemoglobin changes from day 0 to day 14",
        [" | | DP | AL"],
        [
            "Day 0 | n | 101 | 49",
            "Day 0 | mean (SD) | 105.8 (25.1) | 104.5 (24.5)",
            "Day 7 | n | 98 | 46",
            "Day 7 | mean (SD) | 103.2 (23.2) | 100.6 (26.2)",
        ],
    )
    (found,) = extracted(article(tmp_path, table), "hemoglobin")
    assert isinstance(found.data, ContinuousData)
    assert numbers_of(found) == [103.2, 23.2, 98, 100.6, 26.2, 46]
    assert found.time_point_days == 7.0


def test_several_rows_of_numbers_analysed_are_not_mixed_up(tmp_path: Path) -> None:
    table = table_wrap(
        "Outcomes at week 4",
        [" | DP | AL"],
        ["n | 98 | 46", "Haemoglobin, mean (SD) | 10.0 (2.0) | 9.5 (3.0)", "n | 91 | 42"],
    )
    (found,) = extracted(article(tmp_path, table), "haemoglobin")
    assert numbers_of(found) == [10.0, 2.0, None, 9.5, 3.0, None]


def test_a_standard_error_becomes_a_derived_sd(tmp_path: Path) -> None:
    table = table_wrap(
        "Outcomes at week 4",
        [" | DP (n = 100) mean (SE) | AL (n = 49) mean (SE)"],
        ["Haemoglobin | 10.0 (0.2) | 9.5 (0.3)"],
    )
    (found,) = extracted(article(tmp_path, table), "haemoglobin")
    assert isinstance(found.data, ContinuousData)
    assert found.data.sd_intervention == pytest.approx(2.0)
    assert any("square root" in (e.derivation or "") for e in found.evidence)


@pytest.mark.parametrize(
    "caption",
    ["Baseline characteristics of the patients", "Demographic data", "Characteristics of children"],
)
def test_baseline_tables_give_no_results(tmp_path: Path, caption: str) -> None:
    table = table_wrap(
        caption, ["| DP (n = 73) n (%) | AL (n = 73) n (%)"], ["Vomiting | 11 (15.1) | 9 (12.3)"]
    )
    assert extracted(article(tmp_path, table), "vomiting") == ()


def test_subgroup_columns_give_way_to_those_of_all(tmp_path: Path) -> None:
    head = [
        "| Children{c2} | Overall{c2}",
        "| DP (n = 40) | AL (n = 42) | DP (n = 73) | AL (n = 71)",
    ]
    table = table_wrap(
        "Adverse events, n (%)", head, ["Vomiting | 4 (10.0) | 2 (4.8) | 11 (15.1) | 9 (12.7)"]
    )
    (found,) = extracted(article(tmp_path, table), "vomiting")
    assert numbers_of(found) == [11, 73, 9, 71]


def test_a_total_that_the_percentage_contradicts_is_left_out(tmp_path: Path) -> None:
    table = table_wrap(
        "Adverse events", ["| DP (n = 73) | AL (n = 71)"], ["Vomiting | 11 (20.1%) | 9 (12.7%)"]
    )
    (found,) = extracted(article(tmp_path, table), "vomiting")
    assert numbers_of(found) == [11, None, 9, 71]
    assert any("11 of 73 is not the printed 20.1%" in flag for flag in found.flags)


def test_more_events_than_participants_are_never_given(tmp_path: Path) -> None:
    table = table_wrap(
        "Adverse events, n", ["| DP (n = 7) n | AL (n = 71) n"], ["Vomiting | 11 | 9"]
    )
    assert extracted(article(tmp_path, table), "vomiting") == ()
