"""Sentences and tables that print numbers of something near the outcome, and not of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.extraction.abbreviations import abbreviations
from evidence.extraction.outcomes import outcome_concept
from evidence.extraction.results import Finding
from evidence.extraction.table_effects import printed_effects, table_effects
from evidence.extraction.wording import Span, find_name
from tests.evidence.extraction.table_factory import ARMS, document, numbers, strict
from tests.evidence.extraction.test_sentence_results import found

HEAD = ["Outcome | Acupuncture (n=36) | Sham (n=34) | p"]
NUMBERS = "12/36 with zolpidem and 20/34 with placebo"


@pytest.mark.parametrize(
    "said",
    [
        "Relapse did not occur in",
        "Relapse was absent in",
        "Relapse was prevented in",
        "Relapse could not be assessed in",
        "Relapse resolved in",
        "Relapse was severe in",
        "No evidence of relapse was seen in",
        "Those who did not have a relapse were",
        "Those who were protected from relapse were",
        "Freedom from relapse was reached by",
        "Smith et al. reported relapse in",
        "At the beginning of the study relapse was present in",
        "Prior to treatment relapse was present in",
    ],
)
def test_a_sentence_that_denies_the_outcome_gives_no_events(said: str) -> None:
    assert found(f"{said} {NUMBERS}.") == []


@pytest.mark.parametrize(
    "said",
    [
        "Relapse was seen in",
        "There was no significant difference in relapse:",
        "Relapse did not differ, with",
        "Relapse was not more frequent:",
    ],
)
def test_a_sentence_that_denies_a_difference_is_read(said: str) -> None:
    assert len(found(f"{said} {NUMBERS}.")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "The relapse rate was 33% lower with zolpidem and 59% lower with placebo.",
        "Mean relapse score was 12.5 (SD 3.0) points lower with zolpidem and 13.1 (SD 2.2) points "
        "lower with placebo.",
        "Relapse score was lower by 3.1 (SD 1.0) with zolpidem and by 5.2 (SD 1.1) with placebo.",
        "Mean relapse score was 12.5 ± 3,4 with zolpidem and 13.1 ± 2,2 with placebo.",
        "Mean days with relapse were 3.1 (SD 1.0) with zolpidem and 5.2 (SD 1.1) with placebo.",
    ],
)
def test_differences_and_cut_off_numbers_are_not_read(text: str) -> None:
    assert found(text, spread="SD") == []


@pytest.mark.parametrize("label", ["Relapse: no, n (%)", "Relapse (no), n (%)", "Relapse = none"])
def test_a_row_of_those_without_the_outcome_is_not_read(tmp_path: Path, label: str) -> None:
    made = document(tmp_path, HEAD, [f"{label} | 24 (66.7%) | 14 (41.2%) | 0.03"])
    assert strict(made, "relapse") == []


def test_an_abbreviated_number_denies_nothing(tmp_path: Path) -> None:
    made = document(tmp_path, HEAD, ["Relapse, no. (%) | 24 (66.7) | 14 (41.2) | 0.03"])
    (result,) = strict(made, "relapse")
    assert result.values["events_intervention"].number == 24


def test_the_time_to_an_outcome_is_another_outcome(tmp_path: Path) -> None:
    row = "Time to relapse, days, mean (SD) | 24 (6.7) | 14 (4.2) | 0.03"
    made = document(tmp_path, HEAD, [row])
    assert strict(made, "relapse") == []
    assert len(strict(made, "time to relapse")) == 1


@pytest.mark.parametrize("visit", ["M0", "T0", "V0", "Time 0", "Visit 0", "T-1", "First visit"])
def test_visits_before_treatment_are_no_result(tmp_path: Path, visit: str) -> None:
    body = ["Pain, mean (SD) | | |", f"{visit} | 7.1 (1.0) | 7.2 (1.1) | 0.9"]
    assert strict(document(tmp_path, HEAD, body), "pain") == []


PAIN = "Pain, mean (SD) | 3.1 (1.0) | 5.2 (1.1) | 0.03"


def flags_of(found: list[Finding]) -> str:
    (result,) = found
    return " ".join(result.flags)


@pytest.mark.parametrize(
    ("head", "body", "about", "said"),
    [
        (HEAD, [PAIN], {"caption": "Changes in outcomes"}, "may be changes"),
        (HEAD, [PAIN], {"caption": "Improvement after 8 weeks"}, "may be changes"),
        (HEAD, [PAIN], {"note": "Values are mean (SD) change from baseline."}, "may be changes"),
        (HEAD, ["Change from baseline | | |", PAIN], {}, "may be changes"),
        (["Change | Acupuncture (n=36) | Sham (n=34) | p"], [PAIN], {}, "may be changes"),
        (HEAD, ["Pain (log), mean (SD) | 3.1 (1.0) | 5.2 (1.1) | 0.03"], {}, "logarithms"),
        (HEAD, ["Women (n = 30) | | |", PAIN], {}, "reported for 'Women"),
        (HEAD, ["Pain (n = 61), mean (SD) | 3.1 (1.0) | 5.2 (1.1) | 0.03"], {}, "61 participants"),
    ],
)
def test_numbers_that_may_be_others_are_flagged(
    tmp_path: Path, head: list[str], body: list[str], about: dict[str, str], said: str
) -> None:
    assert said in flags_of(strict(document(tmp_path, head, body, **about), "pain"))


def test_changes_that_are_asked_for_are_not_flagged(tmp_path: Path) -> None:
    body = ["Body weight change, mean (SD) | 3.1 (1.0) | 5.2 (1.1) | 0.03"]
    made = document(tmp_path, HEAD, body, caption="Changes in outcomes")
    assert "may be changes" not in flags_of(strict(made, "body weight change"))


def test_a_row_of_numbers_analysed_goes_before_the_heading(tmp_path: Path) -> None:
    (result,) = strict(document(tmp_path, HEAD, ["n | 30 | 31 | ", PAIN]), "pain")
    assert (numbers(result)["n_intervention"], numbers(result)["n_comparator"]) == (30, 31)


def effects(folder: Path, head: str, row: str, outcome: str = "relapse") -> list[Finding]:
    made = document(folder, [head], [row])
    concepts = (outcome_concept(outcome, abbreviations(made)),)
    return table_effects(printed_effects(made.tables, ARMS, 2), concepts, ())


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("Outcome | Acupuncture vs sham: risk difference, % (95% CI)", "-0.5 (-0.8, -0.3)"),
        ("Outcome | Acupuncture vs sham: risk difference (95% CI)", "-5.0 (-8.0, -3.0)"),
        (
            "Outcome | Acupuncture, % | Sham, % | Acupuncture vs sham: risk difference (95% CI)",
            "0.8 | 1.3 | -0.5 (-0.8, -0.3)",
        ),
    ],
)
def test_percentage_points_are_told_by_heading_size_or_row(
    tmp_path: Path, head: str, row: str
) -> None:
    (result,) = effects(tmp_path, head, f"Relapse | {row}")
    assert numbers(result)["estimate"] in (-0.005, -0.05)
    assert "percentage points" not in flags_of([result])


def test_a_small_risk_difference_without_a_unit_is_flagged(tmp_path: Path) -> None:
    head = "Outcome | Acupuncture vs sham: risk difference (95% CI)"
    found = effects(tmp_path, head, "Relapse | -0.5 (-0.8, -0.3)")
    assert "percentage points is not told" in flags_of(found)


def test_an_effect_at_the_first_visit_is_not_read(tmp_path: Path) -> None:
    head = "Outcome | Acupuncture vs sham: MD (95% CI) {}"
    row = "Pain | 1.57 (1.33 to 1.81)"
    assert effects(tmp_path, head.format("T0"), row, "pain") == []
    assert len(effects(tmp_path, head.format("T1"), row, "pain")) == 1


def test_names_are_found_in_any_order_only_where_they_join_parts() -> None:
    text = "usual care. Care usual, quinine plus artesunate, artesunate and quinine"
    assert [text[s.start : s.end] for s in find_name("artesunate + quinine", text)] == [
        "quinine plus artesunate", "artesunate and quinine",
    ]  # fmt: skip
    assert find_name("usual care", text) == (Span(0, 10),)
    assert find_name("artesunate + mefloquine", text) == ()
