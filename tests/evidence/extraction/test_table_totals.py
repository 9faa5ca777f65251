"""Numbers analysed, heads in the body, and rows that could be another outcome."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evidence.extraction.arm_mentions import Size
from evidence.extraction.outcomes import match_label, outcome_concept
from evidence.extraction.populations import population_kind
from tests.evidence.extraction.table_factory import ARMS, document, numbers, ranked, strict

HEAD = ["Variable|Acupuncture (n = 40)|Sham (n = 41)"]
SIZED = tuple(
    replace(arm, sizes=(Size(n, "randomised", 0, 1),))
    for arm, n in zip(ARMS, (40, 41), strict=True)
)


def test_a_column_of_its_own_prints_the_number_analysed(tmp_path: Path) -> None:
    head = ["|Acupuncture{c3}|Sham{c3}", "Variable|n|Mean (SD)|Median|n|Mean (SD)|Median"]
    made = document(tmp_path, head, ["Pain|8|21.4 (8.5)|21|2|21 (15.6)|21"])
    (found,) = strict(made, "pain", SIZED)
    assert (numbers(found)["n_intervention"], numbers(found)["n_comparator"]) == (8, 2)


@pytest.mark.parametrize("marked", ["8¹", "8²", "9" * 5000])
def test_a_marked_or_endless_number_is_no_total(tmp_path: Path, marked: str) -> None:
    head = ["|Acupuncture{c2}|Sham{c2}", "Variable|n|Mean (SD)|n|Mean (SD)"]
    body = [
        f"Pain|{marked}|21.4 (8.5)|{marked}|21 (15.6)",
        f"n|{marked}|{marked}|{marked}|{marked}",
    ]
    for found in strict(document(tmp_path, head, body), "pain"):
        assert "n_intervention" not in numbers(found)


def test_events_beside_the_patients_at_risk(tmp_path: Path) -> None:
    head = ["Variable|Treatment|Patients at risk (no.)|Events|%"]
    body = ["Any bleeding (n = 161)|Acupuncture|74|15|20.3", "|Sham|87|21|24.1"]
    path = document(tmp_path, head, body)
    (found,) = strict(path, "any bleeding")
    assert numbers(found) == {
        "events_intervention": 15, "total_intervention": 74,
        "events_comparator": 21, "total_comparator": 87,
    }  # fmt: skip


def test_a_number_that_the_table_does_not_print_is_flagged_or_left_out(tmp_path: Path) -> None:
    head, body = ["Variable|Acupuncture|Sham"], ["Pain, mean (SD)|2.1 (1.0)|3.4 (1.2)"]
    (found,) = strict(document(tmp_path, head, body), "pain", SIZED)
    assert numbers(found)["n_intervention"] == 40
    assert any("40 is the size of the arm" in flag for flag in found.flags)
    note = "Values are of participants with complete data at both times (n = 27-31)"
    (found,) = strict(document(tmp_path, head, body, note=note), "pain", SIZED)
    assert "n_intervention" not in numbers(found)
    (found,) = strict(document(tmp_path, HEAD, body), "pain", SIZED)
    assert not any("size of the arm" in flag for flag in found.flags)


def test_the_label_of_a_row_prints_no_arms_number(tmp_path: Path) -> None:
    head, body = ["Variable|Acupuncture|Sham"], ["Pain (n = 81), mean (SD)|2.1 (1.0)|3.4 (1.2)"]
    (found,) = strict(document(tmp_path, head, body), "pain")
    assert "n_intervention" not in numbers(found)


def test_a_row_with_numbers_of_participants_heads_the_rows_below(tmp_path: Path) -> None:
    body = [
        "Contacts, mean (SE)|10.1 (0.14)|10.1 (0.13)",
        "EPDS|Acupuncture n=36 (49)|Sham n=37 (51)",
        "Score, mean (SD)|6.7 (2.3)|7.3 (2.4)",
        "Two or more risk factors|n=20|n=21",
        "Pain, mean (SD)|2.1 (1.0)|3.4 (1.2)",
    ]
    made = document(tmp_path, HEAD, body)
    (score,) = strict(made, "EPDS")
    assert (numbers(score)["mean_intervention"], numbers(score)["n_comparator"]) == (6.7, 37)
    (contacts,) = strict(made, "contacts")
    assert numbers(contacts)["n_intervention"] == 40
    (pain,) = strict(made, "pain")
    assert numbers(pain)["n_intervention"] == 20


def test_a_bare_fraction_of_the_arms_size_is_read(tmp_path: Path) -> None:
    head, body = ["Variable|Acupuncture|Sham"], ["Treatment breaks|3/40|5/41"]
    (found,) = strict(document(tmp_path, head, body), "treatment breaks", SIZED)
    assert numbers(found)["total_comparator"] == 41
    assert strict(document(tmp_path, head, ["Treatment breaks|3/4|5/4"]), "breaks", SIZED) == []


def test_the_spread_may_be_told_in_the_corner_of_the_table(tmp_path: Path) -> None:
    head = ["Variable, mean ± SD|Acupuncture (n = 40)|Sham (n = 41)"]
    made = document(tmp_path, head, ["FEV1/FVC (%)|55.0 ± 12.9|65.2 ± 14.5"])
    (found,) = strict(made, "FEV1/FVC")
    assert numbers(found)["sd_intervention"] == 12.9


def test_sds_in_brackets_in_a_column_of_their_own(tmp_path: Path) -> None:
    head = ["|Acupuncture (n = 40){c2}|Sham (n = 41){c2}", "|Mean|s.d.|Mean|s.d."]
    (found,) = strict(document(tmp_path, head, ["Fluency|9.38|(2.64)|10.28|(2.82)"]), "fluency")
    assert (numbers(found)["sd_intervention"], numbers(found)["sd_comparator"]) == (2.64, 2.82)


def test_a_row_that_cannot_be_read_may_still_be_the_outcome(tmp_path: Path) -> None:
    near = "Vigorous activity in minutes, mean (SD)|{}|{}"
    far = "Activity in minutes of all kinds, mean (SD)|50 (9)|60 (8)"
    other = "Weight (kg), mean (SD)|50 (9)|60 (8)"
    outcome = "minutes of vigorous activity of all kinds"
    read = document(tmp_path, HEAD, [near.format("20 (4)", "30 (5)"), other])
    assert [numbers(f)["mean_intervention"] for f in ranked(read, outcome)] == [20]
    unread = document(tmp_path, HEAD, [other, near.format("see 4", "see 5"), far])
    assert ranked(unread, outcome) == []
    assert len(ranked(document(tmp_path, HEAD, [far, other]), outcome)) == 1


@pytest.mark.parametrize(
    ("outcome", "row"),
    [
        ("duration of the second stage of labour", "Duration of first stage of labour, mean (SD)"),
        ("television time on weekend days", "Television time on week days, mean (SD)"),
        ("systolic pressure of the arm", "Systolic and diastolic pressure of the arm, mean (SD)"),
    ],
)
def test_siblings_of_an_outcome_are_not_taken_for_it(
    tmp_path: Path, outcome: str, row: str
) -> None:
    assert ranked(document(tmp_path, HEAD, [f"{row}|50 (9)|60 (8)"]), outcome) == []


def test_one_part_of_a_joined_outcome_is_not_exactly_it() -> None:
    concept = outcome_concept("recurrence or metastasis", ())
    part, whole = (match_label(concept, t) for t in ("Recurrence", "Recurrence or metastasis"))
    assert part is not None
    assert not part.exact
    assert whole is None or whole.exact
    synonym = match_label(outcome_concept("weakness (asthenia)", ()), "Asthenia")
    assert synonym is not None
    assert synonym.exact
    assert outcome_concept("contacts (10 or more)", ()).parts == ()


def test_a_scale_in_brackets_does_not_make_every_row_the_outcome(tmp_path: Path) -> None:
    caption = "Rhodes Index scores in the two groups"
    body = ["Vomiting, mean (SD)|2.5 (2.4)|0.2 (2.2)", "Total score, mean (SD)|8.5 (4.7)|1.9 (4.0)"]
    made = document(tmp_path, HEAD, body, caption=caption)
    assert strict(made, "intensity of vomiting (Rhodes Index)") == []
    (found,) = ranked(made, "intensity of vomiting (Rhodes Index)")
    assert numbers(found)["mean_intervention"] == 2.5


def test_the_population_that_is_asked_for(tmp_path: Path) -> None:
    head = ["||Group|Week 6, mean ± SD"]
    body = ["Vitality|FAS|Acupuncture|56.9 ± 15.1", "Vitality|FAS|Sham|53.5 ± 14.7",
            "Vitality|PPS|Acupuncture|57.9 ± 15.1", "Vitality|PPS|Sham|54.5 ± 14.7"]  # fmt: skip
    assert population_kind("PPS") == "per_protocol"
    assert population_kind("Vitality (full analysis set)") == "itt"
    assert population_kind("Vitality") is None
    made = document(tmp_path, head, body)
    wanted = outcome_concept("vitality (per protocol)", ())
    assert (wanted.people, wanted.terms) == ("per_protocol", ("vitality",))
    for asked, mean in (("per protocol", 57.9), ("full analysis set", 56.9)):
        found = strict(made, f"vitality ({asked})")
        assert [numbers(f)["mean_intervention"] for f in found] == [mean]
    assert strict(made, "vitality (safety population)") == []
