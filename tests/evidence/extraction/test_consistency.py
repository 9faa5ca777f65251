from __future__ import annotations

import pytest

from evidence.extraction.consistency import Direction, consistency_flags, is_contradiction
from evidence.findings import (
    ContinuousData,
    DichotomousData,
    GenericData,
    Measure,
    OutcomeData,
    values,
)
from evidence.judgements import MACHINE, ExtractedOutcome, Provenance, ValueEvidence
from indexers.records import Document, Record, Table, TableCell, abstract_document

PROVENANCE = Provenance(actor=MACHINE, engine="offline", reason="test")


def report(sentence: str) -> Document:
    return abstract_document(
        Record(record_id="r1", source="test", title="A trial", abstract=sentence)
    )


def result(document: Document, data: OutcomeData, quote: str, name: str = "relapse"
           ) -> ExtractedOutcome:  # fmt: skip
    start = document.text.index(quote)
    quotes = (document.quote(start, start + len(quote)),)
    return ExtractedOutcome(
        record_id="r1", outcome=name, reported_as=quote, intervention="A", comparator="B",
        data=data, provenance=PROVENANCE,
        evidence=tuple(ValueEvidence(field=f, quotes=quotes)
                       for f, v in values(data).items() if v is not None),
    )  # fmt: skip


def counts(a: int, n1: int, c: int, n2: int) -> DichotomousData:
    return DichotomousData(
        events_intervention=a, total_intervention=n1, events_comparator=c, total_comparator=n2
    )


def means(m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int) -> ContinuousData:
    return ContinuousData(mean_intervention=m1, sd_intervention=sd1, n_intervention=n1,
                          mean_comparator=m2, sd_comparator=sd2, n_comparator=n2)  # fmt: skip


def effect(measure: Measure, estimate: float, low: float, high: float) -> GenericData:
    return GenericData(measure=measure, estimate=estimate, ci_low=low, ci_high=high)


def flags_of(
    sentence: str,
    data: OutcomeData,
    *,
    n_randomised: int | None = None,
    direction: Direction | None = None,
) -> tuple[str, ...]:
    document = report(sentence)
    found = result(document, data, sentence)
    return consistency_flags(found, document, n_randomised=n_randomised, direction=direction)


def test_a_percentage_that_does_not_fit_its_count_is_flagged() -> None:
    sentence = "Relapse occurred in 12 (24%) and 20 (40%) of the patients."
    assert flags_of(sentence, counts(12, 50, 20, 50)) == ()
    (flag,) = flags_of(sentence, counts(12, 60, 20, 50))
    assert "12 of 60 in the intervention arm is 20.0%, but 24% is printed" in flag


@pytest.mark.parametrize("printed", ["24% (12/50) and 40% (20/50)", "12/50 [24%] and 20/50 [40%]",
                                     "24.0% (n = 12) and 40.0% (n = 20)"])  # fmt: skip
def test_percentages_are_found_in_every_order(printed: str) -> None:
    sentence = f"Relapse occurred in {printed}."
    assert flags_of(sentence, counts(12, 50, 20, 50)) == ()
    assert len(flags_of(sentence, counts(12, 40, 20, 40))) == 2


def test_a_percentage_beside_another_count_is_no_contradiction() -> None:
    assert flags_of("Of 120 (80%), 12 relapsed with A and 20 with B.", counts(12, 60, 20, 60)) == ()


def test_events_beyond_their_total_are_flagged_even_in_data_that_were_never_checked() -> None:
    data = DichotomousData.model_construct(
        kind="dichotomous", events_intervention=9, total_intervention=5,
        events_comparator=1, total_comparator=5,
    )  # fmt: skip
    document = report("9 and 1 relapsed.")
    made = result(document, counts(1, 5, 1, 5), "9 and 1 relapsed.")
    found = consistency_flags(made.model_copy(update={"data": data}), document)
    assert "9 events in the intervention arm are more than its 5 participants." in found


def test_more_analysed_than_randomised_is_flagged() -> None:
    sentence = "Relapse: 12 of 50 with A and 20 of 50 with B."
    assert flags_of(sentence, counts(12, 50, 20, 50), n_randomised=100) == ()
    (flag,) = flags_of(sentence, counts(12, 50, 20, 50), n_randomised=99)
    assert flag == "50 + 50 analysed are more than the 99 participants randomised."
    assert flags_of(sentence, means(5, 1, 50, 6, 1, 50), n_randomised=99)


def test_an_interval_has_to_hold_its_estimate() -> None:
    assert flags_of("HR 0.46 (0.23 to 0.90)", effect("HR", 0.46, 0.23, 0.90)) == ()
    (flag,) = flags_of("HR 0.46 (0.53 to 0.90)", effect("HR", 0.46, 0.53, 0.90))
    assert flag == "The interval 0.53 to 0.9 does not hold the estimate 0.46."


def test_a_ratio_sits_in_the_middle_on_the_logarithmic_and_a_difference_on_its_own_scale() -> None:
    assert flags_of("RR 2 (1 to 4)", effect("RR", 2, 1, 4)) == ()
    assert "logarithmic" in flags_of("RR 2.5 (1 to 3)", effect("RR", 2.5, 1, 3))[0]
    assert "from the middle" in flags_of("MD 2 (1 to 4.4)", effect("MD", 2, 1.0, 4.4))[0]
    # All that is off here is rounding.
    assert flags_of("RR 0.1 (0.0 to 0.3)", effect("RR", 0.1, 0.04, 0.3)) == ()


def test_a_p_value_that_the_interval_contradicts_is_flagged() -> None:
    wrong = "HR 0.46 (95% CI 0.23 to 0.90; p = 0.31)."
    (flag,) = flags_of(wrong, effect("HR", 0.46, 0.23, 0.90))
    assert flag == "The interval 0.23 to 0.9 excludes 1, but p = 0.31 is printed."
    assert flags_of(wrong.replace("0.31", "0.02"), effect("HR", 0.46, 0.23, 0.90)) == ()
    assert flags_of(wrong.replace("95", "90"), effect("HR", 0.46, 0.23, 0.90)) == ()
    two = "HR 0.46 (95% CI 0.23 to 0.90; p = 0.31 and p = 0.02)."
    assert flags_of(two, effect("HR", 0.46, 0.23, 0.90)) == ()


def test_a_printed_ratio_that_the_counts_do_not_give_is_flagged() -> None:
    sentence = "Relapse in 12 of 50 and 20 of 50 (RR {}, 95% CI 0.33 to 1.09)."
    assert flags_of(sentence.format("0.60"), counts(12, 50, 20, 50)) == ()
    assert flags_of(sentence.format("1.67"), counts(12, 50, 20, 50)) == ()  # B against A
    (flag,) = flags_of(sentence.format("0.15"), counts(12, 50, 20, 50))
    assert flag == "The numbers give RR 0.6, but 0.15 is printed."
    assert flags_of("Adjusted " + sentence.format("0.15"), counts(12, 50, 20, 50)) == ()


def test_a_printed_mean_difference_that_the_means_do_not_give_is_flagged() -> None:
    sentence = "5.2 (1.1) and 4.9 (1.3), mean difference {}."
    assert flags_of(sentence.format("0.3"), means(5.2, 1.1, 40, 4.9, 1.3, 41)) == ()
    (flag,) = flags_of(sentence.format("1.8"), means(5.2, 1.1, 40, 4.9, 1.3, 41))
    assert flag == "The numbers give MD 0.3, but 1.8 is printed."


def test_an_se_in_the_place_of_an_sd_is_flagged() -> None:
    assert flags_of("5.2 and 4.9", means(5.2, 1.1, 40, 4.9, 1.3, 41)) == ()
    (flag,) = flags_of("5.2 and 4.9", means(5.2, 0.18, 40, 4.9, 1.2, 41))
    assert "SD 0.18 against 1.2" in flag
    sentence = "10.1 (0.14) and 9.1 (0.13), p = 0.4."
    (flag,) = flags_of(sentence, means(10.1, 0.14, 599, 9.1, 0.13, 604))
    assert "they may be SEs" in flag
    assert "p = 0.4" in flag


def test_an_sd_far_beyond_its_mean_is_flagged_unless_it_is_of_a_change() -> None:
    document = report("1.0 (4.5) and 1.2 (1.0)")
    data = means(1.0, 4.5, 40, 1.2, 2.0, 40)
    (flag,) = consistency_flags(result(document, data, "1.0 (4.5) and 1.2 (1.0)"), document)
    assert flag == "SD 4.5 in the intervention arm is more than three times its mean 1."
    change = result(document, data, "1.0 (4.5) and 1.2 (1.0)", name="change in weight")
    assert consistency_flags(change, document) == ()


def test_a_derived_sd_far_beyond_its_mean_contradicts_a_printed_one_is_skewed() -> None:
    document = report("1.0 (4.5) and 1.2 (1.0)")
    printed = result(document, means(1.0, 4.5, 40, 1.2, 2.0, 40), "1.0 (4.5) and 1.2 (1.0)")
    derived = printed.model_copy(
        update={"evidence": tuple(
            e.model_copy(update={"derivation": "SE 0.7 times the square root of n"})
            if e.field == "sd_intervention" else e for e in printed.evidence
        )}
    )  # fmt: skip
    (skewed,), (flag,) = (consistency_flags(r, document) for r in (printed, derived))
    assert flag.endswith("and was derived: what is printed may be the SD.")
    assert is_contradiction(flag) and not is_contradiction(skewed)


@pytest.mark.parametrize(
    ("sentence", "data", "contradicts"),
    [
        ("12/50 (40%) and 20/50.", counts(12, 50, 20, 50), True),
        ("HR 1.46 (95% CI 0.23 to 0.90).", effect("HR", 1.46, 0.23, 0.90), True),
        ("HR 0.46 (95% CI 0.23 to 0.90; p = 0.31).", effect("HR", 0.46, 0.23, 0.90), True),
        ("12 and 20, RR 0.15.", counts(12, 50, 20, 50), True),
        ("10.1 (0.14) and 9.1 (0.13), p = 0.4.", means(10.1, 0.14, 599, 9.1, 0.13, 604), True),
        ("HR 0.85 (95% CI 0.23 to 0.90).", effect("HR", 0.85, 0.23, 0.90), False),
        ("5.2 and 4.9", means(5.2, 0.18, 40, 4.9, 1.2, 41), False),
        ("4/40", counts(4, 40, 4, 40), False),
    ],
)
def test_what_cannot_stand_together_is_told_from_what_is_odd(
    sentence: str, data: OutcomeData, contradicts: bool
) -> None:
    (flag,) = flags_of(sentence, data)
    assert is_contradiction(flag) is contradicts


def test_the_same_numbers_for_both_arms_are_flagged() -> None:
    (flag,) = flags_of("5.2 (1.1)", means(5.2, 1.1, 40, 5.2, 1.1, 41))
    assert "Both arms have the same mean, 5.2 and 5.2" in flag
    sentence = "With A 4 of 40 patients and with B another 4 of 41 patients had a relapse."
    assert flags_of(sentence, counts(4, 40, 4, 41)) == ()
    assert "same events, 4 and 4" in flags_of("4/40", counts(4, 40, 4, 40))[0]


@pytest.mark.parametrize(
    ("data", "low"),
    [(counts(12, 50, 20, 50), True), (means(6, 1, 9, 5, 1, 9), False),
     (effect("HR", 0.5, 0.25, 1.0), True), (effect("MD", 0.5, -1, 2), False)],
)  # fmt: skip
def test_a_direction_that_another_reading_contradicts_is_flagged(
    data: OutcomeData, low: bool
) -> None:
    agreed: Direction = "decreased" if low else "increased"
    against: Direction = "increased" if low else "decreased"
    assert flags_of("Numbers.", data, direction=agreed) == ()
    assert flags_of("Numbers.", data, direction="no_difference") == ()
    assert flags_of("Numbers.", data, direction="unclear") == ()
    (flag,) = flags_of("Numbers.", data, direction=against)
    assert f"read as {against}" in flag


def test_the_p_value_of_a_table_is_read_from_the_row_of_the_numbers() -> None:
    text = "Table\nP value\n10.1 (0.14)\n9.1 (0.13)\n0.40\n5.0 (1.0)\n0.001\n"

    def cell(row: int, column: int, words: str, *, header: bool = False) -> TableCell:
        at = text.index(words)
        return TableCell(row=row, column=column, header=header, text=words, start=at,
                         end=at + len(words))  # fmt: skip

    cells = (
        cell(0, 3, "P value", header=True),
        cell(1, 1, "10.1 (0.14)"),
        cell(1, 2, "9.1 (0.13)"),
        cell(1, 3, "0.40"),
        cell(2, 1, "5.0 (1.0)"),
        cell(2, 3, "0.001"),
    )
    table = Table(table_id="t", label="Table 1", caption="", start=0, end=len(text), cells=cells)
    plain = report("x")
    document = plain.model_copy(update={"text": text, "tables": (table,)})
    data = means(10.1, 0.14, 599, 9.1, 0.13, 604)
    (flag,) = consistency_flags(result(document, data, "10.1 (0.14)"), document)
    assert "p = 0.4 is printed" in flag
